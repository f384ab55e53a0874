"""What a rupture is: where it is in its life, how deep and long it was, and which facets fell and came back.

Clinical reference 2.5. ``track`` moves it through its life.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from uuid import UUID, uuid5

from services.scoring.domain.detectors import Finding

# uuid5(NAMESPACE_URL, "https://attune.invalid/ruptures"): fixed for ever, or known ruptures would change their ids.
NAMESPACE = UUID("f114a5da-a188-55ad-86af-403ef9332bb5")


class Status(StrEnum):
    """Where a rupture is in its life."""

    OPEN = "open"
    REPAIRED = "repaired"
    UNREPAIRED = "unrepaired"
    ENDED = "ended"
    DISMISSED = "dismissed"  # a clinician looked and found none
    WITHDRAWN = "withdrawn"  # late or corrected ratings show that there was none; never the outcome of an assessment


@dataclass(frozen=True, slots=True)
class Rupture:
    """A rupture as an assessment sees it.

    ``depth`` is the deepest fall below ``baseline`` while it was open, in the instrument's units. ``sessions`` is its
    duration, counted in answered sessions from the one in which it opened to the one that ended it, both included; 0
    while it is open. ``recurring``: it is at least the second within eight sessions. ``facets_before`` is the client's
    usual profile, ``facets_lowest`` that of the session with the lowest rating, ``facets_after`` that of the session
    that ended it; empty where unknown.
    """

    rupture_id: str
    client_id: str
    therapist_id: str
    instrument_id: str
    status: Status
    opened_session_id: str
    opened_at: datetime
    closed_session_id: str
    closed_at: datetime | None
    findings: tuple[Finding, ...]
    baseline: float | None
    depth: float | None
    facet: str
    explanation: str
    next_session_at: datetime | None
    sessions: int = 0
    recurring: bool = False
    facets_before: Mapping[str, float] = field(default_factory=dict)
    facets_lowest: Mapping[str, float] = field(default_factory=dict)
    facets_after: Mapping[str, float] = field(default_factory=dict)


def rupture_id(site_id: str, episode_id: str, client_id: str, instrument_id: str, session_id: str) -> str:
    """The id of the one rupture that can open there."""
    return str(uuid5(NAMESPACE, "\n".join((site_id, episode_id, client_id, instrument_id, session_id))))
