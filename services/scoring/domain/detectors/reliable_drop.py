"""A fall from the session before that errors of measurement alone would hardly make: after Jacobson and Truax 1991."""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import Baseline
from services.scoring.domain.detectors.drops import fall, told
from services.scoring.domain.population import Population

Z_95 = 1.959963984540054  # two-sided 95 % of the normal distribution (Jacobson and Truax 1991)


@dataclass(frozen=True, slots=True)
class ReliableDrop:
    """A fall since the last rating that measurement error alone would hardly make (Jacobson and Truax 1991): the
    instrument's published reliable change, or else 1.96 * sqrt(2) * SEM (clinical reference 2.2), times ``times``.

    Measured in clinical reference 2.4, row A: 1.5 false alarms per 100 sessions on the SRS and 8.1 on the WAI-SR; 62 %
    of falls of 3 SD at once and only 42 % of slides.
    """

    times: float = parameter(1.0, 0.5, 3.0, "reliable changes since the last rating", "C, clinical reference 2.2")
    name: ClassVar[str] = "reliable-drop"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = False

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Compare one rating with the last."""
        return fall(answered, before, self.times * _reliable(before, before.population)), memory

    def says(self, finding: Finding) -> str:
        """From where, by how much."""
        return told(finding, "what errors of measurement alone would hardly make")


def _reliable(before: Baseline, population: Population | None) -> float:
    published = before.instrument.reliable_change
    if published is not None:
        return published.value
    return Z_95 * sqrt(2) * population.sem if population else 0.0
