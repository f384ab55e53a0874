"""Exponentially weighted moving average of the standard scores (rule J)."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from math import sqrt
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import Baseline
from services.scoring.domain.detectors.words import odds


@dataclass(frozen=True, slots=True)
class Ewma:
    """Clinical reference 2.4, rule J, with lambda (``weight``) = .3 and L (``width``) = 2.7, on the z of the
    individuals chart (``baseline``):

        e_t = lambda * z_t + (1 - lambda) * e_(t-1)               e = 0 before the first z (i = 1)
        alarm when e_t < -L * sqrt(lambda / (2 - lambda) * (1 - (1 - lambda)^(2i)))   the exact limit

    It remembers, so it sees slow slides and lasting small falls. Measured there on simulated SRS ratings: 0.9 false
    alarms per 100 sessions; 98 % of slides of 0.6 SD per session within 8 sessions, and only 30 % of 3-SD falls at
    once.
    """

    weight: float = parameter(0.3, 0.05, 1.0, "lambda: what the newest rating weighs", "C, clinical reference 2.4")
    width: float = parameter(2.7, 1.5, 5.0, "L: standard deviations of the average", "C, clinical reference 2.4")
    name: ClassVar[str] = "ewma"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = False

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Add one rating's z to the average, and compare the average with its limit."""
        level, value = before.level, answered.value
        if level is None or value is None:
            return None, memory
        last, count = memory or (0.0, 0.0)
        weight = self.weight
        kept = (1 - weight) * last
        average = weight * ((value - level.mean) / level.error) + kept
        sigma = _sigma(weight, count + 1)
        edge = -self.width * sigma
        # The rating that would bring the average to its edge, so that the limit can be drawn among the ratings.
        limit = level.mean + (edge - kept) / weight * level.error
        return Verdict(average < edge, average, edge, limit, average / sigma), (average, count + 1)

    def says(self, finding: Finding) -> str:
        return odds("recent ratings that are together this low come", finding)


@lru_cache(maxsize=4096)
def _sigma(weight: float, count: float) -> float:
    """Standard deviation of the average after ``count`` ratings, in units of z's."""
    return sqrt(weight / (2 - weight) * (1 - (1 - weight) ** (2 * count)))
