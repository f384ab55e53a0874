"""Looks at a running stack and writes down what there is: databases, topics, the services' own answers, gateways.

It reads as any outside program could, from the endpoints file: real pymongo, real Kafka clients, and gRPC with the
operator's token.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType
from typing import Any, Self

import grpc
import httpx
import pymongo
from attune.alerting.v1 import alerting_service_pb2 as alerting
from attune.alerting.v1 import alerting_service_pb2_grpc, events_pb2
from attune.scoring.v1 import scoring_service_pb2 as scoring
from attune.scoring.v1 import scoring_service_pb2_grpc
from kafka import KafkaConsumer, TopicPartition
from kafka.admin import KafkaAdminClient

from services.dev.environment import SERVICES
from services.dev.ledger import Book
from services.dev.observed import AlertSeen, DeadLetter, Mark, Observed, PageSeen, RatingMark, RuptureSeen
from services.dev.tapes import read_published
from services.runtime.bus.dead_letters import list_dead_letters

INGRESS_TOPICS = ("clinic.session-events.v1", "clinic.feedback-events.v1")
OWN_TOPICS = (
    "intake.episodes.v1",
    "intake.sessions.v1",
    "feedback.responses.v1",
    "scoring.scores.v1",
    "scoring.alliance-ruptures.v1",
    "scoring.caseload-patterns.v1",
    "alerting.alerts.v1",
)
CONSUMED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "intake": ("clinic.session-events.v1",),
        "feedback": ("clinic.feedback-events.v1",),
        "scoring": (
            "intake.episodes.v1",
            "intake.sessions.v1",
            "feedback.responses.v1",
            "scoring.alliance-ruptures.v1",
        ),
        "alerting": ("scoring.alliance-ruptures.v1", "feedback.risk-flags.v1"),
    }
)
ALL_LETTERS = 1_000_000
RPC_SECONDS = 20.0
PAGE = 200


@dataclass(frozen=True, slots=True)
class Start:
    """Where a run begins: what was there before belongs to earlier runs."""

    offsets: Mapping[tuple[str, int], int] = field(default_factory=dict)  # ends of the ingress topics
    records: int = 0  # number of the gateways' last record


class Observer:
    """Connections to everything, as a context manager."""

    def __init__(self, endpoints: Callable[[], Mapping[str, Any]], home: Path, prefix: str = "attune") -> None:
        self._endpoints, self._home, self._prefix = endpoints, home, prefix
        self._stack = ExitStack()

    def __enter__(self) -> Self:
        known = self._endpoints()
        self._mongo: pymongo.MongoClient[dict[str, Any]] = self._stack.enter_context(
            pymongo.MongoClient(known["mongo"]["uri"], timeoutMS=30_000, tz_aware=True)
        )
        self._http = self._stack.enter_context(httpx.Client(timeout=10.0, trust_env=False))
        self._operator = (self._home / known["tokens"]["operator"]).read_text("utf-8").strip()
        return self

    def __exit__(self, *_: object) -> None:
        self._stack.close()

    # ------------------------------------------------------------------ the whole
    def observe(self, book: Book, start: Start) -> Observed:
        """Everything that belongs to the ledger's episodes, and all dead letters since the start."""
        known = book.episodes()
        responses, flags = self._responses(known), self._flags(known)
        ratings, ruptures = self._trajectories(known)
        alerts = tuple(self._alerts(known))
        return Observed(
            stored=Counter([*self._intake(known), *responses]),
            flags=Counter(flags.values()),
            flag_ids=flags,
            ratings=ratings,
            ruptures=tuple(ruptures),
            alerts=alerts,
            dead_letters=tuple(self.dead_letters(start)),
            published=tuple(read_published(self.bootstrap, OWN_TOPICS)),
            outbox=self.outboxes(),
            lag=self.lag(),
            parked=self.parked(),
            arrivals=self.arrivals(start),
        )

    def start(self) -> Start:
        """Where things stand now."""
        return Start(self._ends(INGRESS_TOPICS), max((int(record["n"]) for record in self.records(0)), default=0))

    # ------------------------------------------------------------------ databases
    def _database(self, service: str) -> Any:
        return self._mongo[f"{self._prefix}_{service}"]

    def _intake(self, known: set[tuple[str, str]]) -> Iterator[Mark]:
        for collection, kind in (("episodes", "episode"), ("sessions", "session")):
            for document in self._database("intake")[collection].find({}):
                if (document["site_id"], document["episode_id"]) not in known:
                    continue
                for report in document["reports"]:
                    yield kind, document["site_id"], document[f"{kind}_id"], report["event_id"]

    def _responses(self, known: set[tuple[str, str]]) -> list[Mark]:
        return [
            ("response", document["site_id"], document["response_id"], str(submission["revision"]))
            for document in self._database("feedback")["responses"].find({})
            if (document["site_id"], document["episode_id"]) in known
            for submission in document["submissions"]
        ]

    def _flags(self, known: set[tuple[str, str]]) -> dict[str, tuple[str, str]]:
        return {
            document["flag_id"]: (document["site_id"], document["response_id"])
            for document in self._database("feedback")["flags"].find({})
            if (document["site_id"], document["episode_id"]) in known
        }

    def outboxes(self, services: Iterable[str] = SERVICES) -> dict[str, int]:
        """Documents with events that still wait to be published, and risk flags that wait to be handed over."""
        waiting: dict[str, int] = {}
        for service in services:
            database = self._database(service)
            for collection in database.list_collection_names():
                if not collection.startswith("system."):
                    count = len(list(database[collection].find({"pending": True}, {"_id": 1}, limit=PAGE)))
                    waiting[f"{service}/{collection}"] = count
        flags = self._database("feedback")["flags"].find({"handoff": True}, {"_id": 1}, limit=PAGE)
        return {**waiting, "feedback/hand-over": len(list(flags))}

    def parked(self) -> int:
        """Events that wait for their episode."""
        return len(list(self._database("intake")["parked"].find({}, {"_id": 1}, limit=PAGE)))

    # ------------------------------------------------------------------ Kafka
    @property
    def bootstrap(self) -> str:
        """Kafka's address."""
        return str(self._endpoints()["kafka"]["bootstrap"])

    def dead_letters(self, start: Start) -> Iterator[DeadLetter]:
        """Dead letters of records that came after the start."""
        for service in SERVICES:
            for letter in list_dead_letters(self.bootstrap, service, ALL_LETTERS):
                place = (letter.topic, letter.partition, letter.offset)
                if letter.offset >= start.offsets.get((letter.topic, letter.partition), 0):
                    yield DeadLetter(letter.service, place, letter.field, letter.reason)

    def lag(self, services: Iterable[str] = SERVICES) -> dict[str, int]:
        """Records that a group of ours has not committed, by group and topic."""
        groups = {f"attune.{service}": CONSUMED[service] for service in services}
        admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
        try:
            committed = admin.list_group_offsets(list(groups))
        finally:
            admin.close()
        ends = self._ends(sorted({topic for topics in groups.values() for topic in topics}))
        behind: Counter[str] = Counter()
        for group, topics in groups.items():
            for (topic, partition), end in ends.items():
                if topic in topics:  # a partition without a commit counts whole
                    position = committed.get(group, {}).get(TopicPartition(topic, partition))
                    behind[f"{group}/{topic}"] += max(0, end - (position.offset if position else 0))
        return dict(behind)

    def _ends(self, topics: tuple[str, ...] | list[str]) -> dict[tuple[str, int], int]:
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=None, enable_auto_commit=False)
        try:
            partitions = [
                TopicPartition(topic, number)
                for topic in topics
                for number in consumer.partitions_for_topic(topic) or ()
            ]
            return {(each.topic, each.partition): end for each, end in consumer.end_offsets(partitions).items()}
        finally:
            consumer.close()

    # ------------------------------------------------------------------ gRPC
    def _call(self, service: str, stub: Callable[[grpc.Channel], Any]) -> tuple[grpc.Channel, Any]:
        channel = grpc.insecure_channel(str(self._endpoints()["services"][service]["grpc"]))
        return channel, stub(channel)

    @property
    def _metadata(self) -> tuple[tuple[str, str], ...]:
        return (("authorization", f"Bearer {self._operator}"),)

    def _trajectories(self, known: set[tuple[str, str]]) -> tuple[dict[RatingMark, float], list[RuptureSeen]]:
        channel, stub = self._call("scoring", scoring_service_pb2_grpc.ScoringServiceStub)
        ratings: dict[RatingMark, float] = {}
        ruptures: list[RuptureSeen] = []
        with channel:
            for site, episode in sorted(known):
                request = scoring.GetTrajectoryRequest(site_id=site, episode_id=episode)
                try:
                    found = stub.GetTrajectory(request, timeout=RPC_SECONDS, metadata=self._metadata)
                except grpc.RpcError as error:
                    if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.NOT_FOUND:
                        continue
                    raise
                for series in found.series:
                    mark = (site, episode, series.client_id, series.instrument_id)
                    ratings.update(
                        {
                            (*mark, rating.session_id): rating.value
                            for rating in series.ratings
                            if rating.HasField("value")
                        }
                    )
                wanted = scoring.ListRupturesRequest(site_id=site, episode_id=episode, page_size=PAGE)
                listed = stub.ListRuptures(wanted, timeout=RPC_SECONDS, metadata=self._metadata)
                ruptures += [_rupture(each) for each in listed.ruptures]
        return ratings, ruptures

    def _alerts(self, known: set[tuple[str, str]]) -> Iterator[AlertSeen]:
        channel, stub = self._call("alerting", alerting_service_pb2_grpc.AlertingServiceStub)
        with channel:
            for site in sorted({site for site, _ in known}):
                for alert in self._listed(stub, site):
                    # Those about no episode are about Attune itself, or a caseload.
                    if not alert.episode_id or (site, alert.episode_id) in known:
                        request = alerting.GetAlertRequest(site_id=site, alert_id=alert.alert_id)
                        yield _alert(stub.GetAlert(request, timeout=RPC_SECONDS, metadata=self._metadata))

    def _listed(self, stub: Any, site: str) -> Iterator[Any]:
        token = ""
        while True:
            request = alerting.ListAlertsRequest(site_id=site, page_size=PAGE, page_token=token)
            answer = stub.ListAlerts(request, timeout=RPC_SECONDS, metadata=self._metadata)
            yield from answer.alerts
            token = answer.next_page_token
            if not token:
                return

    def alerts_of(self, site: str) -> list[Any]:
        """Every alert of a site, as alerting lists them."""
        channel, stub = self._call("alerting", alerting_service_pb2_grpc.AlertingServiceStub)
        with channel:
            return list(self._listed(stub, site))

    def seen(self, site: str, episodes: Iterable[str]) -> list[AlertSeen]:
        """The alerts about these episodes, with their pages."""
        wanted = set(episodes)
        return [each for each in self._alerts({(site, episode) for episode in wanted}) if each.episode in wanted]

    def untaken(self, sites: list[str]) -> int:
        """Alerts that nobody has acknowledged yet."""
        alerts = [alert for site in sites for alert in self.alerts_of(site)]
        return sum(alert.status == events_pb2.ALERT_STATUS_TRIGGERED for alert in alerts)

    # ------------------------------------------------------------------ gateways
    def records(self, after: int) -> list[dict[str, Any]]:
        """What the gateways took after their record of this number."""
        url = str(self._endpoints()["gateways"]["records"])
        answer = self._http.get(url, params={"after": after}).raise_for_status()
        found: list[dict[str, Any]] = answer.json()
        return found

    def arrivals(self, start: Start) -> dict[str, tuple[datetime, ...]]:
        """When the gateways took each delivery since the start, by the id that the message carries."""
        found: dict[str, tuple[datetime, ...]] = {}
        for record in self.records(start.records):
            delivery = delivery_id(record["headers"])
            found[delivery] = (*found.get(delivery, ()), datetime.fromisoformat(record["at"]))
        return found


def _rupture(rupture: Any) -> RuptureSeen:
    mark = (
        rupture.site_id,
        rupture.episode_id,
        rupture.client_id,
        rupture.instrument_id,
        rupture.opened_session_id,
    )
    name = type(rupture).DESCRIPTOR.fields_by_name["status"].enum_type.values_by_number[rupture.status].name
    return RuptureSeen(rupture.rupture_id, mark, name.removeprefix("RUPTURE_STATUS_").lower())


def _alert(found: Any) -> AlertSeen:
    alert = found.alert
    kind = events_pb2.AlertKind.Name(alert.kind).removeprefix("ALERT_KIND_").lower()
    status = events_pb2.AlertStatus.Name(alert.status).removeprefix("ALERT_STATUS_").lower()
    return AlertSeen(
        site=alert.site_id,
        alert_id=alert.alert_id,
        kind=kind,
        subject=alert.subject_id,
        episode=alert.episode_id,
        status=status,
        close_reason=alert.close_reason,
        triggered_at=alert.triggered_at.ToDatetime(UTC),
        acknowledged_by=alert.acknowledged_by,
        pages=tuple(_page(delivery) for delivery in found.deliveries),
    )


def delivery_id(headers: Mapping[str, str]) -> str:
    """Of a webhook its own header, of a mail the Message-ID's first part."""
    return headers.get("attune-delivery") or headers["message-id"].strip("<>").partition("@")[0]


def _page(delivery: Any) -> PageSeen:
    channel = alerting.Channel.Name(delivery.channel).removeprefix("CHANNEL_").lower()
    status = alerting.DeliveryStatus.Name(delivery.status).removeprefix("DELIVERY_STATUS_").lower()
    sent_at: datetime | None = delivery.sent_at.ToDatetime(UTC) if delivery.HasField("sent_at") else None
    # The message that told of it: its own, or the one of the bundle that it was part of.
    message = delivery.bundle or delivery.delivery_id
    return PageSeen(message, delivery.person_id, channel, status, delivery.attempts, sent_at)
