"""Intake as a process, on the real broker and database, as clinics meet it: Kafka in every format, and gRPC."""

import json
import time
import uuid
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar

import grpc
import httpx
import pymongo
import pytest
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.intake.v1 import events_pb2 as intake
from attune.intake.v1 import intake_service_pb2 as api
from attune.intake.v1 import intake_service_pb2_grpc as grpc_api
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from services.dev.environment import Keys, service_environment
from services.dev.process import ServiceProcess
from services.runtime.bus import DeadLetter, list_dead_letters

T = TypeVar("T")

TOPIC = "clinic.session-events.v1"
PARK_SECONDS = 3
NOW = datetime.now(UTC).replace(microsecond=0)
TYPES: dict[type[Message], str] = {
    clinic.EpisodeOpened: "attune.episode.opened.v1",
    clinic.EpisodeUpdated: "attune.episode.updated.v1",
    clinic.EpisodeClosed: "attune.episode.closed.v1",
    clinic.SessionRecorded: "attune.session.recorded.v1",
}


def until(found: Callable[[], T], seconds: float = 30.0) -> T:
    """Ask until the answer is true, and return it."""
    deadline = time.monotonic() + seconds
    while True:
        answer = found()
        if answer:
            return answer
        assert time.monotonic() < deadline, "it did not happen in time"
        time.sleep(0.05)


def opened(episode_id: str, **fields: Any) -> clinic.EpisodeOpened:
    values: dict[str, Any] = {
        "client_ids": ["cl-1"],
        "therapist_id": "th-1",
        "opened_at": NOW - timedelta(days=30),
        "modality": clinic.MODALITY_INDIVIDUAL,
    }
    return clinic.EpisodeOpened(episode_id=episode_id, **{**values, **fields})


def recorded(episode_id: str, session_id: str, **fields: Any) -> clinic.SessionRecorded:
    values: dict[str, Any] = {"scheduled_at": NOW - timedelta(days=7), "status": clinic.SESSION_STATUS_HELD}
    return clinic.SessionRecorded(episode_id=episode_id, session_id=session_id, **{**values, **fields})


class Clinic:
    """An outside system of one site."""

    def __init__(self, site_id: str, bootstrap: str, token: str, stub: grpc_api.IntakeServiceStub) -> None:
        self.site_id, self.token, self._stub = site_id, token, stub
        self._producer = KafkaProducer(bootstrap_servers=bootstrap, acks="all")
        self.metadata = [("authorization", f"Bearer {token}")]

    def close(self) -> None:
        self._producer.close()

    def send(self, key: str, value: bytes, headers: dict[str, str], token: str | None = None) -> tuple[str, int, int]:
        """Publish a record; return where the broker put it."""
        all_headers = {**headers, "authorization": f"Bearer {self.token if token is None else token}"}
        wire = [(name, text.encode()) for name, text in all_headers.items()]
        placed = self._producer.send(TOPIC, value, key.encode(), wire).get(timeout=20)
        return placed.topic, placed.partition, placed.offset

    def attributes(self, message: Message, id: str, at: datetime = NOW) -> dict[str, str]:
        return {
            "specversion": "1.0",
            "id": id,
            "source": f"/sites/{self.site_id}/ehr",
            "type": TYPES[type(message)],
            "subject": f"episodes/{message.episode_id}",  # type: ignore[attr-defined]
            "time": at.isoformat(),
        }

    def headers(self, message: Message, id: str, content_type: str, at: datetime = NOW) -> dict[str, str]:
        attributes = {f"ce_{name}": text for name, text in self.attributes(message, id, at).items()}
        return {**attributes, "content-type": content_type}

    def protobuf(self, message: Any, id: str, at: datetime = NOW) -> tuple[str, int, int]:
        headers = self.headers(message, id, "application/protobuf", at)
        return self.send(message.episode_id, message.SerializeToString(), headers)

    def json(self, message: Any, id: str, *, snake_case: bool) -> tuple[str, int, int]:
        value = json.dumps(MessageToDict(message, preserving_proto_field_name=snake_case)).encode()
        return self.send(message.episode_id, value, self.headers(message, id, "application/json"))

    def structured(self, message: Any, id: str) -> tuple[str, int, int]:
        envelope = {**self.attributes(message, id), "data": MessageToDict(message, preserving_proto_field_name=True)}
        headers = {"content-type": "application/cloudevents+json; charset=utf-8"}
        return self.send(message.episode_id, json.dumps(envelope).encode(), headers)

    def call(self, method: str, **fields: Any) -> Any:
        request = getattr(api, f"{method}Request")(**{"site_id": self.site_id, **fields})
        return getattr(self._stub, method)(request, metadata=self.metadata, timeout=10)

    def refused(self, method: str, **fields: Any) -> tuple[grpc.StatusCode, str]:
        with pytest.raises(grpc.RpcError) as error:
            self.call(method, **fields)
        return error.value.code(), error.value.details()

    def episode(self, episode_id: str) -> intake.Episode | None:
        try:
            return self.call("GetEpisode", episode_id=episode_id).episode  # type: ignore[no-any-return]
        except grpc.RpcError as error:
            if error.code() is not grpc.StatusCode.NOT_FOUND:
                raise
            return None

    def sessions(self, episode_id: str) -> list[intake.Session]:
        return list(self.call("ListSessions", episode_id=episode_id).sessions)


@pytest.fixture(scope="module")
def database(mongo_uri: str) -> Iterator[str]:
    prefix = f"t{uuid.uuid4().hex[:12]}"
    yield prefix
    with pymongo.MongoClient(mongo_uri, timeoutMS=20_000) as client:  # type: pymongo.MongoClient[dict[str, object]]
        client.drop_database(f"{prefix}_intake")


@pytest.fixture(scope="module")
def service(topics_applied: str, mongo_uri: str, database: str, keys: Keys, run_dir: Path) -> Iterator[ServiceProcess]:
    environment = service_environment(
        "intake",
        bootstrap=topics_applied,
        mongo_uri=mongo_uri,
        keys=keys,
        database_prefix=database,
        extra={"ATTUNE_INTAKE_PARK_SECONDS": str(PARK_SECONDS), "ATTUNE_INTAKE_SWEEP_SECONDS": "0.2"},
    )
    process = ServiceProcess("intake", environment, run_dir / f"intake-{database}")
    with process:
        yield process
    assert process.exit_code == 0, process.log_file.read_text()[-4000:]


@pytest.fixture(scope="module")
def stub(service: ServiceProcess) -> Iterator[grpc_api.IntakeServiceStub]:
    with grpc.insecure_channel(service.grpc) as channel:
        yield grpc_api.IntakeServiceStub(channel)


@pytest.fixture
def here(site_id: str, topics_applied: str, keys: Keys, stub: grpc_api.IntakeServiceStub) -> Iterator[Clinic]:
    made = Clinic(site_id, topics_applied, keys.token("clinic", [site_id], ["publish", "read"]), stub)
    yield made
    made.close()


@pytest.fixture
def documents(mongo_uri: str, database: str) -> Iterator[Any]:
    with pymongo.MongoClient(mongo_uri, timeoutMS=20_000) as client:  # type: pymongo.MongoClient[dict[str, object]]
        yield client[f"{database}_intake"]


def published(bootstrap: str, topic: str, site_id: str, kind: type[Message]) -> list[tuple[Any, dict[str, str], bytes]]:
    """What is on a topic now from a site: message, headers, key."""
    consumer = KafkaConsumer(bootstrap_servers=bootstrap, enable_auto_commit=False)
    try:
        partitions = [TopicPartition(topic, number) for number in consumer.partitions_for_topic(topic) or ()]
        ends = consumer.end_offsets(partitions)
        consumer.assign(partitions)
        consumer.seek_to_beginning(*partitions)
        found = []
        while any(consumer.position(at) < ends[at] for at in partitions):
            for records in consumer.poll(timeout_ms=500).values():
                for record in records:
                    headers = {name: data.decode() for name, data in record.headers}
                    if headers["ce_source"] == f"/sites/{site_id}/intake":
                        found.append((kind.FromString(record.value), headers, record.key))
        return found
    finally:
        consumer.close()


def dead_letter(bootstrap: str, place: tuple[str, int, int], seconds: float = 30.0) -> DeadLetter:
    """The dead letter of the record at a place, once it is there."""

    def found() -> list[DeadLetter]:
        letters = list_dead_letters(bootstrap, "intake", limit=1000)
        return [each for each in letters if (each.topic, each.partition, each.offset) == place]

    (letter,) = until(found, seconds)
    return letter


AGREEMENT = clinic.Agreement(
    goals=["sleep through the night"],
    expectations=["weekly"],
    preferences=["no mornings"],
    barriers=[clinic.BARRIER_CULTURE],
    communication_style=clinic.COMMUNICATION_STYLE_INDIRECT,
    route_ruptures_past_therapist=True,
)


def test_every_wire_format_and_grpc_reach_the_same_handlers(here: Clinic, kafka: str, documents: Any) -> None:
    here.protobuf(opened("ep-1", agreement=AGREEMENT), "e1", at=NOW - timedelta(hours=3))
    here.json(recorded("ep-1", "se-1", late_minutes=5), "e2", snake_case=True)
    here.json(recorded("ep-1", "se-2", scheduled_at=NOW - timedelta(days=14)), "e3", snake_case=False)
    here.structured(recorded("ep-1", "se-3", status=clinic.SESSION_STATUS_NO_SHOW), "e4")
    until(lambda: here.episode("ep-1"))
    until(lambda: len(here.sessions("ep-1")) == 3)
    here.call(
        "UpdateEpisode",
        event_id="e5",
        occurred_at=NOW,
        episode=clinic.EpisodeUpdated(episode_id="ep-1", therapist_id="th-2"),
    )
    closing = {
        "event_id": "e6",
        "occurred_at": NOW,
        "episode": clinic.EpisodeClosed(episode_id="ep-1", closed_at=NOW, reason=clinic.CLOSE_REASON_COMPLETED),
    }
    answer = here.call("CloseEpisode", **closing).episode
    assert here.call("CloseEpisode", **closing).episode == answer, "a repeat answers the same"

    assert answer == here.episode("ep-1")
    assert (answer.therapist_id, answer.status, answer.revision) == ("th-2", intake.EPISODE_STATUS_CLOSED, 3)
    assert answer.agreement == AGREEMENT
    assert [session.session_id for session in here.sessions("ep-1")] == ["se-2", "se-1", "se-3"]
    assert here.call("GetSession", session_id="se-1").session.late_minutes == 5

    document = documents.episodes.find_one({"_id": f"{here.site_id}/ep-1"})
    assert [report["event_id"] for report in document["reports"]] == ["e1", "e5", "e6"]
    assert document["version"] == 3

    until(lambda: len(published(kafka, "intake.episodes.v1", here.site_id, intake.Episode)) == 3)
    until(lambda: len(published(kafka, "intake.sessions.v1", here.site_id, intake.Session)) == 3)
    states = published(kafka, "intake.episodes.v1", here.site_id, intake.Episode)
    assert [state.revision for state, _, _ in states] == [1, 2, 3]
    last, headers, key = states[-1]
    assert (key, headers["ce_type"], headers["ce_subject"]) == (b"ep-1", "attune.episode.changed.v1", "episodes/ep-1")
    assert last.status == intake.EPISODE_STATUS_CLOSED
    assert last.agreement == clinic.Agreement(
        barriers=AGREEMENT.barriers,
        communication_style=AGREEMENT.communication_style,
        route_ruptures_past_therapist=True,
    ), "texts stay in intake"


WRONG: dict[str, tuple[str, Callable[[Clinic], tuple[str, int, int]]]] = {
    "truncated protobuf": (
        "data",
        lambda here: here.send(
            "ep-w",
            opened("ep-w").SerializeToString()[:-3],
            here.headers(opened("ep-w"), "w1", "application/protobuf"),
        ),
    ),
    "unknown type": (
        "ce_type",
        lambda here: here.send(
            "ep-w",
            b"{}",
            {**here.headers(opened("ep-w"), "w2", "application/json"), "ce_type": "attune.invoice.paid.v1"},
        ),
    ),
    "future schema": (
        "ce_type",
        lambda here: here.send(
            "ep-w",
            b"{}",
            {**here.headers(opened("ep-w"), "w3", "application/json"), "ce_type": "attune.episode.opened.v2"},
        ),
    ),
    "future enum": ("data.modality", lambda here: here.protobuf(opened("ep-w", modality=77), "w4")),
    "missing field": ("data.session_id", lambda here: here.protobuf(recorded("ep-w", ""), "w5")),
    "unknown field": (
        "data.mood",
        lambda here: here.send(
            "ep-w", b'{"episode_id": "ep-w", "mood": 1}', here.headers(opened("ep-w"), "w6", "application/json")
        ),
    ),
    "out of range": ("data.late_minutes", lambda here: here.protobuf(recorded("ep-w", "s", late_minutes=601), "w7")),
    "not UTF-8": (
        "data",
        lambda here: here.send("ep-w", b"\xff\xfe{}", here.headers(opened("ep-w"), "w8", "application/json")),
    ),
    "too large": ("value", lambda here: here.protobuf(opened("ep-w", therapist_id="x" * 100_000), "w9")),
    "no token": (
        "authorization",
        lambda here: here.send(
            "ep-w",
            opened("ep-w").SerializeToString(),
            here.headers(opened("ep-w"), "w10", "application/protobuf"),
            token="",
        ),
    ),
    "another site": (
        "source",
        lambda here: here.send(
            "ep-w",
            opened("ep-w").SerializeToString(),
            {**here.headers(opened("ep-w"), "w11", "application/protobuf"), "ce_source": "/sites/elsewhere/ehr"},
        ),
    ),
}


def test_bad_input_becomes_a_dead_letter_that_names_the_field_and_the_neighbours_pass(here: Clinic, kafka: str) -> None:
    places = {}
    for number, (name, (_, send)) in enumerate(WRONG.items()):
        places[name] = send(here)
        here.protobuf(opened(f"ep-{number}"), f"e{number}")
    for number in range(len(WRONG)):
        until(lambda number=number: here.episode(f"ep-{number}"))  # type: ignore[misc]
    for name, (field, _) in WRONG.items():
        letter = dead_letter(kafka, places[name])
        assert letter.field == field, (name, letter.field, letter.reason)
        assert letter.reason, name
        assert letter.advice, name
        assert not [header for header, _ in letter.headers if header.lower() == "authorization"]
    assert here.episode("ep-w") is None


def test_the_same_event_with_other_content_is_a_dead_letter(here: Clinic, kafka: str) -> None:
    here.protobuf(opened("ep-1"), "e1")
    here.protobuf(opened("ep-1"), "e1")
    place = here.protobuf(opened("ep-1", therapist_id="th-9"), "e1")
    assert dead_letter(kafka, place).field == "event_id"
    episode = here.episode("ep-1")
    assert episode is not None
    assert (episode.therapist_id, episode.revision) == ("th-1", 1)


def test_a_session_waits_for_its_episode(here: Clinic, documents: Any) -> None:
    here.structured(recorded("ep-1", "se-1"), "e1")
    until(lambda: documents.parked.find_one({"episode": f"{here.site_id}/ep-1"}))
    parked = documents.parked.find_one({"episode": f"{here.site_id}/ep-1"})
    assert "authorization" not in [name.lower() for name, _ in parked["record"]["headers"]], "a secret is never kept"
    assert here.refused("GetSession", session_id="se-1")[0] is grpc.StatusCode.NOT_FOUND
    # It is opened at the other door.
    here.call("OpenEpisode", event_id="e2", occurred_at=NOW, episode=opened("ep-1"))
    assert [session.session_id for session in here.sessions("ep-1")] == ["se-1"]
    assert documents.parked.find_one({"episode": f"{here.site_id}/ep-1"}) is None


def test_a_session_whose_episode_never_opens_is_a_dead_letter_with_its_original_bytes(here: Clinic, kafka: str) -> None:
    place = here.structured(recorded("ep-1", "se-1"), "e1")
    letter = dead_letter(kafka, place)
    assert (letter.field, letter.advice) == ("data.episode_id", "Send attune.episode.opened.v1 first.")
    assert letter.door == "ingress"
    assert letter.value is not None
    assert json.loads(letter.value)["id"] == "e1"


def test_the_sweeper_applies_what_an_opening_left_behind(
    here: Clinic, documents: Any, service: ServiceProcess, mongo_uri: str
) -> None:
    here.protobuf(recorded("ep-1", "se-1"), "e1")
    until(lambda: documents.parked.find_one({"episode": f"{here.site_id}/ep-1"}))
    # The document of an opening whose process died before it looked at what waits.
    here.call("OpenEpisode", event_id="e2", occurred_at=NOW, episode=opened("ep-2"))
    document = documents.episodes.find_one({"_id": f"{here.site_id}/ep-2"}, {"outbox": 0, "pending": 0})
    documents.episodes.insert_one({**document, "_id": f"{here.site_id}/ep-1", "episode_id": "ep-1"})
    until(lambda: here.sessions("ep-1"))
    until(lambda: documents.parked.find_one({"episode": f"{here.site_id}/ep-1"}) is None)


def test_grpc_refuses_with_the_field_and_the_advice(here: Clinic) -> None:
    code, details = here.refused("RecordSession", event_id="e1", occurred_at=NOW, session=recorded("ep-1", "se-1"))
    assert code is grpc.StatusCode.NOT_FOUND
    assert details.startswith("data.episode_id: ")
    assert "attune.episode.opened.v1" in details

    cases: list[tuple[str, dict[str, Any]]] = [
        ("occurred_at", {"event_id": "e1", "episode": opened("ep-1")}),
        ("event_id", {"occurred_at": NOW, "episode": opened("ep-1")}),
        ("episode", {"event_id": "e1", "occurred_at": NOW}),
        ("data.client_ids", {"event_id": "e1", "occurred_at": NOW, "episode": opened("ep-1", client_ids=[])}),
    ]
    for field, fields in cases:
        code, details = here.refused("OpenEpisode", **fields)
        assert code is grpc.StatusCode.INVALID_ARGUMENT
        assert details.startswith(f"{field}: "), details

    here.call("OpenEpisode", event_id="e1", occurred_at=NOW, episode=opened("ep-1"))
    code, details = here.refused(
        "OpenEpisode", event_id="e1", occurred_at=NOW, episode=opened("ep-1", therapist_id="th-9")
    )
    assert (code, details.partition(":")[0]) == (grpc.StatusCode.FAILED_PRECONDITION, "event_id")
    assert here.refused("GetEpisode", site_id="elsewhere", episode_id="ep-1")[0] is grpc.StatusCode.PERMISSION_DENIED
    assert here.refused("GetEpisode", episode_id="ep 1")[0] is grpc.StatusCode.INVALID_ARGUMENT
    assert here.refused("ListEpisodes", page_size=501)[1].startswith("page_size: ")
    assert here.refused("ListSessions", episode_id="ep-9")[0] is grpc.StatusCode.NOT_FOUND


def test_episodes_are_listed_page_by_page(here: Clinic) -> None:
    names = [f"ep-{number:02d}" for number in range(7)]
    for name in reversed(names):
        here.call("OpenEpisode", event_id=name, occurred_at=NOW, episode=opened(name))
    seen: list[str] = []
    token = ""
    while True:
        page = here.call("ListEpisodes", page_size=3, page_token=token)
        assert len(page.episodes) <= 3
        seen += [episode.episode_id for episode in page.episodes]
        token = page.next_page_token
        if not token:
            break
    assert seen == names


def test_a_page_of_large_episodes_ends_before_a_message_is_too_large(here: Clinic) -> None:
    full = clinic.Agreement(**{field: ["ü" * 300] * 20 for field in ("goals", "expectations", "preferences")})
    for number in range(20):  # 36 kB each
        name = f"ep-{number:02d}"
        here.call("OpenEpisode", event_id=name, occurred_at=NOW, episode=opened(name, agreement=full))
    first = here.call("ListEpisodes")
    assert 0 < len(first.episodes) < 20
    rest = here.call("ListEpisodes", page_token=first.next_page_token)
    assert len(first.episodes) + len(rest.episodes) == 20
    assert not rest.next_page_token


def test_the_http_door_says_what_it_is(service: ServiceProcess) -> None:
    assert httpx.get(service.http).json()["accepts"]["kafka"] == [TOPIC]
    assert httpx.get(f"{service.http}/health/ready").status_code == 200
