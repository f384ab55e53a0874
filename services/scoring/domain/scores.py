"""Answers to numbers: one function for every instrument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from services.scoring.domain.instruments import Instrument

DIGITS = 6  # of stored numbers: far below any scale's resolution, and free of binary noise


@dataclass(frozen=True, slots=True)
class Scored:
    """A scored form. ``total`` and parts of it are None when too many of their items are missing."""

    total: float | None
    subscales: Mapping[str, float]
    facets: Mapping[str, float]
    missing: tuple[int, ...]
    band: str
    tension: bool | None  # the direct question; None when it was not asked or not answered
    resolved: bool


def score(instrument: Instrument, answers: Mapping[int, float]) -> Scored:
    """Score one form.

    The total is null when more than ``max_missing`` items are missing: a number prorated from a few answers has
    frightened people before (a CORE-10 of 40 from one answer). Within the rule, missing items count as the mean of
    the others. A subscale may miss at most one item, and only of an instrument that allows any. ValueError names an
    answer that is out of range or of an unknown item.
    """
    _check(instrument, answers)
    turned = {
        item: (instrument.item_min + instrument.item_max - value if item in instrument.reverse else value)
        for item, value in answers.items()
    }
    items = range(1, instrument.items + 1)
    missing = tuple(item for item in items if item not in turned)
    answered = [turned[item] for item in items if item in turned]
    total = None
    if answered and len(missing) <= instrument.max_missing:
        total = round(instrument.total_of(sum(answered) / len(answered)), DIGITS)
    tension = answers.get(instrument.tension_item)
    return Scored(
        total=total,
        subscales=_subscales(instrument, turned),
        facets=_facets(instrument, turned),
        missing=missing,
        band=_band(instrument, total),
        tension=None if tension is None else tension >= 1,
        resolved=answers.get(instrument.resolved_item, 0.0) >= 1,
    )


def _check(instrument: Instrument, answers: Mapping[int, float]) -> None:
    for item, value in answers.items():
        try:
            low, high = instrument.range_of(item)
        except LookupError:
            raise ValueError(f"answers.item: {instrument.id} has no item {item}") from None
        if not low <= value <= high:
            raise ValueError(f"answers.value: the answer to item {item} is not between {low:g} and {high:g}")


def _subscales(instrument: Instrument, turned: Mapping[int, float]) -> dict[str, float]:
    """Subscales in the units of the total: a sum of their own items where the total is a sum."""
    per_item = instrument.total_of(1.0) / instrument.items  # what one item adds to the total
    scaled: dict[str, float] = {}
    for name, items in instrument.subscales.items():
        mean = _mean(instrument, turned, items)
        if mean is not None:
            sums = instrument.method.startswith("sum")
            scaled[name] = round(mean * per_item * len(items) if sums else instrument.total_of(mean), DIGITS)
    return scaled


def _facets(instrument: Instrument, turned: Mapping[int, float]) -> dict[str, float]:
    means = {facet.value: _mean(instrument, turned, items) for facet, items in instrument.facets.items()}
    return {facet: round(mean, DIGITS) for facet, mean in means.items() if mean is not None}


def _mean(instrument: Instrument, turned: Mapping[int, float], items: tuple[int, ...]) -> float | None:
    values = [turned[item] for item in items if item in turned]
    if not values or len(items) - len(values) > min(1, instrument.max_missing):
        return None
    return sum(values) / len(values)


def _band(instrument: Instrument, total: float | None) -> str:
    if total is None:
        return ""
    reached = [name for start, name in instrument.bands if total >= start]
    return reached[-1] if reached else ""
