"""The client's own answer to the direct question."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory
from services.scoring.domain.detectors.baseline import Level


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

    def judge(self, answered: Answered, level: Level | None, memory: Memory) -> tuple[Finding | None, Memory]:
        """Alarm on a yes; say nothing otherwise."""
        if not answered.tension:
            return None, memory
        baseline = None if level is None else level.mean
        return Finding(self.name, self.version, True, {}, baseline=baseline, value=answered.value), memory
