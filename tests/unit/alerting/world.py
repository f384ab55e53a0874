"""Alerting in one process, with a clock that stands still and gateways that record: the behaviour tests' language.

A page that a test does not expect fails it: whoever was told must be asked for with ``told``.
"""

from __future__ import annotations

import asyncio
import copy
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from attune.feedback.v1 import events_pb2 as feedback
from attune.scoring.v1 import events_pb2 as scoring

from services.alerting import agents, sites
from services.alerting.addresses import Addresses
from services.alerting.book import Book
from services.alerting.conditions import Conditions
from services.alerting.domain.delivery import Delivery
from services.alerting.domain.sites import Channel, Contact
from services.alerting.engine.aside import Aside
from services.alerting.engine.audit import Audit, Watch
from services.alerting.engine.handover import HandOver
from services.alerting.engine.loop import Engine
from services.alerting.engine.modules import Escalate, FallBack, Know, LetGo, Reclaim, TellEnd
from services.alerting.engine.send import Send
from services.alerting.engine.waker import Waker
from services.alerting.episodes import Episodes
from services.alerting.escalations import Escalations
from services.alerting.feeds import Feeds
from services.alerting.handlers import Alert, Handlers
from services.alerting.links import Links
from services.alerting.metrics import AlertingMetrics
from services.alerting.pages import Pages
from services.alerting.replies import Codes
from services.alerting.silences import InForce, Silences
from services.alerting.texts import Text
from services.runtime.clock import ManualClock
from services.runtime.events import Event, make
from services.runtime.metrics import Metrics
from services.runtime.outbound import GatewayError
from services.runtime.store import Change, canonical

# A Monday in winter, at ten in the morning in London.
MONDAY = datetime(2026, 1, 12, 10, 0, tzinfo=UTC)
SITE = "northside"

SITES = """
contacts_verified: {by: the tests, when: 2026-01-05}
sites:
  northside:
    time_zone: Europe/London
    people:
      - id: ana
        language: es
        contacts: [{email: ana@example.org}, {webhook: "http://127.0.0.1:1/ana", secret_file: secret}]
      - {id: ben, contacts: [{email: ben@example.org}]}
      - {id: carla, contacts: [{email: carla@example.org}]}
      - {id: dan, contacts: [{email: dan@example.org}]}
      - {id: unreachable}
    rota: {people: [ana, ben], handoff: weekly, at: "09:00", start: 2026-01-05}
    policy:
      steps:
        - {targets: [rota], delay: 5m}
        - {targets: ["person:carla"], delay: 10m}
      catch_all_every: 15m
    catch_all: [dan]
"""
# On Monday the 12th at 9:00 Ben took over from Ana.
ON_CALL = "ben"


class MemoryAggregates:
    """What ``runtime.store.Aggregates`` promises, without a database: for the queries that alerting makes."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.documents: dict[str, dict[str, Any]] = {}
        self.events: list[tuple[str, Event]] = []

    async def get(self, id: str) -> dict[str, Any] | None:
        return copy.deepcopy(self.documents.get(id))

    async def find(
        self, filter: Mapping[str, Any], sort: Sequence[tuple[str, int]] | None = None, limit: int = 100
    ) -> list[dict[str, Any]]:
        found = [document for document in self.documents.values() if _matches(document, filter)]
        for name, direction in reversed(sort or []):
            found.sort(key=lambda document, name=name: document[name], reverse=direction < 0)  # type: ignore[misc]
        return copy.deepcopy(found[:limit])

    async def values(self, filter: Mapping[str, Any], field: str) -> list[Any]:
        return sorted(document[field] for document in await self.find(filter, limit=10_000))

    async def change(self, id: str, decide: Callable[[dict[str, Any] | None], Change | None]) -> dict[str, Any] | None:
        current = self.documents.get(id)
        change = decide(copy.deepcopy(current))
        if change is None:
            return copy.deepcopy(current)
        own = {name: value for name, value in change.doc.items() if name not in ("_id", "version")}
        version = 1 if current is None else current["version"] + 1
        self.documents[id] = {"_id": id, "version": version, **canonical(own)}
        self.events += change.events
        return copy.deepcopy(self.documents[id])


class MemoryLease:
    """A lease that nobody contests."""

    async def acquire(self, name: str, owner: str, ttl: timedelta) -> int | None:
        return 1

    async def release(self, name: str, owner: str, token: int) -> None:
        pass


class RecordingGateway:
    """Takes messages, or fails as it is told to."""

    def __init__(self, world: World, channel: Channel) -> None:
        self._world = world
        self._channel = channel
        self.failures: list[Exception] = []
        self.down: GatewayError | None = None
        self.hold: asyncio.Event | None = None

    async def send(self, contact: Contact, text: Text, delivery_id: str) -> None:
        if self.hold is not None:
            await self.hold.wait()
        failure = self.failures.pop(0) if self.failures else self.down
        if failure is not None:
            raise failure
        self._world.arrived.append((contact.address, self._channel, text, delivery_id))


class World:
    """Everything of alerting but its doors, on any store."""

    def __init__(
        self,
        directory: Path,
        alerts: Any = None,
        deliveries: Any = None,
        silences: Any = None,
        addresses: Any = None,
        text: str = SITES,
        test_at: int | None = None,
    ) -> None:
        self.directory = directory
        self.test_at = test_at
        (directory / "secret").write_bytes(b"0123456789abcdef0123456789abcdef")
        (directory / "sites.yaml").write_text(text)
        self.clock = ManualClock(MONDAY)
        self.alerts = alerts or MemoryAggregates("alerts")
        self.deliveries = deliveries or MemoryAggregates("deliveries")
        self.sites = sites.load(directory / "sites.yaml")
        self.waker = Waker()
        self.pages = Pages(self.deliveries, self.clock)
        book = Book(self.alerts, self.clock)
        self.silences = Silences(silences or MemoryAggregates("silences"), self.sites, self.clock, self.waker.wake)
        self.in_force = InForce(self.silences, book, self.pages, self.clock)
        self.episodes = Episodes(MemoryAggregates("episodes"))
        self.addresses = Addresses(addresses or MemoryAggregates("addresses"), b"k" * 32, self.clock)
        self.escalations = Escalations(book, self.pages, self.sites, self.in_force, self.episodes, self.clock)
        self.handlers = Handlers(book, self.sites, self.clock, self.waker.wake)
        self.conditions = Conditions(self.handlers, self.clock)
        self.feeds = Feeds(MemoryAggregates("feeds"), self.conditions, self.sites, self.clock, None)
        self.heartbeats = 0
        self.links = Links("https://alerts.example.org", b"k" * 32, timedelta(hours=24))
        self.codes = Codes(b"k" * 32, timedelta(hours=24))
        self.mail = RecordingGateway(self, Channel.EMAIL)
        self.webhook = RecordingGateway(self, Channel.WEBHOOK)
        self.sms = RecordingGateway(self, Channel.SMS)
        self.voice = RecordingGateway(self, Channel.VOICE)
        self.gateways = {
            Channel.EMAIL: self.mail,
            Channel.WEBHOOK: self.webhook,
            Channel.SMS: self.sms,
            Channel.VOICE: self.voice,
        }
        self.arrived: list[tuple[str, Channel, Text, str]] = []
        self.metrics = AlertingMetrics(Metrics("alerting"))
        self.engine = self.new_engine()

    def beat(self) -> None:
        """The audit found nothing: what the monitor outside hears."""
        self.heartbeats += 1

    def new_engine(self, lease: Any = None) -> Engine:
        """An engine with nothing in memory, as after a crash."""
        aside = Aside(self.clock)
        hand_over = HandOver(
            self.pages,
            self.sites,
            self.addresses,
            self.gateways,
            self.links,
            self.codes,
            self.clock,
            self.waker,
            self.metrics,
        )
        self.send = Send(
            self.escalations,
            self.pages,
            self.sites,
            self.in_force,
            self.addresses,
            hand_over,
            self.clock,
            self.waker,
            aside,
            self.metrics,
        )
        modules = (
            Know(self.in_force),
            Escalate(self.escalations, self.waker, aside, self.metrics),
            TellEnd(self.escalations, aside, self.metrics),
            Reclaim(self.pages, aside, self.metrics),
            FallBack(self.escalations, self.pages, self.waker, aside, self.metrics),
        )
        return Engine(
            modules,
            self.send,
            lease or MemoryLease(),
            self.waker,
            self.metrics,
            [
                LetGo(self.in_force, self.waker, aside, self.metrics),
                Watch(self.feeds, self.conditions, self.sites, self.clock, self.metrics, self.test_at),
                Audit(self.escalations, self.pages, self.conditions, self, aside, self.clock, self.metrics),
            ],
            tick=timedelta(seconds=0.5),
            lease_for=timedelta(seconds=5),
        )

    async def risk(self, flag_id: str = "flag-1", site_id: str = SITE) -> str:
        """A client answers a risk item; feedback says so on its topic."""
        return await self.deliver(risk_event(flag_id, site_id))

    async def rupture(self, change: str = "opened", revision: int = 3, rupture_id: str = "rupture-1") -> str:
        """Scoring says something about a rupture."""
        return await self.deliver(rupture_event(change, revision, rupture_id))

    async def deliver(self, event: Event) -> str:
        """An event arrives from Kafka; gives the id of its alert."""
        topic = agents.RISK_FLAGS if isinstance(event.data, feedback.RiskFlag) else agents.RUPTURES
        await agents.subscriptions(self.handlers, self.episodes, self.feeds)[topic](event)
        kind = "risk" if topic == agents.RISK_FLAGS else "rupture"
        subject = event.data.flag_id if isinstance(event.data, feedback.RiskFlag) else event.data.rupture_id
        found = await self.alerts.find({"site_id": event.site_id, "dedup_key": f"{kind}:{subject}"}, limit=10)
        found = found or await self.alerts.find({"site_id": event.site_id})
        return str(next(d["alert_id"] for d in found if d["subject_id"] == subject))

    async def hear(self, event: Event, topic: str = agents.EPISODES) -> None:
        """Intake says something about an episode, or another service about something."""
        await agents.subscriptions(self.handlers, self.episodes, self.feeds)[topic](event)

    async def settle(self) -> None:
        """Let the engine do everything that is due now."""
        for _ in range(4):
            await self.engine.cycle()
            await self.send.idle()

    async def wait(self, **by: float) -> None:
        """Let time pass, and then the engine do what is due."""
        self.clock.advance(timedelta(**by))
        await self.settle()

    async def wait_in_steps(self, step: float, **by: float) -> None:
        """Let time pass with an engine that looks every ``step`` seconds."""
        until = self.clock.now() + timedelta(**by)
        while self.clock.now() < until:
            await self.wait(seconds=step)

    def told(self) -> list[str]:
        """Who was told since the last question, as ``person`` or ``person by webhook``; in the order of arrival."""
        told = []
        for address, channel, _, _ in self.arrived:
            person = address.partition("@")[0].rpartition("/")[2]
            told.append(person if channel is Channel.EMAIL else f"{person} by {channel}")
        self.arrived.clear()
        return told

    async def alert(self, alert_id: str) -> Alert:
        return await self.handlers.get_alert(SITE, alert_id)

    async def history(self, alert_id: str) -> list[str]:
        """What the alert's own timeline says, oldest first."""
        _, state = await self.alert(alert_id)
        return [entry.what for entry in state.timeline]

    async def deliveries_of(self, alert_id: str) -> list[Delivery]:
        return await self.pages.of_alert(SITE, alert_id)


def risk_event(flag_id: str = "flag-1", site_id: str = SITE) -> Event:
    flag = risk_flag(flag_id, site_id)
    return make(
        site_id=site_id,
        service="feedback",
        type="attune.risk-flag.raised.v1",
        key=flag.episode_id,
        subject=f"episodes/{flag.episode_id}",
        cause=flag_id,
        revision=1,
        time=MONDAY,
        data=flag,
    )


def risk_flag(flag_id: str = "flag-1", site_id: str = SITE) -> feedback.RiskFlag:
    return feedback.RiskFlag(
        site_id=site_id,
        flag_id=flag_id,
        episode_id="episode-1",
        session_id="session-1",
        client_id="client-1",
        response_id="response-1",
        instrument_id="attune-checkin",
        items=[11],
        submitted_at=MONDAY,
    )


def rupture_event(change: str = "opened", revision: int = 3, rupture_id: str = "rupture-1") -> Event:
    status = {"opened": "OPEN", "revised": "OPEN"}.get(change, change.upper())
    rupture = scoring.Rupture(
        site_id=SITE,
        rupture_id=rupture_id,
        episode_id="episode-1",
        client_id="client-1",
        therapist_id="therapist-1",
        instrument_id="attune-checkin",
        status=f"RUPTURE_STATUS_{status}",
        opened_session_id="session-3",
        opened_at=MONDAY - timedelta(hours=2),
        depth=2.5 + revision,
        facet="trust",
        explanation="The rating fell below the client's own limit.",
        findings=[scoring.Finding(detector="individuals-chart", parameters={"k": 2.5}, statistic=-3.1)],
        revision=revision,
    )
    return make(
        site_id=SITE,
        service="scoring",
        type=f"attune.rupture.{change}.v1",
        key="episode-1",
        subject="episodes/episode-1",
        cause=rupture_id,
        revision=revision,
        time=MONDAY - timedelta(hours=2) + timedelta(minutes=revision),
        data=rupture,
    )


def _matches(document: Mapping[str, Any], filter: Mapping[str, Any]) -> bool:
    return all(_holds(_value(document, name), condition) for name, condition in filter.items())


def _value(document: Mapping[str, Any], path: str) -> Any:
    found: Any = document
    for name in path.split("."):
        found = found.get(name) if isinstance(found, Mapping) else None
    return found


def _holds(value: Any, condition: Any) -> bool:
    if not isinstance(condition, dict):
        return bool(value == condition)
    compare = {
        "$lte": lambda limit: value <= limit,
        "$lt": lambda limit: value < limit,
        "$in": lambda several: value in several,
    }
    return value is not None and all(compare[operator](limit) for operator, limit in condition.items())
