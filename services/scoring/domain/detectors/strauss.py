"""A fall from the session before, by the SD of all ratings: after Strauss 2006."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import Baseline
from services.scoring.domain.detectors.drops import fall, told


@dataclass(frozen=True, slots=True)
class Strauss:
    """After Strauss 2006 (S22; S16 confirms the 1 SD): a fall of at least ``sds`` SDs of the sample since the last
    rating.

    The SD of the sample (clinical reference 2.1) is that of all ratings of all clients, sqrt(sb^2 + sw^2). Row C of
    2.4 names the SD between clients, but only with this one are its figures met, on both of its scales
    (tests/bench/detection.md): 4.7 false alarms per 100 sessions; 78 % of falls of 3 SD at once.
    """

    sds: float = parameter(1.0, 0.25, 5.0, "SDs of all ratings since the last rating", "S16, S22")
    name: ClassVar[str] = "strauss-like"
    version: ClassVar[str] = "2"
    of_sessions: ClassVar[bool] = False

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Compare one rating with the last."""
        population = before.population
        return fall(answered, before, self.sds * population.total_sd if population else 0.0), memory

    def says(self, finding: Finding) -> str:
        """From where, by how much."""
        return told(finding, f"{self.sds:g} times what the ratings of all clients differ by")
