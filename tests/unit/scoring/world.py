"""Scoring's handlers on collections in memory, and messages as intake and feedback publish them."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any

from attune.clinic.v1 import feedback_events_pb2 as clinic_feedback
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.feedback.v1 import events_pb2 as feedback
from attune.intake.v1 import events_pb2 as intake
from google.protobuf.message import Message

from services.runtime.clock import ManualClock
from services.runtime.events import Event, decode, encode, make
from services.runtime.store import Aggregates, canonical
from services.runtime.store.aggregates import Decide
from services.scoring import agents
from services.scoring.api import ScoringService
from services.scoring.domain.caseload import Rule
from services.scoring.handlers import Calibrations, Caseloads, Handlers, Policies, PolicyBook, SiteCourses, Summaries
from tests.unit.scoring.builders import when

SITE, EPISODE = "site-1", "ep-1"
TYPES = {
    intake.Episode: "episode.changed",
    intake.Session: "session.changed",
    feedback.Response: "response.recorded",
    feedback.ResponseVisibility: "response.visibility-changed",
}
RUPTURE_CHANGES = ("opened", "revised", "repaired", "unrepaired", "ended", "dismissed", "withdrawn")
TOPICS = {
    "attune.episode.changed.v1": agents.EPISODES,
    "attune.session.changed.v1": agents.SESSIONS,
    "attune.response.recorded.v1": agents.RESPONSES,
    "attune.response.visibility-changed.v1": agents.RESPONSES,
    **{f"attune.rupture.{what}.v1": agents.RUPTURES for what in RUPTURE_CHANGES},
}


class Memory(Aggregates):
    """Documents in memory, decided and stored in the real collection's canonical form."""

    def __init__(self, name: str = "episodes") -> None:
        self.name = name
        self.documents: dict[str, dict[str, Any]] = {}
        self.events: list[tuple[str, Event]] = []

    async def get(self, id: str) -> dict[str, Any] | None:
        return self.documents.get(id)

    async def find(
        self, filter: Mapping[str, Any], sort: Sequence[tuple[str, int]] | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        found = self._matching(filter)
        for name, direction in reversed(sort or []):
            found.sort(key=lambda doc: doc[name], reverse=direction < 0)
        return found[:limit]

    async def values(self, filter: Mapping[str, Any], field: str) -> list[Any]:
        return sorted(doc[field] for doc in self._matching(filter))

    def _matching(self, filter: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            doc for doc in self.documents.values() if all(_fits(_at(doc, name), want) for name, want in filter.items())
        ]

    async def change(self, id: str, decide: Decide) -> dict[str, Any] | None:
        current = self.documents.get(id)
        change = decide(None if current is None else dict(current))
        if change is None:
            return current
        version = 1 if current is None else current["version"] + 1
        self.documents[id] = {"_id": id, "version": version, **canonical(dict(change.doc))}
        self.events += change.events
        return self.documents[id]


def _at(doc: dict[str, Any], path: str) -> Any:
    """A field, or of a list of documents the field of each."""
    name, _, rest = path.partition(".")
    return [each[rest] for each in doc[name]] if rest else doc[name]


def _fits(value: Any, wanted: Any) -> bool:
    if isinstance(value, list):
        return wanted in value
    if not isinstance(wanted, dict):
        return bool(value == wanted)
    ((operator, operand),) = wanted.items()
    if operator == "$in":
        return value in operand
    assert operator == "$gte"
    return value is not None and bool(value >= operand)


class Diary:
    """An audit that is kept in memory."""

    def __init__(self) -> None:
        self.entries: list[dict[str, str]] = []

    async def record(self, **entry: str) -> None:
        self.entries.append(entry)


class World:
    """One scoring service."""

    def __init__(self, beside: "World | None" = None, book: type[PolicyBook] = PolicyBook) -> None:
        """``beside``: another process of the same service, on the same database."""
        self.episodes = beside.episodes if beside else Memory()
        self.policies = beside.policies if beside else Memory("policies")
        self.caseloads = beside.caseloads if beside else Memory("caseloads")
        self.clock = beside.clock if beside else ManualClock(when(3))
        self.audit = Diary()
        self.unkeyed: list[str] = []
        self.book = book(self.policies, self.clock)
        self.handlers = Handlers(self.episodes, self.book, self.unkeyed.append)
        audit: Any = self.audit
        self.desk = Policies(self.policies, self.episodes, self.book, self.handlers, audit, self.clock)
        self.service = ScoringService(
            self.handlers,
            Summaries(self.episodes, self.book, self.clock),
            self.desk,
            Calibrations(self.episodes, self.desk, self.clock),
            SiteCourses(self.episodes, self.clock),
            self.clock,
        )
        self.agents = agents.subscriptions(self.handlers, Caseloads(self.caseloads, Rule()))

    async def deliver(self, event: Event) -> None:
        """As Kafka does: over the wire's bytes."""
        key, value, headers = encode(event)
        await self.agents[TOPICS[event.type]](decode(key, value, headers, agents.REGISTRY))

    def told(self, kind: str = "") -> list[Event]:
        """What was told, in order; of one kind when it is named."""
        return [event for _, event in self.episodes.events if kind in event.type]


def event(message: Message, at: datetime, cause: str = "x") -> Event:
    kind = f"attune.{TYPES[type(message)]}.v1"
    local = getattr(message, "response_id", "") or getattr(message, "session_id", "")
    return make(
        site_id=getattr(message, "site_id", ""),
        service="test",
        type=kind,
        key=getattr(message, "episode_id", ""),
        subject=f"episodes/{getattr(message, 'episode_id', '')}",
        cause=f"{cause}{local}",
        revision=getattr(message, "revision", 0),
        time=at,
        data=message,
    )


def episode(revision: int = 1, at: float = 0, therapist: str = "th-1", **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "site_id": SITE,
        "episode_id": EPISODE,
        "client_ids": ["cl-1"],
        "therapist_id": therapist,
        "status": intake.EPISODE_STATUS_OPEN,
        "opened_at": when(0),
        "consent": clinic.Consent(monitoring=True),
        "revision": revision,
    }
    return event(intake.Episode(**{**fields, **changes}), when(at))


def session(number: int, revision: int = 1, **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "site_id": SITE,
        "episode_id": EPISODE,
        "session_id": f"se-{number:02d}",
        "scheduled_at": when(number),
        "status": clinic.SESSION_STATUS_HELD,
        "next_session_at": when(number + 1),
        "revision": revision,
    }
    return event(intake.Session(**{**fields, **changes}), when(number))


def response(number: int, answers: Mapping[int, float], revision: int = 1, **changes: Any) -> Event:
    fields: dict[str, Any] = {
        "site_id": SITE,
        "episode_id": EPISODE,
        "response_id": f"re-{number:02d}",
        "session_id": f"se-{number:02d}",
        "client_id": "cl-1",
        "instrument_id": "attune-checkin",
        "instrument_version": "1",
        "answers": [clinic_feedback.Answer(item=item, value=value) for item, value in answers.items()],
        "submitted_at": when(number),
        "revision": revision,
    }
    return event(feedback.Response(**{**fields, **changes}), when(number))
