"""Individuals chart on the client's own baseline, shrunk towards the population (rule I)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import Baseline
from services.scoring.domain.detectors.words import odds


@dataclass(frozen=True, slots=True)
class IndividualsChart:
    """Clinical reference 2.4, rule I, with k = 2.5:

        z = (y_t - mu) / (s * sqrt(1 + 1/n))         alarm when z <= -k, on the low side only

    mu, s and n as in ``baseline``. One session against everything before it: it sees sudden falls. Measured there on
    simulated SRS ratings: 1.1 false alarms per 100 sessions; 63 % of one-session falls of 3 within-client SD at once.
    """

    k: float = parameter(2.5, 1.5, 5.0, "standard errors below the client's own level", "C, clinical reference 2.4")
    name: ClassVar[str] = "individuals-chart"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = False

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Compare one rating with the level before it."""
        level, value = before.level, answered.value
        if level is None or value is None:
            return None, memory
        z = (value - level.mean) / level.error
        return Verdict(z <= -self.k, z, -self.k, level.mean - self.k * level.error, z), memory

    def says(self, finding: Finding) -> str:
        return odds("a rating this low comes", finding)
