"""Alerting as a process, on the real broker, database, mail server and webhook receiver."""

import hashlib
import hmac
import json
import re
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar

import grpc
import httpx
import pytest
import yaml
from attune.alerting.v1 import alerting_service_pb2 as api
from attune.alerting.v1 import alerting_service_pb2_grpc as alerting_grpc
from attune.alerting.v1 import events_pb2 as alerting
from attune.feedback.v1 import events_pb2 as feedback
from attune.scoring.v1 import events_pb2 as scoring
from google.protobuf.message import Message
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from services.dev.environment import Keys
from services.dev.process import ReadyFileProcess, ServiceProcess
from services.runtime.events import decode, encode, make

T = TypeVar("T")
SECRET = b"a secret of the tests, long enough"
RUPTURES = "scoring.alliance-ruptures.v1"
RISK_FLAGS = "feedback.risk-flags.v1"
ALERTS = "alerting.alerts.v1"


def until(found: Callable[[], T], seconds: float = 30.0) -> T:
    """Ask until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while True:
        answer = found()
        if answer:
            return answer
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.02)


class Alerting:
    """The service, its gateways, and everything that talks to them."""

    def __init__(self, directory: Path, site_id: str, environment: Callable[..., dict[str, str]], keys: Keys) -> None:
        self.site_id = site_id
        self._keys = keys
        (directory / "webhook.secret").write_bytes(SECRET)
        (directory / "link.key").write_text("l" * 48)
        (directory / "phone.token").write_text("token of the tests")
        arguments = ["--records", str(directory / "records"), "--secret-file", str(directory / "webhook.secret")]
        self.gateways = ReadyFileProcess("gateways", "services.dev.gateways", {}, directory / "run", arguments)
        self.gateways.start()
        self.hooks = str(self.gateways.addresses["http"])
        smtp_host, _, smtp_port = str(self.gateways.addresses["smtp"]).partition(":")
        (directory / "sites.yaml").write_text(yaml.safe_dump(self._sites(directory)))
        self.settings = {
            "ATTUNE_ALERTING_SITES_FILE": str(directory / "sites.yaml"),
            "ATTUNE_ALERTING_LINK_KEY_FILE": str(directory / "link.key"),
            "ATTUNE_ALERTING_SMTP_HOST": smtp_host,
            "ATTUNE_ALERTING_SMTP_PORT": smtp_port,
            "ATTUNE_ALERTING_SMTP_TLS": "off",
            "ATTUNE_ALERTING_LEASE_SECONDS": "2",
            "ATTUNE_ALERTING_PHONE_URL": self.hooks,
            "ATTUNE_ALERTING_PHONE_TOKEN_FILE": str(directory / "phone.token"),
            "ATTUNE_ALERTING_PHONE_SECRET_FILE": str(directory / "webhook.secret"),
        }
        self._environment = environment
        self._directory = directory
        self.first = self.service("one")

    def service(self, name: str) -> ServiceProcess:
        """One more instance on the same database, in a directory of its own."""
        settings = {**self.settings, "ATTUNE_ALERTING_PUBLIC_URL": "http://127.0.0.1:1"}
        process = ServiceProcess("alerting", self._environment("alerting", **settings), self._directory / name)
        process.with_environment(ATTUNE_ALERTING_PUBLIC_URL=process.http)
        return process

    def _sites(self, directory: Path) -> dict[str, Any]:
        hook = {"webhook": f"{self.hooks}/webhook/ana", "secret_file": "webhook.secret"}
        policy = {
            "steps": [{"targets": ["rota"], "delay": "4s"}, {"targets": ["person:carla"], "delay": "1h"}],
            "catch_all_every": "1h",
        }
        site = {
            "time_zone": "Europe/London",
            "rupture_hours": "00:00-24:00",
            "people": [
                {"id": "ana", "contacts": [hook, {"email": "ana@example.org"}]},
                {"id": "carla", "contacts": [{"email": "carla@example.org"}, {"sms": "+447700900002"}]},
            ],
            "rota": {"people": ["ana"], "handoff": "daily", "at": "09:00", "start": "2026-01-05"},
            "policy": policy,
            "catch_all": ["carla"],
        }
        return {"contacts_verified": {"by": "the tests", "when": "2026-01-05"}, "sites": {self.site_id: site}}

    def call(self, method: str, request: Message, scopes: tuple[str, ...] = ("read", "act", "service")) -> Any:
        """Call the service as somebody with these scopes at the site."""
        token = self._keys.token("tester", [self.site_id], scopes)
        with grpc.insecure_channel(self.first.grpc) as channel:
            stub = alerting_grpc.AlertingServiceStub(channel)
            metadata = [("authorization", f"Bearer {token}")]
            return getattr(stub, method)(request, timeout=10, metadata=metadata)

    def raise_flag(self, flag_id: str = "flag-1") -> str:
        request = api.RaiseRiskFlagRequest(site_id=self.site_id, flag=self.flag(flag_id))
        return str(self.call("RaiseRiskFlag", request).alert_id)

    def flag(self, flag_id: str = "flag-1") -> feedback.RiskFlag:
        return feedback.RiskFlag(
            site_id=self.site_id,
            flag_id=flag_id,
            episode_id="episode-1",
            client_id="client-1",
            response_id="response-1",
            items=[11],
            submitted_at=datetime.now(UTC).replace(microsecond=0),
        )

    def publish(self, bootstrap: str, topic: str, type_: str, data: Any, revision: int = 1) -> None:
        event = make(
            site_id=self.site_id,
            service="test",
            type=type_,
            key="episode-1",
            subject="episodes/episode-1",
            cause=str(uuid.uuid4()),
            revision=revision,
            time=datetime.now(UTC),
            data=data,
        )
        key, value, headers = encode(event)
        producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
        try:
            producer.send(topic, key=key, value=value, headers=headers).get(timeout=20)
        finally:
            producer.close()

    def rupture(self, rupture_id: str = "rupture-1", revision: int = 3) -> scoring.Rupture:
        return scoring.Rupture(
            site_id=self.site_id,
            rupture_id=rupture_id,
            episode_id="episode-1",
            client_id="client-1",
            therapist_id="therapist-1",
            explanation="The rating fell below the client's own limit.",
            facet="trust",
            revision=revision,
        )

    def get(self, alert_id: str) -> Any:
        return self.call("GetAlert", api.GetAlertRequest(site_id=self.site_id, alert_id=alert_id))

    def alerts(self) -> list[Any]:
        return list(self.call("ListAlerts", api.ListAlertsRequest(site_id=self.site_id)).alerts)

    def arrived(self, channel: str = "webhook") -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = httpx.get(f"{self.hooks}/records", params={"channel": channel}).json()
        return found

    def say(self, path: str, body: dict[str, Any]) -> dict[str, Any]:
        """The phone gateway says something to the service."""
        wanted = {"url": f"http://{self.first.http.removeprefix('http://')}/gateway/{path}", "body": body}
        answer: dict[str, Any] = httpx.post(f"{self.hooks}/say", json=wanted, timeout=15).json()
        return answer

    def misbehave(self, channel: str, mode: str, times: int) -> None:
        plan = {"channel": channel, "mode": mode, "times": times}
        assert httpx.post(f"{self.hooks}/behaviour", json=plan).status_code == 200


@pytest.fixture
def service(
    tmp_path: Path, site_id: str, topics_applied: str, service_env: Callable[..., dict[str, str]], keys: Keys
) -> Iterator[Alerting]:
    alerting = Alerting(tmp_path, site_id, service_env, keys)
    try:
        alerting.first.start()
        yield alerting
    finally:
        alerting.first.stop()
        alerting.gateways.stop()


def test_a_risk_flag_by_rpc_is_at_the_gateway_within_a_second_and_signed(service: Alerting) -> None:
    service.raise_flag("warm-up")
    until(service.arrived)
    started = time.monotonic()
    service.raise_flag("flag-2")
    until(lambda: len(service.arrived()) == 2, seconds=5)
    assert time.monotonic() - started < 1.5
    record = service.arrived()[1]
    assert record["name"] == "ana"
    assert set(record["body"]) == {"count", "reference", "link"}
    # The receiver refuses what is not signed; here the signature is computed once more from the description.
    headers = record["headers"]
    body = json.dumps(record["body"]).encode()
    digest = hmac.new(SECRET, headers["attune-timestamp"].encode() + b"." + body, hashlib.sha256).hexdigest()
    assert headers["attune-signature"] == f"v1={digest}"
    assert re.fullmatch(r"[0-9a-f]{40}", headers["attune-delivery"])


def test_by_topic_and_by_rpc_it_is_one_alert_and_one_page(service: Alerting, kafka: str) -> None:
    flag = service.flag("flag-1")
    service.publish(kafka, RISK_FLAGS, "attune.risk-flag.raised.v1", flag)
    alert_id = str(service.call("RaiseRiskFlag", api.RaiseRiskFlagRequest(site_id=service.site_id, flag=flag)).alert_id)
    service.publish(kafka, RISK_FLAGS, "attune.risk-flag.raised.v1", flag)
    until(service.arrived)
    service.publish(kafka, RUPTURES, "attune.rupture.opened.v1", service.rupture())
    until(lambda: len(service.arrived()) == 2)
    assert {alert.alert_id for alert in service.alerts() if alert.kind == alerting.ALERT_KIND_RISK} == {alert_id}
    assert [delivery.person_id for delivery in service.get(alert_id).deliveries] == ["ana"]


def test_a_rupture_is_told_escalated_and_acknowledged_by_the_link(service: Alerting, kafka: str) -> None:
    service.publish(kafka, RUPTURES, "attune.rupture.opened.v1", service.rupture())
    until(service.arrived)
    [mail] = until(lambda: service.arrived("smtp"))
    assert mail["to"] == ["carla@example.org"]
    link = re.search(r"http://\S+", mail["text"])
    assert link is not None
    assert httpx.get(link[0]).status_code == 200
    [alert] = service.alerts()
    assert alert.status == alerting.ALERT_STATUS_TRIGGERED
    assert httpx.post(link[0]).status_code == 200
    answer = service.get(alert.alert_id)
    assert (answer.alert.status, answer.alert.acknowledged_by) == (alerting.ALERT_STATUS_ACKNOWLEDGED, "carla")
    assert httpx.post(link[0]).status_code == 410
    assert [entry.what for entry in answer.timeline] == [
        "opened",
        "triggered",
        "planned",
        "delivered",
        "escalated",
        "planned",
        "delivered",
        "acknowledged",
    ]
    assert answer.rupture == service.rupture()
    told = [(delivery.person_id, delivery.channel, delivery.status) for delivery in answer.deliveries]
    assert told == [
        ("ana", api.CHANNEL_WEBHOOK, api.DELIVERY_STATUS_SENT),
        ("carla", api.CHANNEL_EMAIL, api.DELIVERY_STATUS_SENT),
    ]
    # What left says nothing of the client.
    leaving = json.dumps([mail["subject"], mail["text"], service.arrived()[0]["body"]])
    for word in ("episode-1", "client-1", "therapist-1", "rupture", "trust", service.site_id):
        assert word not in leaving


def test_every_change_of_status_is_on_the_topic(service: Alerting, kafka: str) -> None:
    alert_id = service.raise_flag()
    person = {"site_id": service.site_id, "alert_id": alert_id, "person_id": "ana"}
    service.call("AcknowledgeAlert", api.AcknowledgeAlertRequest(**person))
    service.call("CloseAlert", api.CloseAlertRequest(**person, reason="talked about it"))
    events = until(
        lambda: [e for e in _published(kafka) if e.alert_id == alert_id and e.status == 3] and _published(kafka)
    )
    mine = [event for event in events if event.alert_id == alert_id]
    assert [(event.status, event.revision) for event in mine] == [(1, 1), (2, 2), (3, 3)]
    # What a clinician wrote stays with alerting.
    assert mine[2].close_reason == ""


def test_a_webhook_that_fails_is_followed_by_mail_at_once_and_tried_again(service: Alerting) -> None:
    service.misbehave("webhook", "fail", 1)
    service.raise_flag()
    [mail] = until(lambda: service.arrived("smtp"), seconds=3)
    assert mail["to"] == ["ana@example.org"]
    until(service.arrived, seconds=5)


def test_a_webhook_that_hangs_does_not_hold_back_the_mail(service: Alerting) -> None:
    service.misbehave("webhook", "hang", 1)
    alert_id = service.raise_flag()
    until(lambda: [mail for mail in service.arrived("smtp") if mail["to"] == ["ana@example.org"]], seconds=10)
    [hook] = [d for d in service.get(alert_id).deliveries if d.channel == api.CHANNEL_WEBHOOK]
    assert hook.last_error.startswith("no answer within")


def test_a_text_message_is_answered_with_its_code_and_its_arrival_is_known(service: Alerting) -> None:
    service.misbehave("webhook", "fail", 1)
    service.misbehave("smtp", "fail", 2)
    alert_id = service.raise_flag()
    [sms] = until(lambda: service.arrived("sms"), seconds=20)
    assert (sms["to"], sms["authorization"]) == ("+447700900002", "Bearer token of the tests")
    code = re.search(r"answer (\d{6})", sms["text"])
    assert code is not None
    arrived = service.say("status", {"id": sms["id"], "seq": 1, "status": "delivered"})
    assert arrived == {"status": 200, "body": {"noted": True}}
    [text] = [d for d in service.get(alert_id).deliveries if d.channel == api.CHANNEL_SMS]
    assert text.status == api.DELIVERY_STATUS_DELIVERED
    assert service.say("reply", {"from": sms["to"], "text": code[1]})["body"] == {"outcome": "done"}
    assert service.get(alert_id).alert.acknowledged_by == "carla"


def test_killed_between_sending_and_saying_so_it_sends_at_most_once_more(service: Alerting) -> None:
    service.first.stop()
    service.first.with_environment(ATTUNE_FAULTS="after-send-before-mark")
    service.first.start()
    alert_id = service.raise_flag()
    until(lambda: not service.first.running)
    assert len(service.arrived()) == 1
    service.first.without_environment("ATTUNE_FAULTS")
    service.first.start()
    until(lambda: [d for d in service.get(alert_id).deliveries if d.status == api.DELIVERY_STATUS_SENT])
    pages = service.arrived()
    assert len(pages) == 2
    # The receiver knows the second for the first by its key, and both hold the same link.
    assert len({page["headers"]["attune-delivery"] for page in pages}) == 1
    assert len({page["body"]["link"] for page in pages}) == 1


def test_when_the_acting_instance_is_killed_another_takes_over(service: Alerting) -> None:
    second = service.service("two")
    second.start()
    try:
        alert_id = service.raise_flag()
        until(service.arrived)
        service.first.kill()
        killed = time.monotonic()
        [mail] = until(lambda: service.arrived("smtp"), seconds=15)
        assert mail["to"] == ["carla@example.org"]
        assert time.monotonic() - killed < 10
        assert len(service.arrived()) == 1
        service.first.start()
        assert len(service.get(alert_id).deliveries) == 2
    finally:
        second.stop()


def test_a_caller_without_the_scope_or_of_another_site_is_refused(service: Alerting, keys: Keys) -> None:
    alert_id = service.raise_flag()
    acknowledge = api.AcknowledgeAlertRequest(site_id=service.site_id, alert_id=alert_id, person_id="ana")
    with pytest.raises(grpc.RpcError) as error:
        service.call("AcknowledgeAlert", acknowledge, scopes=("read",))
    assert error.value.code() is grpc.StatusCode.PERMISSION_DENIED
    with pytest.raises(grpc.RpcError) as error:
        service.call("ListAlerts", api.ListAlertsRequest(site_id="elsewhere"))
    assert error.value.code() is grpc.StatusCode.PERMISSION_DENIED
    for request, code, field in (
        (api.GetAlertRequest(site_id=service.site_id, alert_id="none"), grpc.StatusCode.NOT_FOUND, "alert_id"),
        (api.GetAlertRequest(site_id=service.site_id), grpc.StatusCode.INVALID_ARGUMENT, "alert_id"),
    ):
        with pytest.raises(grpc.RpcError) as error:
            service.call("GetAlert", request)
        assert error.value.code() is code
        assert error.value.details().startswith(field)


def _published(bootstrap: str) -> list[Any]:
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, auto_offset_reset="earliest", enable_auto_commit=False)
    try:
        partitions = [TopicPartition(ALERTS, number) for number in consumer.partitions_for_topic(ALERTS) or ()]
        consumer.assign(partitions)
        ends = consumer.end_offsets(partitions)
        consumer.seek_to_beginning(*partitions)
        found: list[Any] = []
        while any(consumer.position(partition) < end for partition, end in ends.items()):
            for records in consumer.poll(timeout_ms=200).values():
                for record in records:
                    headers = [(name, bytes(value)) for name, value in record.headers]
                    registry = {"attune.alert.changed.v1": alerting.Alert}
                    found.append(decode(record.key, record.value, headers, registry).data)
        return found
    finally:
        consumer.close()
