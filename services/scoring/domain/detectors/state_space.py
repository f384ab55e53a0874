"""What is expected of this client next, and how far below it the rating is: a state-space filter that knows the scale's
end.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import erfc, exp, pi, sqrt
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import FEWEST, Baseline
from services.scoring.domain.detectors.words import odds
from services.scoring.domain.population import SETTLES, Population

MEASURED = "own; tests/bench/detection.md"
SPREAD_WEIGHT = 32  # ratings that the population's spread weighs against the client's own; own
STEP = 3  # ratings: a step down is looked for over the last so many, the window in which a repair is expected (2.5)
_TAIL = 1e-300


@dataclass(frozen=True, slots=True)
class StateSpace:
    """Own design: Kalman's filter (1960) of the model of clinical reference 5.2, with censored ratings taken in by the
    mean and variance of what they hide (a Tobit filter), and a test for a step (Willsky and Jones 1976).

        rating = min(top, level + swing)        level: the client's own, at first N(mu0, sb^2), drifting with the slope
        swing_t = phi * swing_(t-1) + N(0, (1 - phi^2) * sw^2)
        u_t = (y_t - m_t) / sqrt(v_t)           m, v: mean and variance predicted from the ratings before
                                                (at the top: the mean of a u beyond it)
        z_t = u_t / sqrt(max(1, (32 + sum u^2) / (32 + n)))     the n ratings before: a restless client's own spread
        s_t = sum g z / sqrt(sum g^2)           over the last three; g is what a lasting fall that began with the first
                                                of them would leave in each z, for the filter learns the new level
        alarm when min(z_t / k, s_t / width) <= -1

    Against rule M (the shrunk chart or its average) it knows three things more: that one low session predicts a
    somewhat low next one, so that its z are independent; how sure the level is after n ratings; and that the best
    rating may hide a still better session, so that clients at the top do not look steadier than they are. A spread is
    widened for a client who swings more than others, and never narrowed (the stricter of both, after Gumz 2012, S16).
    Measured on simulated clients, parameters estimated from others, at the same false alarms: tests/bench/detection.md.
    The simulator is of the same model: real ratings will be less kind.
    """

    k: float = parameter(2.2, 1.5, 5.0, "predicted SDs below what is expected, in one session", MEASURED)
    width: float = parameter(2.44, 1.5, 5.0, "standard deviations of a step over the last three sessions", MEASURED)
    name: ClassVar[str] = "state-space"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = False

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Compare one rating, and the last three together, with what is expected after the ones before."""
        value, population = answered.value, before.population
        if value is None or population is None:
            return None, memory
        state = _caught_up(memory[:_STATE] or _prior(population), before, population)
        if before.n < FEWEST:
            return None, state
        _, level, swing, v_level, v_both, v_swing, squares = state
        variance = v_level + 2 * v_both + v_swing
        predicted = sqrt(variance)
        wider = max(1.0, sqrt((SPREAD_WEIGHT + squares) / (SPREAD_WEIGHT + before.n)))
        mean, sd = level + swing, predicted * wider
        z = (value - mean) / sd if value < before.top else _hazard((before.top - mean) / predicted) / wider
        seen = (z, 1 / sd, (v_level + v_both) / variance, (v_both + v_swing) / variance)
        kept = memory[_STATE:][-_KEPT:]
        # The rating that would alarm, alone or with the ones before it: the higher of the two.
        statistic, lowest, evidence = z / self.k, -self.k, z
        if len(kept) == _KEPT:
            earlier, earlier_squared, now = _signature(kept, seen, population.autocorrelation)
            length = sqrt(earlier_squared + now * now)
            step = (earlier + now * z) / length
            statistic = min(statistic, step / self.width)
            lowest = max(lowest, (-self.width * length - earlier) / now)
            evidence = min(z, step)
        limit = min(mean + sd * lowest, before.top)
        verdict = Verdict(statistic <= -1, self.k * statistic, -self.k, limit, evidence)
        return verdict, (*state, *kept, *seen)

    def says(self, finding: Finding) -> str:
        """How unusual this is, at once or together with the last ratings."""
        return odds("a rating this low, alone or with the ones before it, comes", finding)


# Of the memory: the filter's state, then for each rating since the last rupture z, 1 / sd and the gains of level and
# swing; those of the last two are needed.
_STATE, _SEEN = 7, 4
_KEPT = (STEP - 1) * _SEEN


def _signature(kept: Memory, seen: Memory, phi: float) -> tuple[float, float, float]:
    """What a lasting fall of one unit, begun with the first of the kept ratings, leaves in each z: its product with the
    kept z, its square over them, and its size in the newest.
    """
    product = square = learnt_level = learnt_swing = 0.0
    for place in range(0, _KEPT, _SEEN):
        z, scale, gain_level, gain_swing = kept[place : place + _SEEN]
        left = 1 - learnt_level - learnt_swing
        size = left * scale
        product += size * z
        square += size * size
        learnt_level += gain_level * left
        learnt_swing = phi * (learnt_swing + gain_swing * left)
    return product, square, (1 - learnt_level - learnt_swing) * seen[1]


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
