"""What a form may be answered with: the scoring key of an instrument, without the wording of anybody's items."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import cached_property


@dataclass(frozen=True, slots=True)
class Condition:
    """An item is asked only when another was answered with exactly this value."""

    item: int
    value: float


@dataclass(frozen=True, slots=True)
class Item:
    """One item: its number and the answers it takes, in the instrument's own units."""

    number: int
    minimum: float
    maximum: float
    # Only whole numbers; otherwise any number in the range, as from a visual analogue scale.
    whole: bool = True
    # What the item asks about, where the instrument is ours.
    facet: str = ""
    only_when: Condition | None = None


@dataclass(frozen=True)
class Instrument:
    """One version of one instrument."""

    instrument_id: str
    version: str
    title: str
    items: tuple[Item, ...]
    # Whose wording it is, and what a clinic needs to use it.
    licence: str
    # Whether published studies have established its psychometric quality.
    validated: bool
    # Where the key comes from.
    source: str
    # Item number -> the least answer that pages the clinician on call.
    risk: Mapping[int, float] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Name it for a person, for example ``phq9 version 1``."""
        return f"{self.instrument_id} version {self.version}"

    @cached_property
    def by_number(self) -> Mapping[int, Item]:
        """The items by their numbers."""
        return {item.number: item for item in self.items}


def same_items(count: int, minimum: float, maximum: float, *, whole: bool = True) -> tuple[Item, ...]:
    """Return items 1 to ``count`` that all take the same answers."""
    return tuple(Item(number, minimum, maximum, whole) for number in range(1, count + 1))
