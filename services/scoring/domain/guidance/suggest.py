"""A few ideas for one rupture: chosen from the catalogue, each with its source and why it was chosen."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from services.scoring.domain.guidance.catalogue import STRATEGIES, Strategy
from services.scoring.domain.guidance.circumstances import (
    UNKNOWN,
    Background,
    Barrier,
    Circumstance,
    Homework,
    Phase,
    RuptureType,
    Style,
)
from services.scoring.domain.guidance.sources import Source
from services.scoring.domain.guidance.words import DEFAULT_LANGUAGE, LANGUAGES
from services.scoring.domain.instruments import Facet

FEWEST = 2  # never one: a single recommendation would be a directive (clinical reference 6.4)
USUAL = 3

# How much it counts that a strategy fits (own): what the ratings say, then what the clinician saw and intake knows.
_WEIGHTS: tuple[tuple[type, float], ...] = ((Facet, 4), (RuptureType, 3), (Barrier, 3), (Homework, 3), (Style, 2))
_GENERAL = 1.0  # of an idea that is worth a thought whatever the circumstances
# Of what another idea answers to already only a part counts: not one idea in three wordings.
_AGAIN = 0.4


@dataclass(frozen=True, slots=True)
class Suggestion:
    """One idea, in words for the clinician. ``why`` says what of this client's situation it answers to."""

    strategy_id: str
    phase: Phase
    text: str
    source: Source
    why: str


def suggest(
    facet: Facet | None,
    barriers: Collection[Barrier] = (),
    style: Style | None = None,
    homework: Homework | None = None,
    rupture_type: RuptureType | None = None,
    phase: Phase = Phase.TAKING_UP,
    *,
    language: str = DEFAULT_LANGUAGE,
    count: int = USUAL,
    besides: Collection[str] = (),
) -> tuple[Suggestion, ...]:
    """``count`` ideas for a phase, the ones that fit best first; ``facet`` is the one that fell most. ``besides`` names
    strategies that are offered already.

    ValueError for fewer than two, or a language that there are no words in.
    """
    if count < FEWEST:
        raise ValueError(f"count: {count} would read as an instruction; ask for at least {FEWEST}")
    if language not in LANGUAGES:
        raise ValueError(f"language: there are no words in {language!r}; ask for one of {', '.join(LANGUAGES)}")
    known: tuple[Circumstance, ...] = tuple(
        each for each in (facet, rupture_type, *sorted(barriers), homework, style) if each is not None
    )
    words = LANGUAGES[language]
    return tuple(
        Suggestion(
            strategy.id,
            phase,
            words.strategies[strategy.id],
            strategy.source,
            words.why([each for each in known if each in strategy.fits]),
        )
        for strategy in _choose([each for each in STRATEGIES if _offered(each, known, phase, besides)], known, count)
    )


def ideas(
    facet: Facet | None,
    background: Background = UNKNOWN,
    homework: Homework | None = None,
    rupture_type: RuptureType | None = None,
    language: str = DEFAULT_LANGUAGE,
) -> tuple[Suggestion, ...]:
    """A rupture's ideas for both phases, because ratings do not tell which one it is in; none is offered twice."""
    offered: list[Suggestion] = []
    for phase in Phase:
        besides = {each.strategy_id for each in offered}
        offered += suggest(
            facet,
            background.barriers,
            background.style,
            homework,
            rupture_type,
            phase,
            language=language,
            besides=besides,
        )
    return tuple(offered)


def _offered(strategy: Strategy, known: Sequence[Circumstance], phase: Phase, besides: Collection[str]) -> bool:
    if phase not in strategy.phases or strategy.id in besides or not strategy.unless.isdisjoint(known):
        return False
    return strategy.general or not strategy.fits.isdisjoint(known)


def _choose(left: list[Strategy], known: Sequence[Circumstance], count: int) -> list[Strategy]:
    """Greedily: each next one answers best to what the ones before leave open."""
    chosen: list[Strategy] = []
    answered: set[Circumstance] = set()
    while left and len(chosen) < count:
        best = max(left, key=lambda strategy: _gain(strategy, known, answered))
        left.remove(best)
        chosen.append(best)
        answered |= best.fits & set(known)
    return chosen


def _gain(strategy: Strategy, known: Sequence[Circumstance], answered: Collection[Circumstance]) -> float:
    fitting = [each for each in known if each in strategy.fits]
    return sum(_weight(each) * (_AGAIN if each in answered else 1) for each in fitting) if fitting else _GENERAL


def _weight(circumstance: Circumstance) -> float:
    return next(weight for kind, weight in _WEIGHTS if isinstance(circumstance, kind))
