"""A session, folded from the reports about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from services.intake.domain.reports import Recorded, Report
from services.intake.domain.values import Homework, SessionStatus


@dataclass(frozen=True, slots=True)
class Session:
    """The state of one booked session after ``revision`` distinct reports."""

    site_id: str
    episode_id: str
    session_id: str
    scheduled_at: datetime
    status: SessionStatus
    late_minutes: int
    therapist_id: str  # empty: the episode's therapist
    homework: Homework | None
    goals_reviewed: bool
    next_session_at: datetime | None
    revision: int


def fold(reports: Sequence[Report[Recorded]]) -> Session:
    """Return the session that these reports, in order, describe: each states all of it, so the last one counts."""
    last = reports[-1]
    return Session(
        site_id=last.site_id,
        episode_id=last.episode_id,
        session_id=last.fact.session_id,
        scheduled_at=last.fact.scheduled_at,
        status=last.fact.status,
        late_minutes=last.fact.late_minutes,
        therapist_id=last.fact.therapist_id,
        homework=last.fact.homework,
        goals_reviewed=last.fact.goals_reviewed,
        next_session_at=last.fact.next_session_at,
        revision=len(reports),
    )
