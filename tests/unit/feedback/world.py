"""Feedback's handlers on collections in memory, with an intake and an alerting that do what a test says."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import time, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from services.feedback.domain.forms import Form
from services.feedback.domain.quiet import Quiet
from services.feedback.domain.risk import RiskFlag
from services.feedback.flags import Flags
from services.feedback.handlers import Handlers
from services.feedback.handoff import HandOff
from services.feedback.links import Links
from services.feedback.questionnaires import Questionnaires
from services.feedback.reading import Reading
from services.feedback.requests import Requests
from services.feedback.sites import Crisis, Site
from services.feedback.whereabouts import Whereabouts
from services.runtime.audit import Audit
from services.runtime.clock import ManualClock
from services.runtime.errors import Transient
from services.runtime.events import Event
from services.runtime.metrics import Metrics
from services.runtime.store import Aggregates, Change, Vault, canonical
from services.runtime.store.aggregates import Decide
from tests.unit.feedback.forms import NOW

ZONE = ZoneInfo("Europe/Lisbon")
LINKS = Links("https://feedback.example", b"k" * 32)
SITE = Site(
    site_id="harbour",
    name="Harbour Practice",
    zone=ZONE,
    quiet=Quiet(time(21), time(8), ZONE),
    languages=("en", "es"),
    instrument_id="attune-checkin",
    valid_for=timedelta(days=3),
    safety_question=True,
    crisis={"en": Crisis("Call us.\n\nAt any hour.", "+351 808 24 24 24"), "es": Crisis("Llámenos.")},
    privacy={"en": "Kept at the practice.", "es": "Se guarda en la consulta."},
)


class Memory(Aggregates):
    """Documents in memory, decided and stored as the real collection does; ``away`` makes every call fail."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.documents: dict[str, dict[str, Any]] = {}
        self.events: list[tuple[str, Event]] = []
        self.away = False

    async def get(self, id: str) -> dict[str, Any] | None:
        self._reach()
        return self.documents.get(id)

    async def find(
        self, filter: Mapping[str, Any], sort: Sequence[tuple[str, int]] | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        self._reach()
        found = [each for each in self.documents.values() if all(_fits(each, *item) for item in filter.items())]
        for name, direction in reversed(sort or []):
            found.sort(key=lambda each: each[name], reverse=direction < 0)
        return found[:limit]

    async def change(self, id: str, decide: Decide) -> dict[str, Any] | None:
        self._reach()
        await asyncio.sleep(0)
        current = self.documents.get(id)
        change: Change | None = decide(None if current is None else dict(current))
        if change is None:
            return current
        version = 1 if current is None else current["version"] + 1
        own = {key: value for key, value in change.doc.items() if key not in ("_id", "version")}
        self.documents[id] = {"_id": id, "version": version, **canonical(own)}
        self.events += change.events
        return self.documents[id]

    def _reach(self) -> None:
        if self.away:
            raise Transient("mongodb")


def _fits(document: Mapping[str, Any], name: str, wanted: Any) -> bool:
    value = document.get(name)
    if isinstance(wanted, dict):
        ((operator, limit),) = wanted.items()
        return value is not None and bool(value > limit if operator == "$gt" else value <= limit)
    return bool(wanted in value if isinstance(value, list) else value == wanted)


class Sealing(Vault):
    """A vault in memory: what is sealed is found by a number, as long as its owner is known. ``away`` makes it fail."""

    def __init__(self) -> None:
        self.sealed: dict[bytes, tuple[str, dict[str, Any]]] = {}
        self.owners: set[str] = set()
        self.away = False

    async def seal(self, owner: str, value: Mapping[str, Any]) -> bytes:
        if self.away:
            raise Transient("mongodb")
        self.owners.add(owner)
        name = f"sealed {len(self.sealed)}".encode()
        self.sealed[name] = (owner, dict(value))
        return name

    async def open(self, sealed: bytes) -> dict[str, Any] | None:
        owner, value = self.sealed[sealed]
        return value if owner in self.owners else None

    async def forget(self, owner: str) -> bool:
        known = owner in self.owners
        self.owners.discard(owner)
        return known


class Trail(Audit):
    """The audit in memory."""

    def __init__(self) -> None:
        self.entries_made: list[dict[str, str]] = []
        self.away = False

    async def record(
        self, *, who: str, action: str, site_id: str, subject: str, outcome: str, detail: str = ""
    ) -> None:
        if self.away:
            raise Transient("mongodb")
        self.entries_made.append({"who": who, "action": action, "subject": subject, "outcome": outcome})


class Intake:
    """Knows what it is told. ``away`` makes it fail, ``hangs`` makes it never answer."""

    def __init__(self) -> None:
        self.sessions: dict[str, str] = {}
        self.clients: dict[str, frozenset[str]] = {}
        self.away = False
        self.hangs = False
        self.asked = 0

    async def episode_of(self, site_id: str, session_id: str) -> str | None:
        await self._answer()
        return self.sessions.get(session_id)

    async def clients_of(self, site_id: str, episode_id: str) -> frozenset[str] | None:
        await self._answer()
        return self.clients.get(episode_id)

    async def _answer(self) -> None:
        self.asked += 1
        if self.hangs:
            await asyncio.Event().wait()
        if self.away:
            raise Transient("intake UNAVAILABLE")


class Alerting:
    """Records the flags that it is handed; ``fails_with`` is raised instead, ``hangs`` holds the call."""

    def __init__(self) -> None:
        self.flags: list[RiskFlag] = []
        self.calls = 0
        self.fails_with: Exception | None = None
        self.hangs: asyncio.Event | None = None

    async def raise_risk_flag(self, flag: RiskFlag) -> None:
        self.calls += 1
        if self.hangs is not None:
            await self.hangs.wait()
        if self.fails_with is not None:
            raise self.fails_with
        self.flags.append(flag)


class World:
    """One feedback service without its doors."""

    def __init__(
        self,
        *,
        handoff_every: float = 0.01,
        intake_seconds: float = 2.0,
        rest_seconds: float = 5.0,
        site: Site = SITE,
    ) -> None:
        self.site = site
        self.responses = Memory("responses")
        self.flags = Memory("flags")
        self.askings = Memory("askings")
        self.loaded = Memory("questionnaires")
        self.vault = Sealing()
        self.trail = Trail()
        self.clock = ManualClock(NOW)
        self.intake = Intake()
        self.alerting = Alerting()
        self.elapsed = 0.0
        self._every = handoff_every
        self._intake_seconds = intake_seconds
        self._rest_seconds = rest_seconds
        self.start()

    def start(self) -> None:
        """Build what lives in the process; what is stored stays, as after a restart."""
        metrics = Metrics("feedback")
        self.questionnaires = Questionnaires(self.loaded, self.clock)
        flags = Flags(self.flags)
        self.hand_off = HandOff(flags, self.alerting, metrics, self._every, 0.05)
        self.whereabouts = Whereabouts(
            self.intake, metrics, self._intake_seconds, self._rest_seconds, monotonic=lambda: self.elapsed
        )
        self.requests = Requests(
            self.askings,
            self.responses,
            {SITE.site_id: self.site},
            LINKS,
            self.clock,
            metrics,
            self.questionnaires.in_use,
        )
        self.handlers = Handlers(
            self.responses, flags, self.requests, self.hand_off, self.vault, self.whereabouts, self.clock, metrics
        )
        self.reading = Reading(self.responses, self.askings, self.vault, self.trail, self.clock)
        self.metrics = metrics

    async def submit(self, form: Form) -> bool:
        return (await self.handlers.submit(form, NOW)).risk_flagged

    async def handed_over(self) -> None:
        """Wait until the calls to alerting that were begun have ended."""
        while self.hand_off.under_way:  # noqa: ASYNC110
            await asyncio.sleep(0)

    def value(self, name: str, **labels: str) -> float:
        return self.metrics.registry.get_sample_value(f"attune_{name}", labels) or 0.0


async def until(condition: Any, seconds: float = 5.0) -> None:
    async with asyncio.timeout(seconds):
        while not condition():  # noqa: ASYNC110
            await asyncio.sleep(0.005)
