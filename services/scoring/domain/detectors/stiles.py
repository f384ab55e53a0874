"""A fall from the session before, by the SD within clients: after Stiles 2004."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import Baseline
from services.scoring.domain.detectors.drops import fall, told


@dataclass(frozen=True, slots=True)
class Stiles:
    """After Stiles 2004 (S16 confirms the 2 SD): a fall of at least ``sds`` within-client SDs since the last rating.

    The within-client SD is the population's, so that it does not hang on a handful of ratings. Measured in clinical
    reference 2.4, row D: 2.5 false alarms per 100 sessions; 69 % of falls of 3 SD at once, 57 % of slides.
    """

    sds: float = parameter(2.0, 0.5, 5.0, "within-client SDs since the last rating", "S16")
    name: ClassVar[str] = "stiles-like"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = False

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Compare one rating with the last."""
        population = before.population
        return fall(answered, before, self.sds * population.within_sd if population else 0.0), memory

    def says(self, finding: Finding) -> str:
        """From where, by how much."""
        return told(finding, f"{self.sds:g} times what is usual between one client's sessions")
