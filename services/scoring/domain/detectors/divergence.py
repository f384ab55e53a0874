"""Therapist and client see the alliance differently."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from services.scoring.domain.detectors.base import Answered, Finding, Memory, Verdict, parameter
from services.scoring.domain.detectors.baseline import Baseline
from services.scoring.domain.detectors.words import short


@dataclass(frozen=True, slots=True)
class Divergence:
    """Clinical reference 2.4, extra input 5: where the therapist rated the same session on the same instrument, and
    the two are far apart, in either direction:

        alarm when |y_therapist - y_client| >= sds * sqrt(sb^2 + sw^2)         sb and sw are the population's of clients

    The reference gives no formula; this one and its default are our own, and how often it is met was not measured.
    Clients report fewer ruptures than therapists do (S24). A therapist's rating never opens a rupture: policies allow
    this detector as a quiet mark only.
    """

    sds: float = parameter(2.0, 1.0, 4.0, "SDs of all ratings between therapist and client", "own")
    name: ClassVar[str] = "divergence"
    version: ClassVar[str] = "1"
    of_sessions: ClassVar[bool] = True

    def judge(self, answered: Answered, before: Baseline, memory: Memory) -> tuple[Verdict | None, Memory]:
        """Compare the two ratings of one session."""
        theirs, mine, population = answered.value, answered.therapist, before.population
        if theirs is None or mine is None or population is None:
            return None, memory
        apart = mine - theirs
        edge = self.sds * population.total_sd
        return (Verdict(True, apart, edge) if abs(apart) >= edge else None), memory

    def says(self, finding: Finding) -> str:
        """Both ratings."""
        client, apart = finding.value or 0.0, finding.statistic or 0.0
        better = "better" if apart > 0 else "worse"
        return (
            f"the therapist rated the session {short(client + apart)}, much {better} than the client's {short(client)}"
        )
