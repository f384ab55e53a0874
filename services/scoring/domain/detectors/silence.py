"""The client still comes, and no longer answers."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import Baseline


@dataclass(frozen=True, slots=True)
class Silence:
    """Clinical reference 2.4, extra input 4: a client who used to answer has not, in so many attended sessions in a
    row. Who leaves therapy early had the weaker alliance (d = .55, S34). How often silence means trouble was not
    measured; online only about half of all forms are answered (S42): a marker unless a site decides otherwise.
    """

    sessions: float = parameter(2, 1, 10, "attended sessions in a row without an answer", "own", whole=True)
    answered: float = parameter(2, 1, 10, "ratings before, to say that the client used to answer", "own", whole=True)
    name: ClassVar[str] = "silence"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = True

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Alarm once, at the session that makes it silence."""
        if answered.unanswered != self.sessions or before.n < self.answered:
            return None, memory
        return Verdict(True, float(answered.unanswered)), memory

    def says(self, finding: Finding) -> str:
        """How long."""
        times = f"{finding.statistic or 0:.0f}"
        return f"the client, who used to answer, came {times} times in a row without answering"
