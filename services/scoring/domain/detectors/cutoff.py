"""Below the published cut-off, or down by a point: the rule of the closest product."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import Baseline
from services.scoring.domain.detectors.words import short


@dataclass(frozen=True, slots=True)
class Cutoff:
    """OpenFIT's red alert (S1): the total is beyond the instrument's published cut-off, or ``drop`` points or more
    below the last one. An instrument without a cut-off has the second half only.

    A marker worth a glance, never an alert: measured in clinical reference 2.4, rows E and F, it alarms in 37 of 100
    sessions without a rupture.
    """

    drop: float = parameter(1.0, 0.1, 40.0, "points since the last rating, in the instrument's units", "S1")
    name: ClassVar[str] = "openfit-like"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = False

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Look at the level and at the last step."""
        level, value = before.level, answered.value
        if level is None or value is None:
            return None, memory
        published = before.instrument.cutoff
        beyond = published is not None and published.crossed_by(value)
        fallen = before.last - value >= self.drop - 1e-9
        step = before.last - self.drop
        limit = step if published is None else max(step, published.value)
        return Verdict(beyond or fallen, value, limit, limit, level.z(value)), memory

    def says(self, finding: Finding) -> str:
        """The rating and the line."""
        return f"the rating is {short(finding.value)}, below the published cut-off or a point down"
