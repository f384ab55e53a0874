"""The doors: each sends one event with an ordinary client library and comes back when it was acknowledged or refused.

A clinic retries blindly: what may have been lost is sent again, the same bytes, until there is an answer or the time
is over.
"""

from __future__ import annotations

import time
from abc import ABC, abstractmethod
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import confluent_kafka
import grpc
import stamina
from attune.feedback.v1 import feedback_service_pb2 as feedback_api
from attune.feedback.v1 import feedback_service_pb2_grpc
from attune.intake.v1 import intake_service_pb2 as intake_api
from attune.intake.v1 import intake_service_pb2_grpc
from kafka import KafkaProducer
from kafka.errors import KafkaError, MessageSizeTooLargeError

from services.dev.clinics import wire
from services.dev.clinics.profiles import DoorKind, Profile
from services.dev.clinics.story import CLOSED, OPENED, RECORDED, SUBMITTED, UPDATED, Outgoing, stamp

SEND_TIMEOUT = 15.0  # seconds that one attempt may take
PATIENCE = 180.0  # seconds until a clinic gives up on an event and says so


class Away(Exception):
    """No answer: the event may or may not have arrived."""


@dataclass(frozen=True, slots=True)
class Receipt:
    """What the door said. `refusal` is empty when it was acknowledged."""

    refusal: str = ""
    topic: str = ""
    partition: int = -1
    offset: int = -1


class Door(ABC):
    """One way into Attune."""

    def send(self, event: Outgoing, patience: float = PATIENCE) -> Receipt:
        """Send until there is an answer; raises Away when there is none within `patience` seconds."""
        for attempt in stamina.retry_context(on=Away, attempts=None, timeout=patience, wait_initial=0.1, wait_max=2.0):
            with attempt:
                return self._send(event)
        raise AssertionError("stamina raises when it gives up")

    @abstractmethod
    def _send(self, event: Outgoing) -> Receipt:
        """One attempt; raises Away when the outcome is not known or the door is shut for now."""

    @abstractmethod
    def close(self) -> None:
        """Give back what the client library holds."""


class ConfluentDoor(Door):
    """JSON by confluent-kafka (librdkafka). Its default partitioner is CRC32; Kafka's own clients use murmur2."""

    def __init__(self, bootstrap: str, token: str) -> None:
        self._token = token
        self._sent = 0
        self._producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": bootstrap,
                "partitioner": "murmur2_random",
                "acks": "all",
                "enable.idempotence": True,
                "delivery.timeout.ms": int(SEND_TIMEOUT * 1000),
                "log_level": 0,  # the broker's absence is this clinic's business, and it retries
            }
        )

    def _send(self, event: Outgoing) -> Receipt:
        # Every other event in binary mode, as a clinic with two systems would have it.
        self._sent += 1
        form = wire.structured_json if self._sent % 2 or event.rubbish else wire.binary_json
        record = wire.spoil(form(event, self._token), event.rubbish)
        outcome: list[tuple[confluent_kafka.KafkaError | None, Any]] = []
        try:
            self._producer.produce(
                record.topic,
                key=record.key,
                value=record.value,
                headers=list(record.headers),
                on_delivery=lambda error, message: outcome.append((error, message)),
            )
        except confluent_kafka.KafkaException as error:
            return self._refused(error.args[0])
        except BufferError as error:
            raise Away("the producer's queue is full") from error
        deadline = time.monotonic() + 2 * SEND_TIMEOUT
        while not outcome and time.monotonic() < deadline:
            self._producer.poll(0.5)
        if not outcome:
            raise Away("no delivery report")
        failure, message = outcome[0]
        if failure is not None:
            return self._refused(failure)
        return Receipt("", record.topic, message.partition(), message.offset())

    @staticmethod
    def _refused(error: confluent_kafka.KafkaError) -> Receipt:
        if error.code() == confluent_kafka.KafkaError.MSG_SIZE_TOO_LARGE:
            return Receipt(refusal=error.name())
        raise Away(error.name())

    def close(self) -> None:
        self._producer.flush(SEND_TIMEOUT)


class KafkaPythonDoor(Door):
    """Protobuf by kafka-python; every future is checked, since its flush() hides failures."""

    def __init__(self, bootstrap: str, token: str) -> None:
        self._bootstrap, self._token = bootstrap, token
        self._producer: KafkaProducer | None = None

    def _connected(self) -> KafkaProducer:
        if self._producer is None:
            try:
                self._producer = KafkaProducer(
                    bootstrap_servers=self._bootstrap,
                    acks="all",
                    request_timeout_ms=10_000,
                    delivery_timeout_ms=int(SEND_TIMEOUT * 1000),
                    max_block_ms=int(SEND_TIMEOUT * 1000),
                )
            except KafkaError as error:
                raise Away(type(error).__name__) from error
        return self._producer

    def _send(self, event: Outgoing) -> Receipt:
        record = wire.spoil(wire.binary_protobuf(event, self._token), event.rubbish)
        try:
            future = self._connected().send(record.topic, key=record.key, value=record.value, headers=record.headers)
            placed = future.get(timeout=2 * SEND_TIMEOUT)
        except MessageSizeTooLargeError as error:
            return Receipt(refusal=type(error).__name__)
        except KafkaError as error:
            raise Away(type(error).__name__) from error
        return Receipt("", placed.topic, placed.partition, placed.offset)

    def close(self) -> None:
        if self._producer is not None:
            self._producer.close(timeout=SEND_TIMEOUT)


_ASK_AGAIN = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.CANCELLED,
        grpc.StatusCode.ABORTED,
    }
)


class GrpcDoor(Door):
    """IntakeService and FeedbackService. OK means durable; any final status is a refusal at the door."""

    def __init__(self, intake: Callable[[], str], feedback: Callable[[], str], token: str) -> None:
        self._token = token
        self._addresses = {"intake": intake, "feedback": feedback}
        self._channels: dict[str, tuple[str, grpc.Channel]] = {}

    def _channel(self, service: str) -> grpc.Channel:
        """The channel to where the service is now: after a restart it may be at another port."""
        address = self._addresses[service]()
        known = self._channels.get(service)
        if known is None or known[0] != address:
            if known is not None:
                known[1].close()
            self._channels[service] = (address, grpc.insecure_channel(address))
        return self._channels[service][1]

    def _send(self, event: Outgoing) -> Receipt:
        service, method, request = self._request(event)
        stub: Any = (
            intake_service_pb2_grpc.IntakeServiceStub(self._channel("intake"))
            if service == "intake"
            else feedback_service_pb2_grpc.FeedbackServiceStub(self._channel("feedback"))
        )
        metadata = (("authorization", f"Bearer {self._token}"),)
        try:
            getattr(stub, method)(request, timeout=SEND_TIMEOUT, metadata=metadata)
        except grpc.RpcError as error:
            status = error.code() if isinstance(error, grpc.Call) else grpc.StatusCode.UNKNOWN
            if status in _ASK_AGAIN:
                raise Away(status.name) from error
            details = error.details() if isinstance(error, grpc.Call) else str(error)
            return Receipt(refusal=f"{status.name}: {details}")
        return Receipt()

    @staticmethod
    def _request(event: Outgoing) -> tuple[str, str, Any]:
        common: dict[str, Any] = {
            "site_id": event.site,
            "event_id": event.event_id,
            "occurred_at": stamp(event.time),
        }
        data: Any = event.message
        makers: dict[str, Callable[[], tuple[str, str, Any]]] = {
            OPENED: lambda: ("intake", "OpenEpisode", intake_api.OpenEpisodeRequest(**common, episode=data)),
            UPDATED: lambda: ("intake", "UpdateEpisode", intake_api.UpdateEpisodeRequest(**common, episode=data)),
            CLOSED: lambda: ("intake", "CloseEpisode", intake_api.CloseEpisodeRequest(**common, episode=data)),
            RECORDED: lambda: ("intake", "RecordSession", intake_api.RecordSessionRequest(**common, session=data)),
            SUBMITTED: lambda: (
                "feedback",
                "SubmitResponse",
                feedback_api.SubmitResponseRequest(**common, response=data),
            ),
        }
        return makers[event.type]()

    def close(self) -> None:
        for _, channel in self._channels.values():
            channel.close()


def open_door(profile: Profile, endpoints: Callable[[], dict[str, Any]], token: str) -> Door:
    """The door that this clinic uses. `endpoints` reads the endpoints file anew at each call."""
    if profile.door is DoorKind.KAFKA_JSON:
        return ConfluentDoor(str(endpoints()["kafka"]["bootstrap"]), token)
    if profile.door is DoorKind.KAFKA_PROTOBUF:
        return KafkaPythonDoor(str(endpoints()["kafka"]["bootstrap"]), token)
    return GrpcDoor(
        lambda: str(endpoints()["services"]["intake"]["grpc"]),
        lambda: str(endpoints()["services"]["feedback"]["grpc"]),
        token,
    )
