"""Answers to numbers: one function for every instrument."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from services.scoring.domain.figures import Cutoff, RiskItem
from services.scoring.domain.instruments import TOTAL, Instrument

DIGITS = 6  # of stored numbers: far below any scale's resolution, and free of binary noise


@dataclass(frozen=True, slots=True)
class Scored:
    """A scored form. ``total`` is None, and a subscale absent, when too many of their items are missing or too little
    of the key is known; ``refused`` says which of the two, by part.
    """

    total: float | None
    subscales: Mapping[str, float]
    facets: Mapping[str, float]
    missing: tuple[int, ...]
    band: str
    tension: bool | None  # the direct question; None when it was not asked or not answered
    resolved: bool
    refused: Mapping[str, str] = field(default_factory=dict)

    @property
    def prorated(self) -> bool:
        """Whether the total stands for items that were left out."""
        return self.total is not None and bool(self.missing)


def score(instrument: Instrument, answers: Mapping[int, float]) -> Scored:
    """Score one form.

    The total is null when more than ``max_missing`` items are missing: a number prorated from a few answers has
    frightened people before (a CORE-10 of 40 from one answer). Within the rule, missing items count as the mean of
    the others. A subscale may miss at most one item, and only of an instrument that allows any. What the key does not
    say is not guessed: an instrument with a gap for the total has none. ValueError names an answer that is out of
    range, not whole where it should be, or of an unknown item.
    """
    _check(instrument, answers)
    turned = {
        item: (instrument.item_min + instrument.item_max - value if item in instrument.reverse else value)
        for item, value in answers.items()
    }
    items = range(1, instrument.items + 1)
    missing = tuple(item for item in items if item not in turned)
    answered = [turned[item] for item in items if item in turned]
    refused = dict(instrument.gaps)
    total = None
    if len(missing) > instrument.max_missing or not answered:
        refused.setdefault(TOTAL, f"{len(missing)} of {instrument.items} items are missing; {_may(instrument)}")
    elif instrument.scorable:
        total = round(instrument.total_of(sum(answered) / len(answered)), DIGITS)
    tension = answers.get(instrument.tension_item)
    return Scored(
        total=total,
        subscales=_subscales(instrument, turned, refused),
        facets=_facets(instrument, turned),
        missing=missing,
        band=_band(instrument, total),
        tension=None if tension is None else tension >= 1,
        resolved=answers.get(instrument.resolved_item, 0.0) >= 1,
        refused=refused,
    )


def crossed(instrument: Instrument, scored: Scored, age: float | None = None) -> tuple[Cutoff, ...]:
    """The cut-offs that the total or a subscale is beyond; with ``age``, in years, only those that hold at that age."""
    values = {"": scored.total, **scored.subscales}
    found = []
    for cutoff in instrument.cutoffs:
        value = values.get(cutoff.scale)
        if value is not None and cutoff.holds_at(age) and cutoff.crossed_by(value):
            found.append(cutoff)
    return tuple(found)


def risks(instrument: Instrument, answers: Mapping[int, float]) -> tuple[RiskItem, ...]:
    """The risk items that are answered at or above their thresholds, however little else is answered."""
    return tuple(risk for risk in instrument.risk if answers.get(risk.item, float("-inf")) >= risk.page_at)


def critical(instrument: Instrument, answers: Mapping[int, float]) -> tuple[int, ...]:
    """The items that the form's authors list as critical and that are answered above the lowest answer."""
    return tuple(item for item in instrument.critical if answers.get(item, instrument.item_min) > instrument.item_min)


def _check(instrument: Instrument, answers: Mapping[int, float]) -> None:
    for item, value in answers.items():
        try:
            question = instrument.question(item)
        except LookupError:
            raise ValueError(f"answers.item: {instrument.id} has no item {item}") from None
        if not question.low <= value <= question.high:
            raise ValueError(
                f"answers.value: the answer to item {item} is not between {question.low:g} and {question.high:g}"
            )
        if question.whole and value != int(value):
            raise ValueError(f"answers.value: the answer to item {item} is not a whole number")


def _may(instrument: Instrument) -> str:
    return f"at most {instrument.max_missing} may be" if instrument.max_missing else "none may be"


def _subscales(instrument: Instrument, turned: Mapping[int, float], refused: dict[str, str]) -> dict[str, float]:
    """Subscales in the units of the total: a sum of their own items where the total is a sum."""
    per_item = instrument.total_of(1.0) / instrument.items  # what one item adds to the total
    scaled: dict[str, float] = {}
    for name, items in instrument.subscales.items():
        mean = _mean(instrument, turned, items)
        if mean is not None:
            sums = instrument.method.startswith("sum")
            scaled[name] = round(mean * per_item * len(items) if sums else instrument.total_of(mean), DIGITS)
        else:
            refused[name] = f"too many of its {len(items)} items are missing"
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
