"""Exponentially weighted moving average of the standard scores (rule J)."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory
from services.scoring.domain.detectors.baseline import Level


@dataclass(frozen=True, slots=True)
class Ewma:
    """Clinical reference 2.4, rule J, with lambda = .3 and L = 2.7, on the z of the individuals chart (``baseline``):

        e_t = lambda * z_t + (1 - lambda) * e_(t-1)               e = 0 before the first z (i = 1)
        alarm when e_t < -L * sqrt(lambda / (2 - lambda) * (1 - (1 - lambda)^(2i)))   the exact limit

    It remembers, so it sees slow slides and lasting small falls. Measured there on simulated SRS ratings: 0.9 false
    alarms per 100 sessions; 98 % of slides of 0.6 SD per session within 8 sessions, and only 30 % of 3-SD falls at
    once.
    """

    weight: float = 0.3
    width: float = 2.7
    name: ClassVar[str] = "ewma"
    version: ClassVar[str] = "1"

    def judge(self, answered: Answered, level: Level | None, memory: Memory) -> tuple[Finding | None, Memory]:
        """Add one rating's z to the average, and compare the average with its limit."""
        if level is None or answered.value is None:
            return None, memory
        count = memory.get("i", 0.0) + 1
        before = memory.get("e", 0.0)
        average = self.weight * level.z(answered.value) + (1 - self.weight) * before
        sigma = sqrt(self.weight / (2 - self.weight) * (1 - (1 - self.weight) ** (2 * count)))
        edge = -self.width * sigma
        # The rating that would bring the average to its edge, so that the limit can be drawn among the ratings.
        limit = level.mean + (edge - (1 - self.weight) * before) / self.weight * level.error
        finding = Finding(
            detector=self.name,
            version=self.version,
            alarm=average < edge,
            parameters={
                "lambda": self.weight,
                "L": self.width,
                "i": count,
                "statistic_limit": edge,
                "spread": level.spread,
            },
            baseline=level.mean,
            limit=limit,
            statistic=average,
            value=answered.value,
            z=average / sigma,
        )
        return finding, {"e": average, "i": count}
