"""A response: all distinct submissions of it, of which the one with the highest revision counts."""

from bisect import insort
from dataclasses import dataclass, replace
from datetime import datetime

from services.feedback.domain.forms import Form
from services.feedback.domain.requests import Visibility

# What must be the same in every revision: a correction corrects answers, never whose they are.
_FIXED = ("episode_id", "session_id", "client_id", "instrument_id", "rater")


class Contradiction(Exception):
    """One revision with two contents. Which of them is right cannot be known, so the first stays."""


@dataclass(frozen=True, slots=True)
class Talked:
    """The therapist's word that client and therapist have talked, and whom the client lets see the response now."""

    visibility: Visibility
    by: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Response:
    """The submissions of one response, by revision. A function of the set of forms, not of their order.

    What was said beside the answers comes with the first submission and stays, whatever is corrected later.
    """

    submissions: tuple[Form, ...]
    # What the client chose with the answers; None: nothing, so the episode's consent says it.
    chosen: Visibility | None = None
    # Encrypted with the client's own key; None when nothing was written.
    comment: bytes | None = None
    talks: tuple[Talked, ...] = ()

    @property
    def current(self) -> Form:
        """The submission that counts."""
        return self.submissions[-1]

    @property
    def visibility(self) -> Visibility | None:
        """Who may see it, as far as it was said of this response: the last word counts."""
        return self.talks[-1].visibility if self.talks else self.chosen

    def talked(self, word: Talked) -> "Response":
        """Return the response seen by others; the very same when that changes nothing."""
        return self if word.visibility is self.visibility else replace(self, talks=(*self.talks, word))

    def with_form(self, form: Form) -> "Response":
        """Return the response with one more checked form; the very same response when it is there already.

        ValueError names what belongs to another response; Contradiction is raised for a second content of one revision.
        """
        for name in _FIXED:
            if getattr(self.current, name) != getattr(form, name):
                raise ValueError(
                    f"{name}: the response is stored with another {name}; give a new response a response_id of its own"
                )
        known = next((each for each in self.submissions if each.revision == form.revision), None)
        if known == form:
            return self
        if known is not None:
            raise Contradiction
        submissions = list(self.submissions)
        insort(submissions, form, key=lambda each: each.revision)
        return replace(self, submissions=tuple(submissions))
