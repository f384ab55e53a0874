"""Requests for feedback on the real broker and database: caused by intake and by gRPC, told on the topic."""

import time
import uuid
from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import grpc
import pytest
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.feedback.v1 import events_pb2 as feedback
from attune.feedback.v1 import feedback_service_pb2 as api
from attune.feedback.v1 import feedback_service_pb2_grpc as feedback_grpc
from attune.intake.v1 import events_pb2 as intake
from google.protobuf.message import Message
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from services.dev.environment import Keys, service_environment
from services.dev.forms import feedback_settings
from services.dev.process import ServiceProcess
from services.feedback import store
from services.feedback.domain.requests import GRACE, Care, Session, State, Visibility
from services.feedback.languages import known_languages
from services.feedback.links import Links
from services.feedback.requests import Requests
from services.feedback.sites import load
from services.runtime import events
from services.runtime.clock import ManualClock
from services.runtime.metrics import Metrics
from services.runtime.store import Store
from tests.support.runtime import settings_on

T = TypeVar("T")
SITE = "asking"


def until(found: Callable[[], T], seconds: float = 30.0) -> T:
    deadline = time.monotonic() + seconds
    while True:
        answer = found()
        if answer:
            return answer
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


@dataclass
class Asked:
    """The running service and what a test needs to talk to it."""

    process: ServiceProcess
    bootstrap: str
    keys: Keys

    def call(self, method: str, request: Message, scopes: tuple[str, ...] = ("publish", "read")) -> Any:
        token = self.keys.token("clinic", [SITE], scopes)
        with grpc.insecure_channel(self.process.grpc) as channel:
            stub = feedback_grpc.FeedbackServiceStub(channel)
            return getattr(stub, method)(
                request, metadata=[("authorization", f"Bearer {token}")], timeout=10, wait_for_ready=True
            )

    def publish(self, topic: str, type_: str, data: Any) -> None:
        event = events.make(
            site_id=SITE,
            service="intake",
            type=type_,
            key=data.episode_id,
            subject=f"episodes/{data.episode_id}",
            cause=str(uuid.uuid4()),
            revision=1,
            time=datetime.now(UTC),
            data=data,
        )
        key, value, headers = events.encode(event)
        producer = KafkaProducer(bootstrap_servers=self.bootstrap, acks="all")
        producer.send(topic, value, key, headers).get(timeout=20)
        producer.close()

    def episode(self, episode_id: str, revision: int = 1, monitoring: bool = True) -> None:
        data = intake.Episode(site_id=SITE, episode_id=episode_id, client_ids=["cl-1"], revision=revision)
        data.consent.monitoring = monitoring
        data.consent.visibility = clinic.VISIBILITY_THERAPIST_ONLY
        self.publish("intake.episodes.v1", "attune.episode.changed.v1", data)

    def session(self, episode_id: str, session_id: str) -> None:
        data = intake.Session(site_id=SITE, episode_id=episode_id, session_id=session_id, revision=1)
        data.status = clinic.SESSION_STATUS_HELD
        data.scheduled_at.FromDatetime(datetime.now(UTC) - timedelta(hours=1))
        self.publish("intake.sessions.v1", "attune.session.changed.v1", data)

    def requests(self, episode_id: str) -> list[feedback.FeedbackRequest]:
        answer = self.call("ListRequests", api.ListRequestsRequest(site_id=SITE, episode_id=episode_id))
        return list(answer.requests)

    def told(self, episode_id: str, count: int) -> list[str]:
        """Wait for this many events of an episode on feedback.requests.v1, and return their types."""
        consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, auto_offset_reset="earliest", group_id=None)
        topic = "feedback.requests.v1"
        consumer.assign([TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()])
        found: list[str] = []

        def poll() -> bool:
            for records in consumer.poll(timeout_ms=200).values():
                found.extend(
                    dict(record.headers)["ce_type"].decode() for record in records if record.key == episode_id.encode()
                )
            return len(found) >= count

        try:
            until(poll)
        finally:
            consumer.close()
        return [each.split(".")[2] for each in found]


@pytest.fixture(scope="module")
def service(
    topics_applied: str, mongo_uri: str, keys: Keys, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Asked]:
    folder = tmp_path_factory.mktemp("asking")
    environment = service_environment(
        "feedback",
        bootstrap=topics_applied,
        mongo_uri=mongo_uri,
        keys=keys,
        database_prefix=f"t{uuid.uuid4().hex[:12]}",
        extra={"ATTUNE_PEER_ALERTING": "127.0.0.1:9", **feedback_settings(folder, "https://forms.invalid", [SITE])},
    )
    with ServiceProcess("feedback", environment, folder) as process:
        yield Asked(process, topics_applied, keys)


def test_a_session_asks_and_consent_taken_back_withdraws(service: Asked) -> None:
    episode = f"ep-{uuid.uuid4().hex[:8]}"
    service.session(episode, "se-1")  # before its episode
    service.episode(episode)
    (request,) = until(lambda: service.requests(episode))
    assert (request.session_id, request.client_id, request.state) == ("se-1", "cl-1", feedback.REQUEST_STATE_ISSUED)
    service.episode(episode, revision=2, monitoring=False)
    assert service.told(episode, 2) == ["issued", "withdrawn"]
    until(lambda: service.requests(episode)[0].state == feedback.REQUEST_STATE_WITHDRAWN)


def test_the_clinic_gets_the_link_and_its_own_answer_ends_the_request(service: Asked) -> None:
    episode, session = f"ep-{uuid.uuid4().hex[:8]}", f"se-{uuid.uuid4().hex[:8]}"
    service.episode(episode)
    ask = api.IssueRequestRequest(site_id=SITE, episode_id=episode, session_id=session, language="es")

    def issued() -> api.IssueRequestResponse | None:
        try:
            answer: api.IssueRequestResponse = service.call("IssueRequest", ask)
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:  # the episode has not arrived yet
                raise
            return None
        return answer

    first = until(issued)
    assert first.link.startswith("https://forms.invalid/f/")
    assert service.call("IssueRequest", ask) == first
    with pytest.raises(grpc.RpcError) as refused:
        service.call("IssueRequest", ask, scopes=("read",))
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED

    response = api.SubmitResponseRequest(site_id=SITE)
    form = response.response
    form.response_id, form.episode_id, form.session_id, form.client_id = "re-1", episode, session, "cl-1"
    form.instrument_id, form.instrument_version, form.revision = "attune-checkin", "1", 1
    form.answers.add(item=1, value=7.5)
    form.submitted_at.GetCurrentTime()
    service.call("SubmitResponse", response)
    (request,) = service.requests(episode)
    assert (request.state, request.language) == (feedback.REQUEST_STATE_ANSWERED, "es")
    assert service.call("IssueRequest", ask).link == ""
    log = service.process.log_file.read_text()
    assert first.link.rpartition("/")[2] not in log


@pytest.fixture
async def on_mongo(
    mongo_uri: str, mongo_prefix: str, keys: Keys, tmp_path: Path
) -> AsyncIterator[tuple[Requests, ManualClock, Store]]:
    settings = settings_on(mongo_uri, mongo_prefix, keys)
    opened = await Store.open(settings, "feedback")
    clock = ManualClock(datetime.now(UTC))
    feedback_settings(tmp_path, "https://forms.invalid", [SITE])
    sites = load(tmp_path / "feedback.yaml", known_languages())
    links = Links("https://forms.invalid", b"k" * 32)
    askings, responses = store.askings(opened), store.responses(opened)
    await opened.ensure_indexes()
    yield Requests(askings, responses, sites, links, clock, Metrics("feedback")), clock, opened
    await opened.close()


async def test_links_and_silences_are_found_by_their_indexes(
    on_mongo: tuple[Requests, ManualClock, Store],
) -> None:
    requests, clock, _ = on_mongo
    links = Links("https://forms.invalid", b"k" * 32)
    for number in range(3):
        care = Care(1, monitoring=True, visibility=Visibility.HELD, client_ids=("cl-1", "cl-2"))
        await requests.take_care(SITE, f"ep-{number}", care)
        await requests.take_session(SITE, f"ep-{number}", Session("se-1", 1, held=True, scheduled_at=clock.now()))
    first, second = await requests.list(SITE, "ep-1")
    for request in (first, second):
        opened = await requests.open(links.token(request.request_id))
        assert (opened.asking.episode_id, opened.request) == ("ep-1", request)
    clock.advance(timedelta(days=3) + GRACE)
    assert await requests.expire(2) == 2
    assert await requests.expire(2) == 1
    assert await requests.expire(2) == 0
    assert {each.state for each in await requests.list(SITE, "ep-2")} == {State.EXPIRED}
