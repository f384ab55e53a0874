"""A client's form as it arrived, before and after it is checked."""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import IntEnum


@dataclass(frozen=True, slots=True)
class Answer:
    """The answer to one item, in the instrument's own units."""

    item: int
    value: float


class Rater(IntEnum):
    """Who answered, numbered as in the protos."""

    CLIENT = 1
    THERAPIST = 2
    OBSERVER = 3


@dataclass(frozen=True, slots=True)
class Form:
    """One submission of one response, as it arrived: ``rules`` says whether its content is right.

    ``client_id`` is whom it is about; ``rater`` who answered, a number of ``Rater`` when it is right.
    """

    site_id: str
    response_id: str
    episode_id: str
    session_id: str
    client_id: str
    instrument_id: str
    instrument_version: str
    answers: tuple[Answer, ...]
    # None when it is absent or is no date.
    submitted_at: datetime | None
    revision: int
    partial: bool
    rater: int = Rater.CLIENT
    # Of the wording that was read, as the site loaded it; 0 when it was our own, or another door's.
    edition: int = 0

    def tidy(self) -> "Form":
        """Return the same form with its answers in the order of the items, so that one content has one shape."""
        # Adding 0.0 turns the -0.0 that some encoders write into 0.0.
        answers = sorted((Answer(each.item, each.value + 0.0) for each in self.answers), key=lambda each: each.item)
        return replace(self, answers=tuple(answers))
