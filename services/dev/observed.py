"""What there is after a run, as plain data for the checker. observe.py says where it comes from."""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

# What names one stored input: ("episode", site, episode_id, event_id), ("session", site, session_id, event_id),
# ("response", site, response_id, revision).
Mark = tuple[str, str, str, str]
# What names one rupture whatever its id: site, episode, client, instrument, the session in which it opened.
RuptureMark = tuple[str, str, str, str, str]
# What names one rating: site, episode, client, instrument, session.
RatingMark = tuple[str, str, str, str, str]


@dataclass(frozen=True, slots=True)
class DeadLetter:
    """One record of a dead-letter topic; `place` is where the original was: topic, partition, offset."""

    service: str
    place: tuple[str, int, int]
    field: str
    reason: str


@dataclass(frozen=True, slots=True)
class RuptureSeen:
    """A rupture as scoring has it."""

    rupture_id: str
    mark: RuptureMark
    status: str  # open, repaired, unrepaired, ended, dismissed, withdrawn


@dataclass(frozen=True, slots=True)
class PageSeen:
    """One delivery of an alert; ``delivery_id`` is the one whose message told of it."""

    delivery_id: str
    person: str
    channel: str
    status: str  # pending, sending, sent, failed, dropped
    attempts: int
    sent_at: datetime | None


@dataclass(frozen=True, slots=True)
class AlertSeen:
    """An alert with its deliveries."""

    site: str
    alert_id: str
    kind: str  # risk, rupture, operational
    subject: str  # rupture_id or flag_id
    episode: str
    status: str  # triggered, acknowledged, closed
    close_reason: str
    triggered_at: datetime
    acknowledged_by: str
    pages: tuple[PageSeen, ...]

    @property
    def delivered(self) -> bool:
        """Whether a gateway took at least one page."""
        return any(page.status == "sent" for page in self.pages)


@dataclass(frozen=True, slots=True)
class Published:
    """One event of ours as it stands on a topic, in the order of its partition."""

    topic: str
    partition: int
    offset: int
    event_id: str
    type: str
    aggregate: str
    revision: int


@dataclass(frozen=True, slots=True)
class Observed:
    """Everything that the invariants look at: what belongs to the ledger's episodes, and all dead letters."""

    stored: Counter[Mark] = field(default_factory=Counter)
    flags: Counter[tuple[str, str]] = field(
        default_factory=Counter
    )  # (site, response_id) -> flags raised, by distinct id
    flag_ids: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # flag id -> (site, response_id)
    ratings: Mapping[RatingMark, float] = field(default_factory=dict)
    ruptures: tuple[RuptureSeen, ...] = ()
    alerts: tuple[AlertSeen, ...] = ()
    dead_letters: tuple[DeadLetter, ...] = ()
    published: tuple[Published, ...] = ()
    outbox: Mapping[str, int] = field(default_factory=dict)  # documents with events to publish, by service/collection
    lag: Mapping[str, int] = field(default_factory=dict)  # records not yet consumed, by group/topic
    parked: int = 0  # events that wait for their episode
    # When the gateways took each delivery, by its id: more than once where it came again.
    arrivals: Mapping[str, tuple[datetime, ...]] = field(default_factory=dict)
    exit_codes: Mapping[str, tuple[int, ...]] = field(default_factory=dict)  # unexpected ends of processes, by name
    crashes: Mapping[str, tuple[str, ...]] = field(default_factory=dict)  # unhandled exceptions in logs, by process
