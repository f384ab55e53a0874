"""The client's own answer to the direct question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict
from services.scoring.domain.detectors.baseline import Baseline


@dataclass(frozen=True, slots=True)
class ClientReport:
    """ "Was there any tension, misunderstanding or conflict?" answered with yes is a rupture, from the first session
    on.

    Clinical reference 0.4 and 2.4, extra input 1, after the session questionnaire of rupture research (PSQ, S24), in
    our own wording: a direct question beats inference. Clients report fewer ruptures than therapists or observers do
    (S24, S25), so silence is no proof.
    """

    name: ClassVar[str] = "client-report"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = False

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Alarm on a yes; say nothing otherwise."""
        return (_YES if answered.tension else None), memory

    def says(self, finding: Finding) -> str:
        return "the client said that there was tension, a misunderstanding or a conflict"


_YES = Verdict(alarm=True)
