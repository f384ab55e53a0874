"""The statistical detectors for many clients at once: the same numbers as theirs, session by session, in columns.

For calibration and benchmarks, which judge hundreds of thousands of ratings. ``tests/unit/scoring/test_batch.py``
holds it to the detectors. Ratings are an array of clients x sessions in the instrument's units, NaN where a session
was not rated. No rupture is followed: every rating enters the baseline, as in clinical reference 2.4.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from services.scoring.domain.censored import TINY, density, upper
from services.scoring.domain.detectors.baseline import D2, FEWEST, N0
from services.scoring.domain.detectors.state_space import SPREAD_WEIGHT, STEP
from services.scoring.domain.population import SETTLES, Population

Array = NDArray[np.float64]


class Statistics(NamedTuple):
    """Clients x sessions, both with a standard deviation of one. ``z`` is one rating's score, ``slow`` that of several:
    a moving average, or a step over the last three. NaN before the third rating, where there is none, and where there
    are not enough.
    """

    z: Array
    slow: Array


def shrunk_chart(ratings: Array, population: Population, weight: float) -> Statistics:
    """What ``individuals-chart`` and ``ewma`` (with this ``weight``, lambda) see."""
    clients, sessions = ratings.shape
    count, total, ranges, last = (np.zeros(clients) for _ in range(4))
    average, seen = np.zeros(clients), np.zeros(clients)
    zs, averages = np.full_like(ratings, np.nan), np.full_like(ratings, np.nan)
    for session in range(sessions):
        value = ratings[:, session]
        rated = ~np.isnan(value)
        judged = rated & (count >= FEWEST)
        n = count[judged]
        share = n / (n + population.kappa)
        mean = share * (total[judged] / n) + (1 - share) * population.mean
        moving = ranges[judged] / (n - 1) / D2
        pooled = np.sqrt(((n - 1) * moving**2 + N0 * population.within_sd**2) / (n - 1 + N0))
        error = np.maximum(population.sem, pooled) * np.sqrt(1 + 1 / n)
        z = (value[judged] - mean) / error
        zs[judged, session] = z
        averages[judged, session] = _averaged(average, seen, judged, z, weight)
        again = rated & (count > 0)
        ranges[again] += np.abs(value[again] - last[again])
        total[rated] += value[rated]
        last[rated] = value[rated]
        count[rated] += 1
    return Statistics(zs, averages)


def state_space(ratings: Array, population: Population, top: float | Array) -> Statistics:
    """What ``state-space`` sees on a scale that ends at ``top``: one for all, or one for each client."""
    clients, sessions = ratings.shape
    phi, noise = population.autocorrelation, (1 - population.autocorrelation**2) * population.within_sd**2
    level = np.full(clients, population.mean - population.slope * SETTLES / 2)
    v_level = np.full(clients, population.between_sd**2)
    v_swing = np.full(clients, population.within_sd**2)
    swing, v_both, squares, count = (np.zeros(clients) for _ in range(4))
    kept = [np.full((4, clients), np.nan) for _ in range(STEP)]  # z, 1 / sd and gains of each client's last ratings
    zs, steps = np.full_like(ratings, np.nan), np.full_like(ratings, np.nan)
    for session in range(sessions):
        value = ratings[:, session]
        rated = ~np.isnan(value)
        variance = v_level + 2 * v_both + v_swing
        predicted = np.sqrt(variance)
        at_top = rated & (value >= top)
        cut = (top - level - swing) / predicted
        hazard = density(cut) / np.maximum(upper(cut), TINY)
        u = np.where(at_top, hazard, (value - level - swing) / predicted)
        wider = np.maximum(1.0, np.sqrt((SPREAD_WEIGHT + squares) / (SPREAD_WEIGHT + count)))
        gains = (v_level + v_both) / variance, (v_both + v_swing) / variance
        judged = rated & (count >= FEWEST)
        seen = np.array([u / wider, 1 / (predicted * wider), *gains])
        kept = [np.where(judged, new, old) for old, new in zip(kept, [*kept[1:], seen], strict=True)]
        zs[judged, session] = kept[-1][0][judged]
        steps[judged, session] = _step(kept, phi)[judged]
        learnt = np.where(at_top, hazard * (hazard - cut), 1.0)
        error, less = predicted * u, variance * learnt
        after = (
            level + gains[0] * error + np.where(count < SETTLES, population.slope, 0.0),
            phi * (swing + gains[1] * error),
            v_level - gains[0] ** 2 * less,
            phi * (v_both - gains[0] * gains[1] * less),
            phi**2 * (v_swing - gains[1] ** 2 * less) + noise,
            squares + np.where(at_top, 1 + cut * hazard, u**2),
            count + 1,
        )
        before = level, swing, v_level, v_both, v_swing, squares, count
        level, swing, v_level, v_both, v_swing, squares, count = (
            np.where(rated, new, old) for new, old in zip(after, before, strict=True)
        )
    return Statistics(zs, steps)


def _step(kept: list[Array], phi: float) -> Array:
    """The step over the kept ratings; NaN while there are too few."""
    product, square, learnt_level, learnt_swing = (np.zeros(kept[0].shape[1]) for _ in range(4))
    for z, scale, gain_level, gain_swing in kept:
        left = 1 - learnt_level - learnt_swing
        product, square = product + left * scale * z, square + (left * scale) ** 2
        learnt_level = learnt_level + gain_level * left
        learnt_swing = phi * (learnt_swing + gain_swing * left)
    return np.asarray(product / np.sqrt(square), dtype=float)


def _averaged(average: Array, seen: Array, judged: NDArray[np.bool_], z: Array, weight: float) -> Array:
    """Take ``z`` into the moving averages, and give them over their standard deviations."""
    seen[judged] += 1
    average[judged] = weight * z + (1 - weight) * average[judged]
    sigma = np.sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * seen[judged])))
    return np.asarray(average[judged] / sigma, dtype=float)


def alarms(found: Statistics, k: float, width: float) -> NDArray[np.bool_]:
    """Where one of the two speaks: ``z`` at or below -k, or ``slow`` at or below -width."""
    with np.errstate(invalid="ignore"):  # NaN alarms nowhere
        return (found.z <= -k) | (found.slow <= -width)


def false_alarms(found: Statistics, k: float, width: float) -> float:
    """Alarms per 100 judged sessions; of clients without ruptures these are false."""
    judged = ~np.isnan(found.z)
    return 100 * float(alarms(found, k, width)[judged].mean()) if judged.any() else 0.0
