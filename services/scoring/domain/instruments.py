"""What an instrument is, for scoring: a key. Wording is never here.

Every part of a key and every figure says where it is from; the tags are explained in ``figures``.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum

from services.scoring.domain.figures import Cutoff, Figure, Licence, Loinc, ReliableChange, RiskItem

TOTAL = "total"  # the name of the whole among the names of subscales
NOT_CHECKED = Loinc(note="not checked")


class Kind(StrEnum):
    """What an instrument measures. Ruptures are looked for in the alliance only."""

    ALLIANCE = "alliance"
    OUTCOME = "outcome"
    SATISFACTION = "satisfaction"


class Method(StrEnum):
    """How the answers become a total."""

    SUM = "sum"
    MEAN = "mean"
    MEAN_X10 = "mean_x10"
    SUM_X4 = "sum_x4"


class Facet(StrEnum):
    """Sides of the alliance that a rupture can touch."""

    TRUST = "trust"
    RESPECT = "respect"
    BEING_HEARD = "being_heard"
    EMPATHY = "empathy"
    GOALS = "goals"
    TASKS = "tasks"
    GENUINENESS = "genuineness"
    PACE_SAFETY = "pace_safety"
    EXPECTATIONS = "expectations"


class Part(StrEnum):
    """Parts of a key that may be from different sources."""

    ITEMS = "items"  # their number and the range of their answers
    METHOD = "method"
    REVERSE = "reverse"
    SUBSCALES = "subscales"
    FACETS = "facets"
    MISSING = "missing"
    BANDS = "bands"


@dataclass(frozen=True, slots=True)
class Question:
    """A question beside the total, with a range of its own."""

    item: int
    low: float
    high: float
    whole: bool = True


@dataclass(frozen=True, slots=True)
class Instrument:
    """A scoring key.

    ``items`` counts the items of the total, numbered from 1; ``reverse`` are turned round (low + high - answer)
    before anything else. ``max_missing`` is how many may be left out before the total is null. ``subscales`` and
    ``facets`` list item numbers; a subscale is in the total's own method, a facet is the mean of its items after
    reversal, so facets of one instrument can be compared.

    ``gaps`` says, by subscale or ``total``, what is not known of the key: that part is refused, not guessed.
    ``source`` is where the key is from, ``sources`` the parts of it that are from elsewhere.
    """

    id: str
    version: str
    title: str
    kind: Kind
    items: int
    item_min: float
    item_max: float
    method: Method
    max_missing: int
    source: str
    licence: Licence
    sources: Mapping[Part, str] = field(default_factory=dict)
    whole: bool = True  # answers are whole numbers; otherwise any number in the range, as from an analogue scale
    higher_is_better: bool = True
    reverse: frozenset[int] = frozenset()
    subscales: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    gaps: Mapping[str, str] = field(default_factory=dict)
    facets: Mapping[Facet, tuple[int, ...]] = field(default_factory=dict)
    # Answered beside the total, for example a direct question.
    extra: tuple[Question, ...] = ()
    # Items of the client's own report of tension, and of whether it was resolved; 0 when not asked.
    tension_item: int = 0
    resolved_item: int = 0
    bands: tuple[tuple[float, str], ...] = ()  # (from this total, name), ascending
    risk: tuple[RiskItem, ...] = ()
    # Listed as critical by the form's authors, without a threshold that is known; named when answered above the lowest.
    critical: tuple[int, ...] = ()
    alpha: Figure | None = None
    retest: tuple[Figure, ...] = ()
    sd: Figure | None = None  # of a sample at intake
    sem: Figure | None = None
    reliable_change: ReliableChange | None = None
    cutoffs: tuple[Cutoff, ...] = ()  # the first on the total is the one that outcomes are judged by
    loinc: Loinc = NOT_CHECKED
    validated: bool = True

    @property
    def cutoff(self) -> Cutoff | None:
        """The cut-off that outcomes are judged by: the first on the total."""
        return next((cutoff for cutoff in self.cutoffs if not cutoff.scale), None)

    @property
    def scorable(self) -> bool:
        """Whether enough of the key is known for a total."""
        return TOTAL not in self.gaps

    def says_nothing(self, totals: Sequence[float]) -> bool:
        """Every total is the best possible: that says nothing about the alliance (clinical reference 1.1)."""
        best = self.total_max if self.higher_is_better else self.total_min
        return bool(totals) and all(total == best for total in totals)

    def source_of(self, part: Part) -> str:
        """Where a part of the key is from."""
        return self.sources.get(part, self.source)

    def total_of(self, mean_of_items: float) -> float:
        """The total of a form on which every item has this value; also turns a mean into the total's units."""
        match self.method:
            case Method.SUM:
                return mean_of_items * self.items
            case Method.MEAN:
                return mean_of_items
            case Method.MEAN_X10:
                return mean_of_items * 10
            case Method.SUM_X4:
                return mean_of_items * self.items * 4

    @property
    def total_min(self) -> float:
        return self.total_of(self.item_min)

    @property
    def total_max(self) -> float:
        return self.total_of(self.item_max)

    def question(self, item: int) -> Question:
        """What an item may be answered with; LookupError when there is no such item."""
        if 1 <= item <= self.items:
            return Question(item, self.item_min, self.item_max, self.whole)
        for question in self.extra:
            if question.item == item:
                return question
        raise LookupError(f"{self.id} has no item {item}")

    def range_of(self, item: int) -> tuple[float, float]:
        """Lowest and highest answer of an item; LookupError when there is no such item."""
        question = self.question(item)
        return question.low, question.high
