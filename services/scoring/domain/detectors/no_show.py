"""The client does not come after a fall."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict
from services.scoring.domain.detectors.baseline import Baseline


@dataclass(frozen=True, slots=True)
class NoShow:
    """Clinical reference 2.4, extra input 4: a session missed without notice right after one whose ratings, or whose
    client, raised an alarm. Weak alliances and leaving early go together (d = .55, S34); how often this one leads there
    was not measured.
    """

    name: ClassVar[str] = "no-show-after-fall"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = True

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Alarm on the first missed session."""
        return (_MISSED if answered.no_show and answered.after_fall else None), memory

    def says(self, finding: Finding) -> str:
        """That they did not come."""
        return "the client did not come to the session after the last alarm"


_MISSED = Verdict(alarm=True)
