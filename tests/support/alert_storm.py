"""Alerting as real processes on a filled store, and a storm of ruptures and risk answers; tests and bench use it."""

import asyncio
import json
import re
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import httpx
import pymongo
import yaml
from attune.alerting.v1 import alerting_service_pb2 as api
from attune.alerting.v1 import alerting_service_pb2_grpc as alerting_grpc
from attune.feedback.v1 import events_pb2 as feedback
from attune.scoring.v1 import events_pb2 as scoring
from google.protobuf.json_format import MessageToDict
from kafka import KafkaProducer

from services.alerting import store as alerting_store
from services.alerting.domain import alert as alerts_of
from services.alerting.domain.facts import Kind, Report, fold
from services.alerting.domain.policy import Policy, Step
from services.alerting.settings import AlertingSettings
from services.dev.environment import Keys, service_environment
from services.dev.process import ReadyFileProcess, ServiceProcess
from services.runtime.events import encode, make
from services.runtime.store import Store, canonical

SECRET = b"a secret of the tests, long enough"
RUPTURES = "scoring.alliance-ruptures.v1"
BATCH = 500
_BUCKET = re.compile(r'attune_alerting_engine_cycle_seconds_bucket\{le="([^"]+)"\} (\S+)')


@dataclass(frozen=True, slots=True)
class Outcome:
    """What the gateways saw. Seconds from the moment a thing was said until its first page was taken."""

    risk_seconds: tuple[float, ...]
    first_page_seconds: Mapping[str, float]  # by site
    messages: int
    told: int  # alerts that these messages told of
    cycles: int
    cycles_within_1_s: float  # a share


class Site:
    """Some sites of the storm, as an on-call file; the webhook's name is the site's."""

    def __init__(self, names: Sequence[str], hooks: str) -> None:
        self.names = names
        self._hooks = hooks

    def file(self) -> dict[str, Any]:
        """The on-call file."""
        signed = {"by": "tests", "when": "2026-01-05"}
        return {"contacts_verified": signed, "sites": {name: self._site(name) for name in self.names}}

    def _site(self, name: str) -> dict[str, Any]:
        contact = {"webhook": f"{self._hooks}/webhook/{name}", "secret_file": "webhook.secret"}
        return {
            "time_zone": "Europe/London",
            "rupture_hours": "00:00-24:00",
            "people": [{"id": "ana", "contacts": [contact]}],
            "rota": {"people": ["ana"], "handoff": "daily", "at": "09:00", "start": "2026-01-05"},
            "policy": {"steps": [{"targets": ["rota"], "delay": "1h"}]},
            "catch_all": ["ana"],
        }


class AlertStorm:
    """Alerting with its gateways on a broker and a database that are there."""

    def __init__(self, directory: Path, bootstrap: str, mongo_uri: str, prefix: str, keys: Keys, sites: int) -> None:
        self.names = [f"{prefix}-{number:02}" for number in range(sites)]
        self._keys = keys
        self._bootstrap = bootstrap
        self._mongo_uri = mongo_uri
        self._prefix = prefix
        self._directory = directory
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "webhook.secret").write_bytes(SECRET)
        (directory / "link.key").write_text("l" * 48)
        arguments = ["--records", str(directory / "records"), "--secret-file", str(directory / "webhook.secret")]
        self.gateways = ReadyFileProcess("gateways", "services.dev.gateways", {}, directory / "run", arguments)
        self.instances: list[ServiceProcess] = []
        self.said: dict[str, float] = {}

    def __enter__(self) -> "AlertStorm":
        self.gateways.start()
        hooks = str(self.gateways.addresses["http"])
        (self._directory / "sites.yaml").write_text(yaml.safe_dump(Site(self.names, hooks).file()))
        return self

    def __exit__(self, *_: object) -> None:
        for instance in self.instances:
            instance.stop()
        self.gateways.stop()

    def environment(self) -> dict[str, str]:
        """Settings of an instance."""
        extra = {
            "ATTUNE_ALERTING_SITES_FILE": str(self._directory / "sites.yaml"),
            "ATTUNE_ALERTING_LINK_KEY_FILE": str(self._directory / "link.key"),
            "ATTUNE_ALERTING_PUBLIC_URL": "http://127.0.0.1:1",
            "ATTUNE_ALERTING_LEASE_SECONDS": "2",
        }
        return service_environment(
            "alerting",
            bootstrap=self._bootstrap,
            mongo_uri=self._mongo_uri,
            keys=self._keys,
            database_prefix=self._prefix,
            extra=extra,
        )

    def fill(self, closed: int, opened: int) -> None:
        """Put old alerts into the store: closed ones, and open ones that somebody has taken on."""
        settings = AlertingSettings.load(self.environment())
        name = asyncio.run(_indexes(settings))
        with pymongo.MongoClient(self._mongo_uri) as client:  # type: pymongo.MongoClient[dict[str, Any]]
            alerts = client[name][alerting_store.ALERTS]
            numbers = range(closed + opened)
            for start in range(0, len(numbers), BATCH):
                batch = numbers[start : start + BATCH]
                alerts.insert_many([self._old(number, number < closed) for number in batch], ordered=False)

    def start(self, instances: int = 1) -> None:
        """Start so many instances of the service."""
        for _ in range(instances):
            run = self._directory / f"instance-{len(self.instances)}"
            self.instances.append(ServiceProcess("alerting", self.environment(), run))
            self.instances[-1].start()

    def acting(self) -> ServiceProcess | None:
        """The instance whose engine acts."""
        for instance in self.instances:
            if instance.running and "attune_alerting_engine_acting 1.0" in self._metrics(instance):
                return instance
        return None

    def blow(self, ruptures: int, risks: int, seconds: float) -> None:
        """Say so many ruptures by Kafka and risks by gRPC, evenly over this time."""
        asking = threading.Thread(target=self._ask, args=(risks, seconds), name="risks")
        asking.start()
        producer = KafkaProducer(bootstrap_servers=self._bootstrap, acks="all")
        began = time.monotonic()
        try:
            for number in range(ruptures):
                _wait_until(began + seconds * number / ruptures)
                site = self.names[number % len(self.names)]
                self.said.setdefault(site, time.time())
                key, value, headers = encode(_rupture(site, number))
                producer.send(RUPTURES, key=key, value=value, headers=headers)
            producer.flush(timeout=60)
        finally:
            producer.close()
            asking.join()

    def records(self) -> list[dict[str, Any]]:
        """What the webhooks took."""
        url = f"{self.gateways.addresses['http']}/records"
        found: list[dict[str, Any]] = httpx.get(url, params={"channel": "webhook"}, timeout=30).json()
        return found

    def outcome(self, risks: int, wait: float) -> Outcome:
        """Wait until every risk and every site has had its page, or so many seconds; tell what there was."""
        deadline = time.monotonic() + wait
        while True:
            records = self.records()
            at = {record["body"]["reference"]: _seconds(record) for record in reversed(records)}
            paged = {name: at[name] - said for name, said in self.said.items() if name in at}
            first: dict[str, float] = {}
            for record in records:
                # A risk's page is not the first page of a storm of ruptures.
                if record["body"]["reference"] not in self.said:
                    first.setdefault(record["name"], _seconds(record) - self.said.get(record["name"], 0.0))
            if (len(paged) >= risks and len(first) >= len(self.names)) or time.monotonic() > deadline:
                break
            time.sleep(0.1)
        told = sum(int(record["body"]["count"]) for record in records)
        cycles, good = self._cycles()
        return Outcome(tuple(paged.values()), first, len(records), told, cycles, good)

    def alerts(self, site: str) -> list[Any]:
        """Every alert of a site with its deliveries."""
        found: list[Any] = []
        with grpc.insecure_channel(self._up().grpc) as channel:
            stub = alerting_grpc.AlertingServiceStub(channel)
            metadata = self._metadata(site)
            request = api.ListAlertsRequest(site_id=site, page_size=500)
            for alert in stub.ListAlerts(request, timeout=20, metadata=metadata).alerts:
                wanted = api.GetAlertRequest(site_id=site, alert_id=alert.alert_id)
                found.append(stub.GetAlert(wanted, timeout=20, metadata=metadata))
        return found

    def _ask(self, risks: int, seconds: float) -> None:
        began = time.monotonic()
        for number in range(risks):
            _wait_until(began + seconds * number / risks)
            site = self.names[number % len(self.names)]
            flag = feedback.RiskFlag(
                site_id=site,
                flag_id=f"storm-{number}",
                episode_id=f"risk-{number}",
                client_id=f"client-{number}",
                response_id=f"response-{number}",
                items=[11],
                submitted_at=datetime.now(UTC),
            )
            said = time.time()
            self.said[alerts_of.reference(self._raise(site, flag))] = said

    def _raise(self, site: str, flag: feedback.RiskFlag) -> str:
        """Hand a flag over as feedback does: again and again until it is taken."""
        deadline = time.monotonic() + 30
        while True:
            try:
                with grpc.insecure_channel(self._up().grpc) as channel:
                    stub = alerting_grpc.AlertingServiceStub(channel)
                    request = api.RaiseRiskFlagRequest(site_id=site, flag=flag)
                    return str(stub.RaiseRiskFlag(request, timeout=10, metadata=self._metadata(site)).alert_id)
            except grpc.RpcError:
                if time.monotonic() > deadline:
                    raise
                time.sleep(0.1)

    def _up(self) -> ServiceProcess:
        return next(instance for instance in self.instances if instance.running)

    def _metadata(self, site: str) -> list[tuple[str, str]]:
        token = self._keys.token("tester", [site], ["read", "act", "service"])
        return [("authorization", f"Bearer {token}")]

    def _metrics(self, instance: ServiceProcess) -> str:
        try:
            return httpx.get(f"{instance.http}/metrics", timeout=5).text
        except httpx.TransportError:
            return ""

    def _cycles(self) -> tuple[int, float]:
        acting = self.acting()
        buckets = dict(_BUCKET.findall(self._metrics(acting))) if acting else {}
        cycles = float(buckets.get("+Inf", 0))
        return int(cycles), float(buckets.get("1.0", 0)) / cycles if cycles else 0.0

    def _old(self, number: int, closed: bool) -> dict[str, Any]:
        site = self.names[number % len(self.names)]
        at = datetime.now(UTC) - timedelta(days=1, seconds=number)
        event = _rupture(site, -number - 1)
        payload = MessageToDict(event.data, preserving_proto_field_name=True)
        report = Report(event.id, "opened", 1, at, payload)
        facts = fold(None, Kind.RUPTURE, site, event.data.rupture_id, report)
        policy = Policy((Step(("rota",), timedelta(hours=1)),), 0, timedelta(hours=1), timedelta(days=3))
        state = alerts_of.acknowledge(alerts_of.trigger(policy, at), "ana", "on it", at + timedelta(minutes=5))
        if closed:
            state = alerts_of.end_told(alerts_of.close(state, "ana", "seen", None, at + timedelta(hours=1)))
        else:
            state = replace(state, next_action_at=datetime.now(UTC) + timedelta(days=2, seconds=number))
        order = f"{at.isoformat(timespec='milliseconds')}/{facts.alert_id}"
        document: dict[str, Any] = canonical(alerting_store.alert_document(facts, state, order))
        return {"_id": alerting_store.key(site, facts.alert_id), "version": 1, **document}


async def _indexes(settings: AlertingSettings) -> str:
    """Make the indexes while the collections are empty, and return the database's name."""
    store = await Store.open(settings, "alerting")
    try:
        store.aggregates(alerting_store.ALERTS, alerting_store.ALERT_INDEXES)
        store.aggregates(alerting_store.DELIVERIES, alerting_store.DELIVERY_INDEXES)
        await store.ensure_indexes()
        return str(store.db.name)
    finally:
        await store.close()


def _rupture(site: str, number: int) -> Any:
    name = f"{'old' if number < 0 else 'storm'}-{abs(number)}"
    data = scoring.Rupture(
        site_id=site,
        rupture_id=name,
        episode_id=f"episode-{name}",
        client_id=f"client-{name}",
        therapist_id=f"therapist-{abs(number) % 50}",
        status="RUPTURE_STATUS_OPEN",
        explanation="The rating fell below the client's own limit.",
        facet="trust",
        revision=1,
    )
    return make(
        site_id=site,
        service="scoring",
        type="attune.rupture.opened.v1",
        key=data.episode_id,
        subject=f"episodes/{data.episode_id}",
        cause=name,
        revision=1,
        time=datetime.now(UTC),
        data=data,
    )


def _wait_until(moment: float) -> None:
    remaining = moment - time.monotonic()
    if remaining > 0:
        time.sleep(remaining)


def _seconds(record: Mapping[str, Any]) -> float:
    return datetime.fromisoformat(record["at"]).timestamp()


def told(outcome: Outcome) -> str:
    """The outcome as a few lines."""
    worst = max(outcome.risk_seconds, default=0.0)
    slowest = max(outcome.first_page_seconds.values(), default=0.0)
    lines = {
        "risk pages": f"{len(outcome.risk_seconds)}, the slowest after {worst:.1f} s",
        "first page of a site": f"{len(outcome.first_page_seconds)}, the slowest after {slowest:.1f} s",
        "messages": f"{outcome.messages}, telling of {outcome.told} alerts",
        "engine cycles": f"{outcome.cycles}, {outcome.cycles_within_1_s:.2%} within 1 s",
    }
    return json.dumps(lines, indent=2)
