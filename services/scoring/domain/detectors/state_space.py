"""What is expected of this client next, and how far below it the rating is: a state-space filter that knows the scale's
end.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
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
        state = _caught_up(memory or _prior(population), before, population)
        n, level, swing, squares, step, kept = state
        if n < FEWEST:
            return None, state
        mean, sd, k, top = level + swing, step.predicted, self.k, before.top
        wider = 1.0
        if squares > n:
            wider = sqrt((SPREAD_WEIGHT + squares) / (SPREAD_WEIGHT + n))
            sd *= wider
        z = (value - mean) / sd if value < top else _hazard((top - mean) / step.predicted) / wider
        # The rating that would alarm, alone or with the ones before it: the higher of the two.
        statistic, lowest, evidence, scale = z / k, -k, z, 1 / sd
        if len(kept) < _KEPT:
            kept = (*kept, z, scale)
        else:  # spelt out for three
            width = self.width
            z_first, scale_first, z_second, scale_second = kept
            second, now = step.left_second * scale_second, step.left_now * scale
            length = sqrt(scale_first * scale_first + second * second + now * now)
            earlier = scale_first * z_first + second * z_second
            down = (earlier + now * z) / length
            if down < z:
                evidence = down
            if down / width < statistic:
                statistic = down / width
            edge = -(width * length + earlier) / now
            if edge > lowest:
                lowest = edge
            kept = (z_second, scale_second, z, scale)
        limit = mean + sd * lowest
        if limit > top:
            limit = top
        verdict = Verdict(statistic <= -1, k * statistic, -k, limit, evidence)
        return verdict, (n, level, swing, squares, step, kept)

    def says(self, finding: Finding) -> str:
        """How unusual this is, at once or together with the last ratings."""
        return odds("a rating this low, alone or with the ones before it, comes", finding)


_KEPT = (STEP - 1) * 2  # z and 1 / sd of the ratings before, as far as a step is looked for


class _Step:
    """What the filter knows before one rating, but for the means: variances and covariance of level and swing, their
    ``variance`` together and its root, and the gains of both.

    ``left_second`` and ``left_now`` are what a lasting fall of one unit, begun with the rating before last, leaves in
    the last rating and in this one, for the filter learns the new level; ``gains`` are those at the last rating. All of
    it depends on the ratings only through which of them were at the top, so the steps of clients who never are there
    are worked out once.
    """

    __slots__ = (
        "after",
        "g_level",
        "g_swing",
        "gains",
        "left_now",
        "left_second",
        "population",
        "predicted",
        "v_both",
        "v_level",
        "v_swing",
        "variance",
    )

    def __init__(
        self,
        population: Population,
        v_level: float,
        v_both: float,
        v_swing: float,
        left: tuple[float, float] = (1.0, 1.0),
        gains: tuple[float, float] | None = None,
    ) -> None:
        self.population = population
        self.v_level, self.v_both, self.v_swing = v_level, v_both, v_swing
        self.variance = v_level + 2 * v_both + v_swing
        self.predicted = sqrt(self.variance)
        self.g_level, self.g_swing = (v_level + v_both) / self.variance, (v_both + v_swing) / self.variance
        self.left_second, self.left_now = left
        self.gains = gains
        self.after: _Step | None = None  # the next one after a rating below the top, once it is known

    def follow(self) -> _Step:
        """Work out the next one after a rating below the top."""
        self.after = self.learning(1.0)
        return self.after

    def learning(self, learnt: float) -> _Step:
        """The next one, after a rating of which only this share could be learnt."""
        phi, sw = self.population.autocorrelation, self.population.within_sd
        less = self.variance * learnt
        return _Step(
            self.population,
            self.v_level - self.g_level * self.g_level * less,
            phi * (self.v_both - self.g_level * self.g_swing * less),
            phi * phi * (self.v_swing - self.g_swing * self.g_swing * less) + (1 - phi**2) * sw**2,
            self._left(phi),
            (self.g_level, self.g_swing),
        )

    def of(self, population: Population) -> _Step:
        """The same knowledge, of a client of another population from now on."""
        left = self.left_second, self.left_now
        return _Step(population, self.v_level, self.v_both, self.v_swing, left, self.gains)

    def _left(self, phi: float) -> tuple[float, float]:
        """What a fall that began with the last rating leaves in this one and in the next."""
        if self.gains is None:
            return 1.0, 1.0
        level, swing = self.gains[0], phi * self.gains[1]
        left = 1 - level - swing
        level += self.g_level * left
        swing = phi * (swing + self.g_swing * left)
        return left, 1 - level - swing


@lru_cache(maxsize=256)
def _first(population: Population) -> _Step:
    return _Step(population, population.between_sd**2, 0.0, population.within_sd**2)


def _prior(population: Population) -> Memory:
    """Ratings taken in; level and swing expected next; the sum of u^2; the step; z and 1 / sd of each of the last
    ratings that were judged.
    """
    start = population.mean - population.slope * SETTLES / 2
    return (0, start, 0.0, 0.0, _first(population), ())


def _caught_up(memory: Memory, before: Baseline, population: Population) -> Memory:
    """The state after every rating of the baseline: usually one more than last time."""
    n, level, swing, squares, step, kept = memory
    if step.population is not population and step.population != population:
        step = step.of(population)
    phi, top, values = population.autocorrelation, before.top, before.values
    while n < before.n:
        value = values[n]
        n += 1
        if value < top:
            error = value - level - swing
            squares += error * error / step.variance
            after = step.after or step.follow()
        else:
            cut = (top - level - swing) / step.predicted
            hazard = _hazard(cut)
            error = step.predicted * hazard
            squares += 1 + cut * hazard  # the mean of what u^2 may be beyond the top
            after = step.learning(hazard * (hazard - cut))
        level += step.g_level * error
        swing = phi * (swing + step.g_swing * error)
        if n <= SETTLES:
            level += population.slope
        step = after
    return (n, level, swing, squares, step, kept)


def _hazard(cut: float) -> float:
    """Mean of a standard normal value above ``cut``."""
    return exp(-cut * cut / 2) / sqrt(2 * pi) / max(erfc(cut / sqrt(2)) / 2, _TAIL)
