"""What an instrument is, for scoring: a key. Wording is never here.

Sources are tagged as in the clinical reference: ``S<n>`` a public source that was read, ``M`` the literature by
memory (unconfirmed: a clinic must be able to see that), ``C`` computed from the figures beside it, ``own`` our own
choice or instrument.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


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


@dataclass(frozen=True, slots=True)
class Figure:
    """A published or computed number and where it is from."""

    value: float
    source: str

    @property
    def confirmed(self) -> bool:
        """Whether the source was read, rather than remembered or assumed."""
        return self.source.startswith(("S", "C"))


@dataclass(frozen=True, slots=True)
class RiskItem:
    """An item that pages when it is answered at or above a value, whatever the total says. Feedback pages; scoring
    only names it.
    """

    item: int
    page_at: float


@dataclass(frozen=True, slots=True)
class Question:
    """A question beside the total, with a range of its own."""

    item: int
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Instrument:
    """A scoring key.

    ``items`` counts the items of the total, numbered from 1; ``reverse`` are turned round (low + high - answer)
    before anything else. ``max_missing`` is how many may be left out before the total is null. ``subscales`` and
    ``facets`` list item numbers; a subscale is in the total's own method, a facet is the mean of its items after
    reversal, so facets of one instrument can be compared.
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
    higher_is_better: bool = True
    reverse: frozenset[int] = frozenset()
    subscales: Mapping[str, tuple[int, ...]] = field(default_factory=dict)
    facets: Mapping[Facet, tuple[int, ...]] = field(default_factory=dict)
    # Answered beside the total, for example a direct question.
    extra: tuple[Question, ...] = ()
    # Items of the client's own report of tension, and of whether it was resolved; 0 when not asked.
    tension_item: int = 0
    resolved_item: int = 0
    bands: tuple[tuple[float, str], ...] = ()  # (from this total, name), ascending
    risk: tuple[RiskItem, ...] = ()
    alpha: Figure | None = None
    retest: tuple[Figure, ...] = ()
    sem: Figure | None = None
    reliable_change: Figure | None = None
    cutoff: Figure | None = None
    validated: bool = True

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

    def range_of(self, item: int) -> tuple[float, float]:
        """Lowest and highest answer of an item; LookupError when there is no such item."""
        if 1 <= item <= self.items:
            return self.item_min, self.item_max
        for question in self.extra:
            if question.item == item:
                return question.low, question.high
        raise LookupError(f"{self.id} has no item {item}")
