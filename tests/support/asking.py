"""A feedback service that asks, and what a test needs to talk to it as intake and the clinic do."""

import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

import grpc
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.feedback.v1 import events_pb2 as feedback
from attune.feedback.v1 import feedback_service_pb2 as api
from attune.feedback.v1 import feedback_service_pb2_grpc as feedback_grpc
from attune.intake.v1 import events_pb2 as intake
from google.protobuf.message import Message
from kafka import KafkaConsumer, KafkaProducer, TopicPartition

from services.dev.environment import Keys
from services.dev.process import ServiceProcess
from services.runtime import events

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
    site: str = SITE

    def at(self, site: str) -> "Asked":
        """The same service, and another of its sites."""
        return replace(self, site=site)

    def call(
        self, method: str, request: Message, scopes: tuple[str, ...] = ("publish", "read"), subject: str = "clinic"
    ) -> Any:
        token = self.keys.token(subject, [self.site], scopes)
        with grpc.insecure_channel(self.process.grpc) as channel:
            stub = feedback_grpc.FeedbackServiceStub(channel)
            return getattr(stub, method)(
                request, metadata=[("authorization", f"Bearer {token}")], timeout=10, wait_for_ready=True
            )

    def publish(self, topic: str, type_: str, data: Any) -> None:
        event = events.make(
            site_id=self.site,
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

    def episode(
        self, episode_id: str, revision: int = 1, monitoring: bool = True, client_id: str = "cl-1", therapist: str = ""
    ) -> None:
        data = intake.Episode(site_id=self.site, episode_id=episode_id, client_ids=[client_id], revision=revision)
        data.therapist_id = therapist
        data.consent.monitoring = monitoring
        data.consent.visibility = clinic.VISIBILITY_THERAPIST_ONLY
        self.publish("intake.episodes.v1", "attune.episode.changed.v1", data)

    def session(self, episode_id: str, session_id: str) -> None:
        data = intake.Session(site_id=self.site, episode_id=episode_id, session_id=session_id, revision=1)
        data.status = clinic.SESSION_STATUS_HELD
        data.scheduled_at.FromDatetime(datetime.now(UTC) - timedelta(hours=1))
        self.publish("intake.sessions.v1", "attune.session.changed.v1", data)

    def requests(self, episode_id: str) -> list[feedback.FeedbackRequest]:
        answer = self.call("ListRequests", api.ListRequestsRequest(site_id=self.site, episode_id=episode_id))
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

    def issued(self, episode_id: str, session_id: str, language: str = "") -> api.IssueRequestResponse:
        """Ask the client of an episode, once it has arrived, and return the request with its link."""
        ask = api.IssueRequestRequest(
            site_id=self.site, episode_id=episode_id, session_id=session_id, language=language
        )

        def answer() -> api.IssueRequestResponse | None:
            try:
                issued: api.IssueRequestResponse = self.call("IssueRequest", ask)
            except grpc.RpcError as error:
                if error.code() is not grpc.StatusCode.NOT_FOUND:  # the episode has not arrived yet
                    raise
                return None
            return issued

        return until(answer)
