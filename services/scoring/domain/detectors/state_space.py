"""What is expected of this client next, and how far below it the rating is: a state-space filter that knows the scale's
end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import erfc, exp, pi, sqrt
from typing import ClassVar

from services.scoring.domain.detectors.base import EMPTY, Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import FEWEST, Baseline
from services.scoring.domain.detectors.words import odds
from services.scoring.domain.population import SETTLES, Population

MEASURED = "own; tests/bench/detection.md"
SPREAD_WEIGHT = 8  # ratings that the population's spread weighs against the client's own; own
_TAIL = 1e-300


@dataclass(frozen=True, slots=True)
class StateSpace:
    """Own design: Kalman's filter (1960) of the model of clinical reference 5.2, with censored ratings taken in by the
    mean and variance of what they hide (a Tobit filter).

        rating = min(top, level + swing)        level: the client's own, at first N(mu0, sb^2), drifting with the slope
        swing_t = phi * swing_(t-1) + N(0, (1 - phi^2) * sw^2)
        u_t = (y_t - m_t) / sqrt(v_t)             m, v: mean and variance predicted from the ratings before
                                                  (at the top: the mean of a u beyond it)
        z_t = u_t / sqrt(max(1, (8 + sum u^2) / (8 + n)))      over the ratings before: a restless client's own spread
        e_t = lambda * z_t + (1 - lambda) * e_(t-1)        sigma_t as in ``ewma``
        alarm when min(z_t / k, e_t / (width * sigma_t)) <= -1

    Against rule M (the shrunk chart or its average) it knows three things more: that one low session predicts a
    somewhat low next one, so that its z are independent; how sure the level is after n ratings; and that the best
    rating may hide a still better session, so that clients at the top do not look steadier than they are. A spread is
    widened for a client who swings more than others, and never narrowed (the stricter of both, after Gumz 2012, S16).
    Measured on simulated clients, parameters estimated from others, at the same false alarms: tests/bench/detection.md.
    The simulator is of the same model: real ratings will be less kind.
    """

    k: float = parameter(2.2, 1.5, 5.0, "predicted SDs below what is expected, at once", MEASURED)
    width: float = parameter(2.4, 1.5, 5.0, "standard deviations of the moving average", MEASURED)
    weight: float = parameter(0.4, 0.05, 1.0, "lambda: what the newest rating weighs in the average", MEASURED)
    name: ClassVar[str] = "state-space"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = False

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Compare one rating with what is expected after the ones before it."""
        value, population = answered.value, before.population
        if value is None or population is None:
            return None, memory
        state, average, count = (memory[:_SIZE], memory[_SIZE], memory[_SIZE + 1]) if memory else (EMPTY, 0.0, 0.0)
        state = _caught_up(state or _prior(population), before, population)
        _, level, swing, v_level, v_both, v_swing, squares = state
        if before.n < FEWEST:
            return None, (*state, average, count)
        predicted = sqrt(v_level + 2 * v_both + v_swing)
        wider = max(1.0, sqrt((SPREAD_WEIGHT + squares) / (SPREAD_WEIGHT + before.n)))
        mean, sd = level + swing, predicted * wider
        z = (value - mean) / sd if value < before.top else _hazard((before.top - mean) / predicted) / wider
        count += 1
        weight = self.weight
        kept = (1 - weight) * average
        average = weight * z + kept
        sigma = _sigma(weight, count)
        fast, slow = z / self.k, average / (self.width * sigma)
        statistic = self.k * min(fast, slow)
        # The higher of the ratings that would alarm, at once or on average; nothing at the top of the scale can.
        limit = mean + sd * max(-self.k, (-self.width * sigma - kept) / weight)
        verdict = Verdict(statistic <= -self.k, statistic, -self.k, min(limit, before.top), min(z, average / sigma))
        return verdict, (*state, average, count)

    def says(self, finding: Finding) -> str:
        """How unusual this is, at once or together with the last ratings."""
        return odds("a rating this low, alone or with the ones before it, comes", finding)


_SIZE = 7  # of the filter's part of the memory


def _prior(population: Population) -> Memory:
    """Ratings taken in; level and swing expected next; their variances and covariance; the sum of u^2."""
    start = population.mean - population.slope * SETTLES / 2
    return (0.0, start, 0.0, population.between_sd**2, 0.0, population.within_sd**2, 0.0)


def _caught_up(state: Memory, before: Baseline, population: Population) -> Memory:
    """The state after every rating of the baseline: usually one more than last time."""
    taken, level, swing, v_level, v_both, v_swing, squares = state
    if taken == before.n:
        return state
    phi, slope, top = population.autocorrelation, population.slope, before.top
    noise = (1 - phi**2) * population.within_sd**2
    for number in range(int(taken), before.n):
        value = before.values[number]
        variance = v_level + 2 * v_both + v_swing
        if value < top:
            error, learnt = value - level - swing, 1.0
            squares += error * error / variance
        else:
            cut = (top - level - swing) / sqrt(variance)
            hazard = _hazard(cut)
            error, learnt = sqrt(variance) * hazard, hazard * (hazard - cut)
            squares += 1 + cut * hazard  # the mean of what u^2 may be beyond the top
        g_level, g_swing = (v_level + v_both) / variance, (v_both + v_swing) / variance
        level += g_level * error
        swing = phi * (swing + g_swing * error)
        less = variance * learnt
        v_level, v_both, v_swing = (
            v_level - g_level * g_level * less,
            phi * (v_both - g_level * g_swing * less),
            phi * phi * (v_swing - g_swing * g_swing * less) + noise,
        )
        if number < SETTLES:
            level += slope
    return (float(before.n), level, swing, v_level, v_both, v_swing, squares)


def _hazard(cut: float) -> float:
    """Mean of a standard normal value above ``cut``."""
    return exp(-cut * cut / 2) / sqrt(2 * pi) / max(erfc(cut / sqrt(2)) / 2, _TAIL)


@lru_cache(maxsize=4096)
def _sigma(weight: float, count: float) -> float:
    """Standard deviation of the average after ``count`` ratings, in units of z's."""
    return sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * count)))
