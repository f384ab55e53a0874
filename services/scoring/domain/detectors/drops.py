"""Published criteria that look at the fall from the session before, and at nothing else.

For comparison, and for sites that choose them. "Like", because the exact wording of the papers was not read (M in the
clinical reference): check it before a method is named after its authors. The return that the papers ask for as well is
what makes a rupture *repaired* here.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import sqrt
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import Baseline
from services.scoring.domain.detectors.words import short
from services.scoring.domain.population import Population

Z_95 = 1.959963984540054  # two-sided 95 % of the normal distribution (Jacobson and Truax 1991)


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
        return _fall(answered, before, self.sds * population.within_sd if population else 0.0), memory

    def says(self, finding: Finding) -> str:
        """From where, by how much."""
        return _told(finding, f"{self.sds:g} times what is usual between one client's sessions")


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
        return _fall(answered, before, self.sds * population.total_sd if population else 0.0), memory

    def says(self, finding: Finding) -> str:
        """From where, by how much."""
        return _told(finding, f"{self.sds:g} times what the ratings of all clients differ by")


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
        return _fall(answered, before, self.times * _reliable(before, before.population)), memory

    def says(self, finding: Finding) -> str:
        """From where, by how much."""
        return _told(finding, "what errors of measurement alone would hardly make")


def _reliable(before: Baseline, population: Population | None) -> float:
    published = before.instrument.reliable_change
    if published is not None:
        return published.value
    return Z_95 * sqrt(2) * population.sem if population else 0.0


def _fall(answered: Answered, before: Baseline, limit: float) -> Verdict | None:
    """``limit`` is the smallest fall that alarms, in the instrument's units."""
    level, value = before.level, answered.value
    if level is None or value is None:
        return None
    fall = before.last - value
    # Sums of decimal fractions: a fall of exactly the limit counts.
    return Verdict(fall >= limit - 1e-9, -fall, -limit, before.last - limit, level.z(value))


def _told(finding: Finding, compared: str) -> str:
    fall = -finding.statistic if finding.statistic is not None else 0.0
    before = finding.value + fall if finding.value is not None else None
    return f"the rating fell by {fall:.1f} from {short(before)} in one session; that is at least {compared}"
