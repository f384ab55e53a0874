"""Individuals chart on the client's own baseline, shrunk towards the population (rule I)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory
from services.scoring.domain.detectors.baseline import N0, Level


@dataclass(frozen=True, slots=True)
class IndividualsChart:
    """Clinical reference 2.4, rule I, with k = 2.5:

        z = (y_t - mu) / (s * sqrt(1 + 1/n))         alarm when z <= -k, on the low side only

    mu, s and n as in ``baseline``. One session against everything before it: it sees sudden falls. Measured there on
    simulated SRS ratings: 1.1 false alarms per 100 sessions; 63 % of one-session falls of 3 within-client SD at once.
    """

    k: float = 2.5
    name: ClassVar[str] = "individuals-chart"
    version: ClassVar[str] = "1"

    def judge(self, answered: Answered, level: Level | None, memory: Memory) -> tuple[Finding | None, Memory]:
        """Compare one rating with the level before it."""
        if level is None or answered.value is None:
            return None, memory
        z = level.z(answered.value)
        finding = Finding(
            detector=self.name,
            version=self.version,
            alarm=z <= -self.k,
            parameters={"k": self.k, "n0": N0, "n": level.n, "spread": level.spread},
            baseline=level.mean,
            limit=level.mean - self.k * level.error,
            statistic=z,
            value=answered.value,
            z=z,
        )
        return finding, memory
