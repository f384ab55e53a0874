"""A rating that is very low by any client's standard."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import Baseline
from services.scoring.domain.detectors.words import short


@dataclass(frozen=True, slots=True)
class LowLevel:
    """Clinical reference 2.4, extra input 2, from the first rating on, for it needs no history:

        alarm when y_t <= mu0 - sds * sqrt(sb^2 + sw^2)

    mu0, sb and sw are the population's. A client who always rates low is far from others, not necessarily in trouble:
    a marker unless a site decides otherwise.
    """

    sds: float = parameter(2.0, 1.0, 4.0, "SDs of all ratings below the population's mean", "C, clinical reference 2.4")
    name: ClassVar[str] = "low-level"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = False

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Compare one rating with the population."""
        value, population = answered.value, before.population
        if value is None or population is None:
            return None, memory
        limit = population.mean - self.sds * population.total_sd
        if value > limit:
            return None, memory
        return Verdict(True, value, limit, limit, (value - population.mean) / population.total_sd), memory

    def says(self, finding: Finding) -> str:
        """The rating, and that it is rare."""
        return f"a rating of {short(finding.value)} is very low for anybody"
