"""Agreed homework that is left undone again and again."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import Baseline


@dataclass(frozen=True, slots=True)
class HomeworkUndone:
    """Homework that was asked for was not done, so many times in a row. Homework done goes with better outcomes (r
    about .26, M: verify); undone twice it may be too much, not understood or not agreed: a reason to ask, no alarm by
    itself.
    """

    times: float = parameter(2, 1, 10, "times in a row", "own", whole=True)
    name: ClassVar[str] = "homework-undone"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = True

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Alarm once, at the session that makes it so many."""
        return (Verdict(True, float(answered.undone)) if answered.undone == self.times else None), memory

    def says(self, finding: Finding) -> str:
        """How often."""
        return f"agreed homework was not done {finding.statistic or 0:.0f} times in a row"
