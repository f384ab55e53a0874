"""A questionnaire as a clinic has loaded it: the wording of an instrument's items, matched to its scoring key.

The key decides what may be answered; the wording decides what is read. So one instrument's answers mean the same
whoever's words asked for them, and a response needs no wording to be understood.
"""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime

from services.feedback.domain.instruments import Instrument

# Instruments whose wording is ours: nobody's leave is needed.
OURS = frozenset({"attune-checkin", "attune-session-notes"})
MAX_EDITIONS = 50
MAX_LICENCE = 500  # characters

# A text by language (BCP 47); every text of a questionnaire has the same languages.
Text = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Option:
    """One of the answers to choose from. ``value`` is in the units of the key."""

    value: float
    text: Text


@dataclass(frozen=True, slots=True)
class Note:
    """A text between the questions: the heading of a group, or an explanation."""

    text: Text
    heading: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """One item of the key, as it is asked.

    With ``options`` one of them is chosen. Without, it is a scale over the whole range of the item in steps of
    ``step``, in the units of the key, with a text at each end.
    """

    item: int
    text: Text
    required: bool = False
    options: tuple[Option, ...] = ()
    step: float = 0.0
    low: Text | None = None
    high: Text | None = None


@dataclass(frozen=True, slots=True)
class Questionnaire:
    """The wording of one version of an instrument, in the order of the page."""

    instrument_id: str
    instrument_version: str
    # The first is the one that the others are translations of.
    languages: tuple[str, ...]
    title: Text
    parts: tuple[Note | Asked, ...]
    # Shown below the questions, as licences ask for.
    copyright: str = ""
    # The canonical address and version that the file gives itself.
    url: str = ""
    version: str = ""

    @property
    def asked(self) -> tuple[Asked, ...]:
        """The questions without the notes."""
        return tuple(part for part in self.parts if isinstance(part, Asked))


@dataclass(frozen=True, slots=True)
class Edition:
    """One wording as it was loaded; it never changes, so whoever answered it can be shown what was read."""

    # From 1, counted up with every other content.
    number: int
    questionnaire: Questionnaire
    # Of wording and licence: the same file again is the same edition.
    digest: str
    # By what right the clinic uses the wording; empty for our own instrument only.
    licence: str
    loaded_at: datetime
    loaded_by: str


@dataclass(frozen=True, slots=True)
class Retirement:
    """From when on nobody is asked with this wording any more; what was asked already can still be answered."""

    at: datetime
    by: str
    reason: str


@dataclass(frozen=True, slots=True)
class Loaded:
    """What a site has loaded for one version of an instrument: every edition, the last of which is in use."""

    site_id: str
    instrument_id: str
    instrument_version: str
    editions: tuple[Edition, ...]
    retired: Retirement | None = None

    @property
    def current(self) -> Edition:
        """The edition that is asked with."""
        return self.editions[-1]

    def edition(self, number: int) -> Edition | None:
        """Return an edition by its number, also one that is no longer in use."""
        return next((each for each in self.editions if each.number == number), None)

    def with_edition(self, edition: Edition) -> "Loaded":
        """Return it with another wording in use; with the one that is in use already only a retirement ends.

        ValueError past ``MAX_EDITIONS``.
        """
        if self.current.digest == edition.digest:
            return replace(self, retired=None)
        if len(self.editions) >= MAX_EDITIONS:
            raise ValueError(f"questionnaire: was changed {MAX_EDITIONS} times; ask the operator")
        numbered = replace(edition, number=self.current.number + 1)
        return replace(self, editions=(*self.editions, numbered), retired=None)

    def retire(self, retirement: Retirement) -> "Loaded":
        """Return it retired; the first reason stays."""
        return self if self.retired is not None else replace(self, retired=retirement)


def check_licence(licence: str, instrument: Instrument) -> str:
    """Return the licence reference; ValueError when wording that is not ours comes without one."""
    licence = licence.strip()
    if not licence and instrument.instrument_id not in OURS:
        raise ValueError(
            f"licence: is missing; say by what right the wording is used, for {instrument.title}: {instrument.licence}"
        )
    if len(licence) > MAX_LICENCE:
        raise ValueError(f"licence: is longer than {MAX_LICENCE} characters; give a reference to the agreement")
    return licence
