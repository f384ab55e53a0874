"""The textbook individuals chart on the client's own ratings, without the population."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import D2, Baseline
from services.scoring.domain.detectors.words import odds

FEWEST = 3  # earlier ratings: one moving range is no estimate of anything


@dataclass(frozen=True, slots=True)
class RawChart:
    """Shewhart's individuals chart, as Eubanks-Carter 2012 (S17) and Lipner 2022 (S18) apply it to alliance ratings;
    the latter's own cut-offs are not in its abstract, so these are the textbook's (S65, clinical reference 2.2):

        sigma = max(SEM, mean|y_i - y_(i-1)| / 1.128)         alarm when y_t < mean(y_1..n) - width * sigma

    For comparison, and for sites that choose it. With few ratings sigma is a guess, and a client's level is taken as
    known. Measured in clinical reference 2.4, row G: 1.5 false alarms per 100 sessions; 64 % of falls of 3 SD at once.
    """

    width: float = parameter(3.0, 1.5, 5.0, "sigmas below the mean", "S65")
    name: ClassVar[str] = "raw-individuals-chart"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = False

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Compare one rating with the mean of the ones before it."""
        level, value, population = before.level, answered.value, before.population
        if level is None or before.n < FEWEST or value is None or population is None:
            return None, memory
        sigma = max(population.sem, before.moving_range / D2)
        statistic = (value - before.mean) / sigma
        limit = before.mean - self.width * sigma
        return Verdict(statistic < -self.width, statistic, -self.width, limit, level.z(value)), memory

    def says(self, finding: Finding) -> str:
        """How unusual a rating this low is."""
        return odds("a rating this low comes", finding)
