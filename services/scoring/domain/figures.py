"""Published numbers of an instrument, each with where it is from.

Sources are tagged as in the clinical reference: ``S<n>`` a public source that was read, ``M`` the literature by
memory (unconfirmed: a clinic must be able to see that), ``C`` computed from the figures beside it, ``own`` our own
choice or instrument. Several tags are separated by commas; the weakest of them counts.
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Standing(StrEnum):
    """How far a figure may be relied on, weakest first."""

    UNCONFIRMED = "unconfirmed"  # check it against the paper or the manual
    OWN = "own"  # our own choice: nothing published to check it against
    COMPUTED = "computed"
    READ = "read"


_STANDINGS = (("M", Standing.UNCONFIRMED), ("own", Standing.OWN), ("C", Standing.COMPUTED))


def standing(source: str) -> Standing:
    """The standing of the weakest tag of a source."""
    tags = source.replace(",", " ").split()
    return next((found for tag, found in _STANDINGS if tag in tags), Standing.READ)


@dataclass(frozen=True, slots=True)
class Figure:
    """A published or computed number, in the instrument's own units, and where it is from."""

    value: float
    source: str
    note: str = ""

    @property
    def standing(self) -> Standing:
        return standing(self.source)

    @property
    def confirmed(self) -> bool:
        """Whether the source was read, or the number follows from such; not remembered and not assumed."""
        return self.standing in {Standing.READ, Standing.COMPUTED}


class Side(StrEnum):
    """On which side of a cut-off a value must be for it to be crossed."""

    BELOW = "below"
    AT_OR_BELOW = "at_or_below"
    AT_OR_ABOVE = "at_or_above"


@dataclass(frozen=True, slots=True, kw_only=True)
class Cutoff(Figure):
    """A limit with a meaning, on the total or, with ``scale``, on a subscale.

    ``ages`` are the first and last year of age that it holds for; None for everybody.
    """

    meaning: str
    side: Side
    scale: str = ""
    ages: tuple[int, int] | None = None

    def crossed_by(self, value: float) -> bool:
        """Whether the value is on the side that the meaning speaks of."""
        match self.side:
            case Side.BELOW:
                return value < self.value
            case Side.AT_OR_BELOW:
                return value <= self.value
            case Side.AT_OR_ABOVE:
                return value >= self.value

    def holds_at(self, age: float | None) -> bool:
        """Whether it holds for a person of this age; an unknown age rules nothing out."""
        return age is None or self.ages is None or self.ages[0] <= int(age) <= self.ages[1]


@dataclass(frozen=True, slots=True, kw_only=True)
class ReliableChange(Figure):
    """The smallest difference between two totals that measurement error alone would hardly make.

    ``confidence`` is two-sided, 0 to 1; None where the source does not state it.
    """

    confidence: float | None = None


@dataclass(frozen=True, slots=True)
class RiskItem:
    """An item that pages when it is answered at or above a value, whatever the total says. Feedback pages; scoring
    only names it. ``about`` says what the item asks, in our words.
    """

    item: int
    page_at: float
    about: str
    source: str


class Ship(StrEnum):
    """Whether an instrument's wording may be in a distribution of Attune."""

    YES = "yes"
    UNALTERED = "unaltered"  # wording, order and answer labels as published, with the notice
    CHECK = "check"
    NO = "no"


@dataclass(frozen=True, slots=True)
class Licence:
    """Whose the wording is. The scoring key is a fact and free; the wording is loaded by the clinic."""

    ship: Ship
    basis: str
    source: str


@dataclass(frozen=True, slots=True)
class Loinc:
    """LOINC codes; empty ones are not known. ``note`` says why there are none."""

    panel: str = ""
    total: str = ""
    items: tuple[str, ...] = ()
    answers: tuple[str, ...] = ()  # of the answers in ascending order, from the lowest
    difficulty: str = ""
    source: str = ""
    items_source: str = ""
    note: str = ""
