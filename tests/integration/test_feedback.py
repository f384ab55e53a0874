"""Feedback as a process, on the real broker and database; intake and alerting are gRPC servers of the test."""

import json
import random
import time
import uuid
from collections.abc import Callable, Iterator
from concurrent import futures
from pathlib import Path
from typing import Any, TypeVar

import grpc
import httpx
import pymongo
import pytest
from attune.alerting.v1 import alerting_service_pb2 as alerting_api
from attune.alerting.v1 import alerting_service_pb2_grpc as alerting_grpc
from attune.clinic.v1 import feedback_events_pb2 as clinic
from attune.feedback.v1 import events_pb2 as feedback
from attune.feedback.v1 import feedback_service_pb2 as api
from attune.feedback.v1 import feedback_service_pb2_grpc as feedback_grpc
from attune.intake.v1 import intake_service_pb2 as intake_api
from attune.intake.v1 import intake_service_pb2_grpc as intake_grpc
from google.protobuf.message import Message
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from services.dev.environment import Keys, service_environment
from services.dev.forms import feedback_settings
from services.dev.process import ServiceProcess, free_port
from services.runtime.bus import DeadLetter, list_dead_letters

T = TypeVar("T")

SUBMITTED_AT = "2026-03-02T10:30:00Z"


def until(found: Callable[[], T], seconds: float = 30.0) -> T:
    """Ask until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while True:
        answer = found()
        if answer:
            return answer
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


class Peer:
    """A gRPC server that can go away and come back on its port."""

    def __init__(self) -> None:
        self.address = f"127.0.0.1:{free_port()}"
        self._server: grpc.Server | None = None

    def add_to(self, server: grpc.Server) -> None:
        raise NotImplementedError

    def start(self) -> None:
        self._server = grpc.server(futures.ThreadPoolExecutor(4), options=[("grpc.so_reuseport", 0)])
        self.add_to(self._server)
        assert self._server.add_insecure_port(self.address)
        self._server.start()

    def stop(self) -> None:
        if self._server is not None:
            self._server.stop(0).wait()
            self._server = None


class Alerting(Peer, alerting_grpc.AlertingServiceServicer):
    """Records what it is handed, and with which token."""

    def __init__(self) -> None:
        super().__init__()
        self.flags: list[feedback.RiskFlag] = []
        self.tokens: set[str] = set()

    def add_to(self, server: grpc.Server) -> None:
        alerting_grpc.add_AlertingServiceServicer_to_server(self, server)

    def RaiseRiskFlag(
        self, request: alerting_api.RaiseRiskFlagRequest, context: grpc.ServicerContext
    ) -> alerting_api.RaiseRiskFlagResponse:
        assert request.site_id == request.flag.site_id
        self.tokens.add(dict(context.invocation_metadata()).get("authorization", ""))
        self.flags.append(request.flag)
        return alerting_api.RaiseRiskFlagResponse(alert_id=request.flag.flag_id)

    def of(self, response_id: str) -> list[feedback.RiskFlag]:
        return [flag for flag in self.flags if flag.response_id == response_id]


class Intake(Peer, intake_grpc.IntakeServiceServicer):
    """Knows the sessions and clients that it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.episodes: dict[str, str] = {}
        self.clients: dict[str, list[str]] = {}

    def add_to(self, server: grpc.Server) -> None:
        intake_grpc.add_IntakeServiceServicer_to_server(self, server)

    def GetSession(
        self, request: intake_api.GetSessionRequest, context: grpc.ServicerContext
    ) -> intake_api.GetSessionResponse:
        if request.session_id not in self.episodes:
            context.abort(grpc.StatusCode.NOT_FOUND, "session_id: there is no such session at this site")
        answer = intake_api.GetSessionResponse()
        answer.session.episode_id = self.episodes[request.session_id]
        return answer

    def GetEpisode(
        self, request: intake_api.GetEpisodeRequest, context: grpc.ServicerContext
    ) -> intake_api.GetEpisodeResponse:
        if request.episode_id not in self.clients:
            context.abort(grpc.StatusCode.NOT_FOUND, "episode_id: there is no such episode at this site")
        answer = intake_api.GetEpisodeResponse()
        answer.episode.client_ids.extend(self.clients[request.episode_id])
        return answer


class Feedback:
    """The running service, its doors and its topics."""

    def __init__(self, process: ServiceProcess, bootstrap: str, database: Any, keys: Keys) -> None:
        self.process = process
        self.bootstrap = bootstrap
        self.database = database
        self._keys = keys
        self._tokens: dict[str, str] = {}
        self._channel = grpc.insecure_channel(process.grpc)
        self.stub: Any = feedback_grpc.FeedbackServiceStub(self._channel)
        self._producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")

    def token(self, site: str) -> str:
        if site not in self._tokens:
            self._tokens[site] = self._keys.token(f"clinic-{site}", [site], ["publish", "read"])
        return self._tokens[site]

    def submit(self, site: str, form: clinic.FeedbackSubmitted, token: str = "") -> api.SubmitResponseResponse:
        request = api.SubmitResponseRequest(site_id=site, event_id=str(uuid.uuid4()), response=form)
        request.occurred_at.FromJsonString(SUBMITTED_AT)
        answer: api.SubmitResponseResponse = self.call("SubmitResponse", request, site, token)
        return answer

    def call(self, method: str, request: Message, site: str, token: str = "") -> Any:
        metadata = [("authorization", f"Bearer {token or self.token(site)}")]
        return getattr(self.stub, method)(request, metadata=metadata, timeout=10, wait_for_ready=True)

    def get(self, site: str, response_id: str) -> feedback.Response | None:
        request = api.GetResponseRequest(site_id=site, response_id=response_id)
        try:
            response: feedback.Response = self.call("GetResponse", request, site).response
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            return None
        return response

    def publish(self, site: str, data: dict[str, Any]) -> None:
        """Publish as a clinic without protobuf does: a structured JSON event."""
        event = {
            "specversion": "1.0",
            "id": str(uuid.uuid4()),
            "source": f"/sites/{site}/practice-software",
            "type": "attune.feedback.submitted.v1",
            "subject": f"episodes/{data['episode_id']}",
            "time": SUBMITTED_AT,
            "data": data,
        }
        headers = [
            ("content-type", b"application/cloudevents+json"),
            ("authorization", f"Bearer {self.token(site)}".encode()),
        ]
        key, value = data["episode_id"].encode(), json.dumps(event).encode()
        self._producer.send("clinic.feedback-events.v1", value, key, headers).get(timeout=20)

    def published(self, topic: str, message: type[Message], site: str, count: int) -> list[Any]:
        """Wait for this many events of a site on a topic, and return all that are there then."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, auto_offset_reset="earliest", group_id=None)
        consumer.assign(
            [TopicPartition(topic, number) for number in sorted(consumer.partitions_for_topic(topic) or ())]
        )
        source = f"/sites/{site}/feedback".encode()
        found: list[Any] = []

        def poll() -> bool:
            for records in consumer.poll(timeout_ms=200).values():
                found.extend(
                    message.FromString(record.value)
                    for record in records
                    if dict(record.headers)["ce_source"] == source
                )
            return len(found) >= count

        try:
            until(poll)
            poll()
        finally:
            consumer.close()
        return found

    def dead_letters(self, site: str, count: int) -> list[DeadLetter]:
        def letters() -> list[DeadLetter]:
            source = f"/sites/{site}/".encode()
            found = [
                each for each in list_dead_letters(self.bootstrap, "feedback", 1000) if source in (each.value or b"")
            ]
            return found if len(found) >= count else []

        return until(letters)

    def flag(self, response_id: str) -> dict[str, Any] | None:
        found: dict[str, Any] | None = self.database.flags.find_one({"response_id": response_id})
        return found

    def close(self) -> None:
        self._channel.close()
        self._producer.close()


@pytest.fixture(scope="module")
def alerting() -> Iterator[Alerting]:
    peer = Alerting()
    peer.start()
    yield peer
    peer.stop()


@pytest.fixture(scope="module")
def intake() -> Iterator[Intake]:
    peer = Intake()
    peer.start()
    yield peer
    peer.stop()


@pytest.fixture(scope="module")
def service(
    topics_applied: str, mongo_uri: str, keys: Keys, alerting: Alerting, intake: Intake, tmp_path_factory: Any
) -> Iterator[Feedback]:
    prefix = f"t{uuid.uuid4().hex[:12]}"
    run_dir: Path = tmp_path_factory.mktemp("feedback")
    environment = service_environment(
        "feedback",
        bootstrap=topics_applied,
        mongo_uri=mongo_uri,
        keys=keys,
        database_prefix=prefix,
        peers={"intake": intake.address, "alerting": alerting.address},
        extra={
            "ATTUNE_FEEDBACK_INTAKE_REST_SECONDS": "0.2",
            "ATTUNE_FEEDBACK_HANDOFF_PAUSE_SECONDS": "1",
            **feedback_settings(run_dir, "http://127.0.0.1:1"),
        },
    )
    client: pymongo.MongoClient[dict[str, Any]] = pymongo.MongoClient(mongo_uri, timeoutMS=20_000)
    with ServiceProcess("feedback", environment, run_dir) as process:
        running = Feedback(process, topics_applied, client[f"{prefix}_feedback"], keys)
        yield running
        running.close()
    client.drop_database(f"{prefix}_feedback")
    client.close()


def form(response_id: str, values: dict[int, float], **changes: Any) -> clinic.FeedbackSubmitted:
    """A check-in with these answers."""
    said = clinic.FeedbackSubmitted(
        response_id=response_id,
        episode_id="ep-1",
        session_id="se-1",
        client_id="cl-1",
        instrument_id="attune-checkin",
        instrument_version="1",
        answers=[clinic.Answer(item=item, value=value) for item, value in values.items()],
        revision=1,
    )
    said.submitted_at.FromJsonString(SUBMITTED_AT)
    for name, value in changes.items():
        setattr(said, name, value)
    return said


def phq9(response_id: str, item_9: float, **changes: Any) -> clinic.FeedbackSubmitted:
    values = {**dict.fromkeys(range(1, 9), 0.0), 9: item_9}
    return form(response_id, values, instrument_id="phq9", **changes)


def as_json(said: clinic.FeedbackSubmitted) -> dict[str, Any]:
    return {
        "response_id": said.response_id,
        "episode_id": said.episode_id,
        "session_id": said.session_id,
        "client_id": said.client_id,
        "instrument_id": said.instrument_id,
        "instrument_version": said.instrument_version,
        "answers": [{"item": answer.item, "value": answer.value} for answer in said.answers],
        "submitted_at": SUBMITTED_AT,
        "revision": said.revision,
        "partial": said.partial,
    }


GOOD = dict.fromkeys(range(1, 9), 9.5)


def test_a_response_over_grpc_is_stored_and_published(service: Feedback, site_id: str) -> None:
    answer = service.submit(site_id, form("re-1", GOOD))
    assert answer.risk_flagged is False
    assert answer.response == service.get(site_id, "re-1")
    [published] = service.published("feedback.responses.v1", feedback.Response, site_id, 1)
    assert published == answer.response
    request = api.ListResponsesRequest(site_id=site_id, episode_id="ep-1")
    assert list(service.call("ListResponses", request, site_id).responses) == [answer.response]


def test_a_response_as_json_over_kafka_is_stored_and_published(service: Feedback, site_id: str) -> None:
    service.publish(site_id, as_json(form("re-1", {1: 9, 9: 1, 10: 0}, partial=True)))
    stored = until(lambda: service.get(site_id, "re-1"))
    assert stored.partial
    assert [(answer.item, answer.value) for answer in stored.answers] == [(1, 9), (9, 1), (10, 0)]
    assert service.published("feedback.responses.v1", feedback.Response, site_id, 1) == [stored]


def test_rubbish_becomes_a_dead_letter_that_names_the_field_and_neighbours_pass(
    service: Feedback, site_id: str
) -> None:
    service.publish(site_id, as_json(form("re-bad", {**GOOD, 4: 11})))
    service.publish(site_id, as_json(form("re-unknown", GOOD, instrument_id="home-made")))
    service.publish(site_id, as_json(form("re-good", GOOD)))
    until(lambda: service.get(site_id, "re-good"))
    letters = {letter.field: letter for letter in service.dead_letters(site_id, 2)}
    assert set(letters) == {"data.answers[3].value", "data.instrument_id"}
    assert letters["data.answers[3].value"].reason == "11 is above the maximum 10"
    assert "attune-checkin, srs, " in letters["data.instrument_id"].advice
    assert service.get(site_id, "re-bad") is None


def test_errors_over_grpc_name_the_field(service: Feedback, site_id: str) -> None:
    with pytest.raises(grpc.RpcError) as caught:
        service.submit(site_id, form("re-1", {**GOOD, 4: 11}))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details() == "data.answers[3].value: 11 is above the maximum 10. answer between 0 and 10"
    service.submit(site_id, form("re-1", GOOD))
    with pytest.raises(grpc.RpcError) as caught:
        service.submit(site_id, form("re-1", {1: 1}))
    assert caught.value.code() is grpc.StatusCode.FAILED_PRECONDITION
    assert caught.value.details().startswith("data.revision: ")
    with pytest.raises(grpc.RpcError) as caught:
        service.submit("another-site", form("re-1", GOOD), token=service.token(site_id))
    assert caught.value.code() is grpc.StatusCode.PERMISSION_DENIED


@pytest.mark.parametrize("door", ["grpc", "kafka"])
def test_phq9_total_of_one_with_item_nine_pages_at_once(
    service: Feedback, alerting: Alerting, site_id: str, door: str
) -> None:
    response_id = f"re-{uuid.uuid4().hex[:8]}"
    if door == "grpc":
        assert service.submit(site_id, phq9(response_id, 1)).risk_flagged is True
    else:
        service.publish(site_id, as_json(phq9(response_id, 1)))
    [handed] = until(lambda: alerting.of(response_id))
    [published] = service.published("feedback.risk-flags.v1", feedback.RiskFlag, site_id, 1)
    assert handed == published
    assert list(handed.items) == [9]
    until(lambda: "handoff" not in (service.flag(response_id) or {"handoff": True}))
    assert all(token.startswith("Bearer ey") for token in alerting.tokens)


def test_phq9_total_of_twenty_four_without_item_nine_does_not_page(
    service: Feedback, alerting: Alerting, site_id: str
) -> None:
    values = {**dict.fromkeys(range(1, 9), 3.0), 9: 0.0}
    assert service.submit(site_id, form("re-1", values, instrument_id="phq9")).risk_flagged is False
    assert service.database.flags.find_one({"site_id": site_id}) is None


def test_a_mix_up_that_intake_knows_is_refused_and_its_risk_pages(
    service: Feedback, alerting: Alerting, intake: Intake, site_id: str
) -> None:
    session, episode, response = (f"{name}-{uuid.uuid4().hex[:8]}" for name in ("se", "ep", "re"))
    intake.episodes[session] = "another-episode"
    with pytest.raises(grpc.RpcError) as caught:
        service.submit(site_id, phq9(response, 1, session_id=session, episode_id=episode))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert caught.value.details().startswith("data.session_id: the session belongs to another episode")
    until(lambda: alerting.of(response))
    assert service.get(site_id, response) is None
    intake.episodes[session] = episode
    intake.clients[episode] = ["somebody-else"]
    with pytest.raises(grpc.RpcError) as caught:
        service.submit(site_id, phq9(response, 1, session_id=session, episode_id=episode))
    assert caught.value.details().startswith("data.client_id: is none of the episode's clients")
    intake.clients[episode].append("cl-1")
    service.submit(site_id, phq9(response, 1, session_id=session, episode_id=episode))
    assert len({flag.flag_id for flag in alerting.of(response)}) == 1


def test_with_intake_away_responses_are_accepted_soon(service: Feedback, intake: Intake, site_id: str) -> None:
    intake.stop()
    try:
        started = time.monotonic()
        service.submit(site_id, form("re-1", GOOD))
        assert time.monotonic() - started < 4.0
        assert service.get(site_id, "re-1") is not None
    finally:
        intake.start()


def test_a_flag_that_alerting_missed_is_handed_over_after_kill_and_restart(
    service: Feedback, alerting: Alerting, site_id: str
) -> None:
    response_id = f"re-{uuid.uuid4().hex[:8]}"
    alerting.stop()
    try:
        started = time.monotonic()
        assert service.submit(site_id, phq9(response_id, 1)).risk_flagged is True
        assert time.monotonic() - started < 2.0  # nobody waits for alerting
        assert (service.flag(response_id) or {})["handoff"] is True
        service.process.kill()
    finally:
        alerting.start()
    service.process.start()
    [handed] = until(lambda: alerting.of(response_id))
    until(lambda: "handoff" not in (service.flag(response_id) or {"handoff": True}))
    [published] = service.published("feedback.risk-flags.v1", feedback.RiskFlag, site_id, 1)
    assert handed == published
    assert service.get(site_id, response_id) is not None


def test_repeated_and_shuffled_over_both_doors_ends_in_the_same_documents(service: Feedback, site_id: str) -> None:
    other = f"{site_id}-again"
    forms = [
        phq9(f"re-{number}", number % 2, episode_id=f"ep-{number % 3}", revision=revision)
        for number in range(6)
        for revision in (1, 2, 3)
    ]
    for each in forms:
        service.submit(site_id, each)
    shuffled = forms * 3
    random.Random(7).shuffle(shuffled)
    for index, each in enumerate(shuffled):
        if index % 2:
            service.publish(other, as_json(each))
        else:
            service.submit(other, each)

    def documents(site: str) -> list[dict[str, Any]]:
        """All settled documents of a site, without what names the site."""
        found = []
        for collection in (service.database.responses, service.database.flags):
            for document in collection.find({"site_id": site}):
                if "pending" in document or "handoff" in document:
                    return []
                named = {"_id", "site_id", "flag_id"}
                found.append({name: value for name, value in document.items() if name not in named})
        return sorted(found, key=repr)

    once = until(lambda: documents(site_id))
    assert len(once) == 6 + 9
    until(lambda: documents(other) == once)


def test_the_catalogue_is_told_over_grpc_and_http(service: Feedback, site_id: str) -> None:
    told = service.call("ListInstruments", api.ListInstrumentsRequest(site_id=site_id), site_id).instruments
    by_id = {each.instrument_id: each for each in told}
    assert list(by_id["phq9"].risk_items) == [9]
    assert by_id["phq9"].validated
    assert not by_id["attune-checkin"].validated
    shown = httpx.get(f"{service.process.http}/instruments").json()["instruments"]
    assert [each["instrument_id"] for each in shown] == [each.instrument_id for each in told]
    assert httpx.get(f"{service.process.http}/health/ready").status_code == 200
    assert "attune_feedback_risk_handoffs_total" in httpx.get(f"{service.process.http}/metrics").text


def test_it_stops_cleanly_when_asked(service: Feedback) -> None:
    assert service.process.stop() == 0
    service.process.start()
