"""Which detectors watch, and how long a rupture may take to be repaired."""

from __future__ import annotations

from dataclasses import dataclass

from services.scoring.domain.detectors import ClientReport, Detector, Ewma, IndividualsChart


@dataclass(frozen=True, slots=True)
class Policy:
    """``repair_sessions``: rated sessions after the opening in which a return counts as repair. Published studies
    agree on no window; 3 is the reference's default (2.5), 1 to 5 make sense.
    """

    name: str
    version: str
    detectors: tuple[Detector, ...]
    repair_sessions: int = 3


# Rule M of clinical reference 2.4 (I or J), and the client's own word.
DEFAULT = Policy("combined", "1", (ClientReport(), IndividualsChart(), Ewma()))
