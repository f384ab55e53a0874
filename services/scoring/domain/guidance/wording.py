"""What one language has to have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from services.scoring.domain.guidance.circumstances import Circumstance, Phase


@dataclass(frozen=True, slots=True)
class Words:
    """``strategies`` by id. ``reasons`` are clauses of one sentence, begun by ``because`` and joined by ``and_``;
    ``general`` is the whole sentence of an idea that was chosen without a particular reason.
    """

    heading: str
    phases: Mapping[Phase, str]
    strategies: Mapping[str, str]
    reasons: Mapping[Circumstance, str]
    because: str
    and_: str
    general: str

    def why(self, reasons: Sequence[Circumstance]) -> str:
        """Why an idea was chosen, in one sentence."""
        if not reasons:
            return self.general
        clauses = [self.reasons[each] for each in reasons]
        joined = clauses[0] if len(clauses) == 1 else f"{', '.join(clauses[:-1])} {self.and_} {clauses[-1]}"
        return f"{self.because} {joined}."
