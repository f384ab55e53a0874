"""What scoring is told about an episode of care: the set that every assessment is a function of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class TherapistChange:
    """From ``at`` on, the episode's therapist is this one."""

    revision: int
    at: datetime
    therapist_id: str


@dataclass(frozen=True, slots=True)
class EpisodeOfCare:
    """The episode's last known state. ``therapists`` has every revision that was seen, in order."""

    therapists: Sequence[TherapistChange]
    closed_at: datetime | None
    # False when the client refused that answers are used to watch the alliance; nothing is assessed then.
    monitoring: bool

    @property
    def therapist_id(self) -> str:
        """The therapist now."""
        return self.therapists[-1].therapist_id

    def therapist_at(self, when: datetime) -> str:
        """The therapist of that time."""
        current = self.therapists[0].therapist_id
        for known in self.therapists[1:]:
            if known.therapist_id != current and known.at <= when:
                current = known.therapist_id
        return current


class SessionStatus(StrEnum):
    """What became of a booked session."""

    UNKNOWN = "unknown"
    HELD = "held"
    NO_SHOW = "no-show"
    CANCELLED_BY_CLIENT = "cancelled-by-client"
    CANCELLED_BY_CLINIC = "cancelled-by-clinic"


class Homework(StrEnum):
    """What became of the homework that was asked for until a session."""

    UNKNOWN = "unknown"
    NONE_ASKED = "none-asked"
    FULLY = "fully"
    PARTLY = "partly"
    NOT_DONE = "not-done"


class Rater(StrEnum):
    """Who answered a form about a session."""

    CLIENT = "client"
    THERAPIST = "therapist"
    OBSERVER = "observer"


@dataclass(frozen=True, slots=True)
class Session:
    """A booked session. An empty ``therapist_id`` means the episode's therapist of that time."""

    session_id: str
    scheduled_at: datetime
    therapist_id: str
    next_session_at: datetime | None
    status: SessionStatus = SessionStatus.UNKNOWN
    homework: Homework = Homework.UNKNOWN


@dataclass(frozen=True, slots=True)
class Response:
    """The highest known revision of somebody's answers about a client's session."""

    response_id: str
    revision: int
    session_id: str
    client_id: str
    instrument_id: str
    instrument_version: str
    answers: tuple[tuple[int, float], ...]
    submitted_at: datetime
    rater: Rater = Rater.CLIENT


@dataclass(frozen=True, slots=True)
class Dismissal:
    """A clinician's word that a rupture was none.

    ``at``: it covers the sessions up to then; what falls later is new.
    """

    rupture_id: str
    dismissed_by: str
    reason: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Inputs:
    """All that is known. Order does not matter; ``revision`` counts the distinct inputs, those that a later one
    replaced included.
    """

    site_id: str
    episode_id: str
    episode: EpisodeOfCare | None
    sessions: Sequence[Session]
    responses: Sequence[Response]
    revision: int
    # By the id of the rupture that was dismissed.
    dismissals: Mapping[str, Dismissal] = field(default_factory=dict)
