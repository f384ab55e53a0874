"""Intake without Kafka and MongoDB: the real doors and handlers on collections in memory."""

import copy
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any, cast

from attune.clinic.v1 import session_events_pb2 as clinic
from bson import encode
from google.protobuf.message import Message

from services.intake import agents
from services.intake.handlers import Handlers
from services.intake.messages import REGISTRY, from_event
from services.intake.store import ParkedReport, ParkedReports
from services.intake.sweeper import Sweeper
from services.runtime.bus import DeadLetters, Record
from services.runtime.clock import ManualClock
from services.runtime.errors import Permanent, Transient
from services.runtime.events import Event, decode
from services.runtime.events import encode as encode_event
from services.runtime.metrics import Metrics
from services.runtime.store import Aggregates, Change, canonical

NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SITE = "north"
TYPES = {kind: name for name, kind in REGISTRY.items()}
PARK = timedelta(days=1)
LOOK = timedelta(seconds=5)

# Says of each write whether it fails after it was done: the caller cannot know, and comes again.
Flaky = Callable[[], bool]


def steady() -> bool:
    """No write fails."""
    return False


class Collection:
    """runtime.store.Aggregates in memory, with the events that were caused in ``events``."""

    def __init__(self, flaky: Flaky = steady) -> None:
        self.documents: dict[str, dict[str, Any]] = {}
        self.events: list[tuple[str, Event]] = []
        self.writes = 0
        self._flaky = flaky

    async def get(self, id: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.documents.get(id))

    async def find(
        self, filter: Mapping[str, Any], sort: Sequence[tuple[str, int]] | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        ((by, _),) = sort or [("_id", 1)]
        found = [document for document in self.documents.values() if _matches(document, filter)]
        return copy.deepcopy(sorted(found, key=lambda document: document[by])[:limit])

    async def change(self, id: str, decide: Callable[[Any], Change | None]) -> dict[str, Any] | None:
        current = await self.get(id)
        change = decide(copy.deepcopy(current))
        if change is None:
            return current
        version = current["version"] + 1 if current else 1
        self.documents[id] = {"_id": id, "version": version, **canonical(change.doc)}
        self.events += change.events
        self.writes += 1
        if self._flaky():
            raise Transient("mongodb")
        return await self.get(id)

    def bytes(self) -> list[bytes]:
        """Every document as it is stored."""
        return [encode(self.documents[id]) for id in sorted(self.documents)]


def _matches(document: Mapping[str, Any], filter: Mapping[str, Any]) -> bool:
    return all(
        document[name] > wanted["$gt"] if isinstance(wanted, Mapping) else document[name] == wanted
        for name, wanted in filter.items()
    )


class Waiting:
    """ParkedReports in memory."""

    def __init__(self, flaky: Flaky = steady) -> None:
        self.reports: dict[str, ParkedReport] = {}
        self._flaky = flaky

    async def put(self, episode: str, name: str, record: Record, now: datetime) -> ParkedReport:
        report = ParkedReport(f"{episode} {name}", episode, record, now, now + PARK, now + LOOK)
        parked = self.reports.setdefault(report.id, report)
        if self._flaky():
            raise Transient("mongodb")
        return parked

    async def of(self, episode: str) -> AsyncIterator[ParkedReport]:
        for report in [each for each in self.reports.values() if each.episode == episode]:
            yield report

    async def due(self, now: datetime, limit: int) -> list[ParkedReport]:
        return [report for report in self.reports.values() if report.look_at <= now][:limit]

    async def look_again(self, report: ParkedReport, at: datetime) -> None:
        if report.id in self.reports:
            self.reports[report.id] = replace(report, look_at=at)

    async def remove(self, report: ParkedReport) -> None:
        self.reports.pop(report.id, None)
        if self._flaky():
            raise Transient("mongodb")


class Letters:
    """DeadLetters in memory."""

    def __init__(self) -> None:
        self.put_aside: list[tuple[Event, Permanent, dict[str, Any]]] = []

    async def put(
        self,
        topic: str,
        partition: int,
        offset: int,
        key: Any,
        value: Any,
        headers: Any,
        refused: Permanent,
        **more: Any,
    ) -> str:
        event = decode(key, value, headers, REGISTRY)
        self.put_aside.append((event, refused, {"topic": topic, "partition": partition, "offset": offset, **more}))
        return ""

    async def close(self) -> None:
        """Nothing is open."""


class World:
    """The service, and a clock that stands still."""

    def __init__(self, flaky: Flaky = steady) -> None:
        self.clock = ManualClock(NOW)
        self.episodes, self.sessions = Collection(flaky), Collection(flaky)
        self.waiting, self.letters = Waiting(flaky), Letters()
        parked = cast(ParkedReports, self.waiting)
        self.handlers = Handlers(cast(Aggregates, self.episodes), cast(Aggregates, self.sessions), parked, self.clock)
        self._subscriptions = agents.subscriptions(self.handlers, self._record)
        self._offset = -1
        self._at_hand: Event | None = None
        self.metrics = Metrics("intake")
        self.sweeper = Sweeper(self.handlers, parked, cast(DeadLetters, self.letters), self.clock, self.metrics, 5.0)

    async def receive(self, event: Event) -> None:
        """Take an event as from Kafka: again and again while a dependency is away."""
        self._offset += 1
        self._at_hand = event
        while True:
            try:
                return await self._subscriptions[agents.SESSION_EVENTS](event)
            except Transient:
                continue

    def _record(self) -> Record | None:
        event = self._at_hand
        return event and Record(agents.SESSION_EVENTS, 0, self._offset, *encode_event(event))

    async def sweep(self) -> None:
        """Let the sweeper look at everything that is due, whatever fails in between."""
        while True:
            try:
                await self.sweeper.sweep()
                return
            except Transient:
                continue

    @property
    def published(self) -> list[Event]:
        """The events that were caused, in order of their documents."""
        return [event for _, event in [*self.episodes.events, *self.sessions.events]]

    def bytes(self) -> list[bytes]:
        """Every document of the two collections as it is stored."""
        return [*self.episodes.bytes(), *self.sessions.bytes()]


def event(message: Message, id: str = "e1", time: datetime = NOW, site: str = SITE, source: str = "") -> Event:
    """A clinic's event."""
    episode_id = str(getattr(message, "episode_id", ""))
    return Event(
        id=id,
        source=source or f"/sites/{site}/ehr",
        type=TYPES[type(message)],
        subject=f"episodes/{episode_id}",
        time=time,
        data=message,
        key=episode_id,
    )


def opened(episode_id: str = "ep-1", **fields: Any) -> clinic.EpisodeOpened:
    """A valid opening."""
    values: dict[str, Any] = {
        "client_ids": ["cl-1"],
        "therapist_id": "th-1",
        "opened_at": NOW - timedelta(days=30),
        "modality": clinic.MODALITY_INDIVIDUAL,
    }
    return clinic.EpisodeOpened(episode_id=episode_id, **{**values, **fields})


def updated(episode_id: str = "ep-1", **fields: Any) -> clinic.EpisodeUpdated:
    """A valid update."""
    return clinic.EpisodeUpdated(episode_id=episode_id, **(fields or {"therapist_id": "th-2"}))


def closed(episode_id: str = "ep-1", **fields: Any) -> clinic.EpisodeClosed:
    """A valid closing."""
    values: dict[str, Any] = {"closed_at": NOW - timedelta(days=1), "reason": clinic.CLOSE_REASON_COMPLETED}
    return clinic.EpisodeClosed(episode_id=episode_id, **{**values, **fields})


def recorded(episode_id: str = "ep-1", session_id: str = "se-1", **fields: Any) -> clinic.SessionRecorded:
    """A valid session."""
    values: dict[str, Any] = {"scheduled_at": NOW - timedelta(days=7), "status": clinic.SESSION_STATUS_HELD}
    return clinic.SessionRecorded(episode_id=episode_id, session_id=session_id, **{**values, **fields})


def report_of(message: Message, **options: Any) -> Any:
    """The report that an event carries."""
    return from_event(event(message, **options))
