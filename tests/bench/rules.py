"""The detectors that the benchmark compares, over many clients at once. Each gives where it alarms.

``tests/unit/scoring/test_bench_rules.py`` holds those that are in the product to the product's own code.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from services.dev.simulator import Preset
from services.scoring.domain.batch import Array, Statistics, alarms, false_alarms, shrunk_chart, state_space
from services.scoring.domain.calibration import Calibration
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.censored import TINY, density, upper
from services.scoring.domain.detectors import Ewma, IndividualsChart
from services.scoring.domain.detectors.baseline import D2
from services.scoring.domain.population import SETTLES, Population

Alarms = NDArray[np.bool_]
Rule = Callable[[Array, Array], Alarms]  # ratings, and each client's true level (for the oracle alone)
CALM_WARM_UP = 2  # sessions before statistics may speak


def reliable_drop(preset: Preset) -> Rule:
    """A: down by the published reliable change since the session before."""
    fall = _reliable(preset)
    return lambda ratings, _: _judged(_step(ratings) <= -fall + 1e-9)


def fall_from_best(preset: Preset) -> Rule:
    """B: down by the published reliable change since the client's best rating so far."""
    fall = _reliable(preset)
    return lambda ratings, _: _judged(ratings - np.maximum.accumulate(ratings, axis=1) <= -fall + 1e-9)


def strauss(population: Population) -> Rule:
    """C: down by an SD of all ratings."""
    return lambda ratings, _: _judged(_step(ratings) <= -population.total_sd + 1e-9)


def stiles(population: Population) -> Rule:
    """D: down by two SDs within clients."""
    return lambda ratings, _: _judged(_step(ratings) <= -2 * population.within_sd + 1e-9)


def openfit(preset: Preset) -> Rule:
    """E or F: beyond the published cut-off, or down by a point (a fortieth of the SRS's range, elsewhere as much)."""
    cutoff = CATALOGUE[preset.instrument_id].cutoff
    point = (preset.total_max - preset.total_min) / 40

    def rule(ratings: Array, _: Array) -> Alarms:
        below = ratings < cutoff.value if cutoff else np.zeros(ratings.shape, dtype=bool)
        return _judged(below | (_step(ratings) <= -point + 1e-9))

    return rule


def raw_chart(sem: float, sigmas: float = 3) -> Rule:
    """G, and H with two sigmas: the textbook chart, sigma at least the SEM."""

    def rule(ratings: Array, _: Array) -> Alarms:
        found = np.zeros(ratings.shape, dtype=bool)
        for session in range(3, ratings.shape[1]):
            before = ratings[:, :session]
            sigma = np.maximum(sem, np.abs(np.diff(before, axis=1)).mean(axis=1) / D2)
            found[:, session] = ratings[:, session] < before.mean(axis=1) - sigmas * sigma
        return found

    return rule


def shrunk(population: Population, k: float = IndividualsChart().k, width: float = Ewma().width) -> Rule:
    """I, J (with the other's limit out of reach) and M of clinical reference 2.4."""
    return lambda ratings, _: alarms(shrunk_chart(ratings, population, Ewma().weight), k, width)


def filtered(population: Population, top: float, k: float, width: float) -> Rule:
    """The state-space filter. ``top`` out of reach: one that does not know the scale's end."""
    return lambda ratings, _: alarms(state_space(ratings, population, top), k, width)


def averaged(population: Population, top: float, k: float, width: float, weight: float) -> Rule:
    """The filter with a moving average of its z instead of steps."""

    def rule(ratings: Array, _: Array) -> Alarms:
        z = state_space(ratings, population, top).z
        return alarms(Statistics(z, _averages(z, weight)), k, width)

    return rule


def cusum(population: Population, top: float, slack: float, limit: float) -> Rule:
    """A one-sided CUSUM of the filter's z."""
    return lambda ratings, _: _summed(state_space(ratings, population, top).z, slack, limit)


def shrunk_cusum(population: Population, slack: float, limit: float) -> Rule:
    """K: a one-sided CUSUM of the shrunk chart's z."""
    return lambda ratings, _: _summed(shrunk_chart(ratings, population, Ewma().weight).z, slack, limit)


def likelihood_ratio(population: Population, top: float, limit: float, window: int = 6) -> Rule:
    """A generalised likelihood ratio of the filter's z: the largest fall of the mean over the last 1 to ``window``."""

    def rule(ratings: Array, _: Array) -> Alarms:
        z = state_space(ratings, population, top).z
        found = np.zeros(z.shape, dtype=bool)
        for session in range(CALM_WARM_UP, z.shape[1]):
            back = range(1, min(window, session - CALM_WARM_UP + 1) + 1)
            sums = [z[:, session - length + 1 : session + 1].sum(axis=1) / np.sqrt(length) for length in back]
            found[:, session] = np.min(sums, axis=0) < -limit
        return found

    return rule


def told(preset: Preset, k: float, width: float) -> Rule:
    """The default itself, told each client's true level and the group's true parameters: what it loses by having to
    learn the level. It knows the scale's end, which ``oracle`` does not when it predicts the swing.
    """
    truth = Population(
        mean=preset.slope * SETTLES / 2,  # of the first session: 0
        between_sd=0.0,
        within_sd=preset.within_sd,
        sem=0.0,
        version="truth",
        provenance="The simulator.",
        assumed=False,
        autocorrelation=preset.autocorrelation,
        slope=preset.slope,
    )

    def rule(ratings: Array, levels: Array) -> Alarms:
        first = levels[:, :1]
        return alarms(state_space(ratings - first, truth, preset.total_max - first[:, 0]), k, width)

    return rule


def oracle(preset: Preset, k: float, width: float, weight: float = 0.4) -> Rule:
    """Told each client's true level, and the group's true parameters; it predicts the swing from the last rating
    shown, even where the end of the scale cut that off, and looks at single ratings and at their moving average.
    """
    phi, sd = preset.autocorrelation, preset.within_sd
    fresh = sd * np.sqrt(1 - phi**2)

    def rule(ratings: Array, levels: Array) -> Alarms:
        expected = levels.copy()
        expected[:, 1:] += phi * (ratings[:, :-1] - levels[:, :-1])
        spread = np.full(ratings.shape[1], fresh)
        spread[0] = sd
        cut = (preset.total_max - expected) / spread
        hidden = density(cut) / np.maximum(upper(cut), TINY)
        z = np.where(ratings >= preset.total_max, hidden, (ratings - expected) / spread)
        z[:, :CALM_WARM_UP] = np.nan
        return alarms(Statistics(z, _averages(z, weight)), k, width)

    return rule


def at_rate(make: Callable[[float], Rule], calm: Array, levels: Array, target: float) -> Rule:
    """The rule with its limits moved by one factor until it raises ``target`` false alarms per 100 sessions."""
    low, high = 0.2, 4.0
    for _ in range(30):
        factor = (low + high) / 2
        if per_hundred(make(factor)(calm, levels)) > target:
            low = factor
        else:
            high = factor
    return make(high)


def per_hundred(found: Alarms) -> float:
    """Alarms per 100 sessions from the third on."""
    return 100 * float(found[:, CALM_WARM_UP:].mean())


def calibrated_chart(found: Calibration, calm: Array) -> Rule:
    """Rule M with its limits moved to the calibration's own target, on clients simulated from the estimates."""
    population = found.population
    seen = shrunk_chart(calm, population, Ewma().weight)
    low, high = 0.5, 2.0
    for _ in range(30):
        factor = (low + high) / 2
        if false_alarms(seen, IndividualsChart().k * factor, Ewma().width * factor) > found.target:
            low = factor
        else:
            high = factor
    return shrunk(population, IndividualsChart().k * high, Ewma().width * high)


def memoryless(population: Population) -> Population:
    """The same population taken for one without autocorrelation."""
    return replace(population, autocorrelation=0.0)


def _averages(z: Array, weight: float) -> Array:
    average, found = np.zeros(len(z)), np.full_like(z, np.nan)
    for count, session in enumerate(range(CALM_WARM_UP, z.shape[1]), start=1):
        average = weight * z[:, session] + (1 - weight) * average
        found[:, session] = average / np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * count)))
    return found


def _summed(z: Array, slack: float, limit: float) -> Alarms:
    """Page's sum (1954), downwards: C = max(0, C - z - slack) > limit."""
    total = np.zeros(len(z))
    found = np.zeros(z.shape, dtype=bool)
    for session in range(CALM_WARM_UP, z.shape[1]):
        total = np.maximum(0, total - z[:, session] - slack)
        found[:, session] = total > limit
    return found


def _step(ratings: Array) -> Array:
    steps = np.zeros_like(ratings)
    steps[:, 1:] = np.diff(ratings, axis=1)
    return steps


def _judged(found: Alarms) -> Alarms:
    """Statistics never speak before the third rating."""
    found[:, :CALM_WARM_UP] = False
    return found


def _reliable(preset: Preset) -> float:
    published = CATALOGUE[preset.instrument_id].reliable_change
    return published.value if published else 1.959964 * 2**0.5 * _sem(preset)


def _sem(preset: Preset) -> float:
    figure = CATALOGUE[preset.instrument_id].sem
    if figure is None:
        raise ValueError(f"instrument: {preset.instrument_id} has no SEM")
    return figure.value
