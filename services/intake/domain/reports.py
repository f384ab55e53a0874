"""What clinics report, and the set of distinct reports about one thing.

Later reports win over earlier ones, by the time they happened at the clinic and never by the time they arrived. At the
same instant (many systems know only the day) an opening comes before an update, and an update before a closing; then
the event id decides.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Generic, TypeVar

from services.intake.domain.values import (
    Agreement,
    CloseReason,
    Consent,
    Homework,
    Modality,
    SessionStatus,
)

# Bounds of one document, far above any real course of care and far below MongoDB's 16 MB: without them a clinic whose
# system reports in a loop would end in a document that can never be saved.
MAX_REPORTS = 1_000
MAX_TEXT = 2_000_000  # characters of agreement over all reports


@dataclass(frozen=True, slots=True)
class Opened:
    """An episode of care begins."""

    client_ids: tuple[str, ...]
    therapist_id: str
    opened_at: datetime
    modality: Modality
    agreement: Agreement | None = None
    consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class Updated:
    """Something about the episode changed. What is None stays as it is."""

    therapist_id: str | None = None
    agreement: Agreement | None = None
    consent: Consent | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """The episode of care ends."""

    closed_at: datetime
    reason: CloseReason


@dataclass(frozen=True, slots=True)
class Recorded:
    """What became of one booked session."""

    session_id: str
    scheduled_at: datetime
    status: SessionStatus
    late_minutes: int = 0
    therapist_id: str = ""  # empty: the episode's therapist
    homework: Homework | None = None
    goals_reviewed: bool = False
    next_session_at: datetime | None = None


EpisodeFact = Opened | Updated | Closed
Fact = EpisodeFact | Recorded
F_co = TypeVar("F_co", bound=Fact, covariant=True)
F = TypeVar("F", bound=Fact)

_ORDER: dict[type, int] = {Opened: 0, Updated: 1, Closed: 2, Recorded: 3}


@dataclass(frozen=True, slots=True)
class Report(Generic[F_co]):
    """A fact with who said it and when it happened. ``source`` and ``event_id`` together name a report."""

    site_id: str
    episode_id: str
    source: str
    event_id: str
    occurred_at: datetime
    fact: F_co

    @property
    def order(self) -> tuple[datetime, int, str, str]:
        """Where the report stands among others about the same thing."""
        return self.occurred_at, _ORDER[type(self.fact)], self.event_id, self.source


def find(reports: Sequence[Report[F]], report: Report[F]) -> Report[F] | None:
    """Return the report of the same name that is there already; its content may differ."""
    name = (report.source, report.event_id)
    return next((known for known in reports if (known.source, known.event_id) == name), None)


def add(reports: Sequence[Report[F]], report: Report[F]) -> tuple[Report[F], ...]:
    """Return all reports in order; ValueError when there is no room for one more."""
    merged = tuple(sorted((*reports, report), key=lambda each: each.order))
    if len(merged) > MAX_REPORTS:
        raise ValueError(
            f"has {MAX_REPORTS} reports already; Send a report once, and again only when something changed."
        )
    if sum(_text(each.fact) for each in merged) > MAX_TEXT:
        raise ValueError(
            f"agreement: the reports hold {MAX_TEXT} characters of text already; Send it only when it changed."
        )
    return merged


def _text(fact: Fact) -> int:
    agreement = None if isinstance(fact, Closed | Recorded) else fact.agreement
    if agreement is None:
        return 0
    return sum(len(text) for text in (*agreement.goals, *agreement.expectations, *agreement.preferences))
