"""Sending to Kafka so that nothing is lost silently: every record's own outcome is returned, confirmed or an error."""

import asyncio
import logging
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any

from kafka import KafkaProducer
from kafka.errors import (
    InvalidTopicError,
    KafkaError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
)
from kafka.producer.future import FutureRecordMetadata

from services.runtime.bus.quiet import quiet_clients

# Faults of one record or topic: waiting does not help, and the others go on.
OWN_FAULTS: tuple[type[BaseException], ...] = (
    InvalidTopicError,
    MessageSizeTooLargeError,
    RecordListTooLargeError,
    TopicAuthorizationFailedError,
    UnknownTopicOrPartitionError,
    TypeError,
    ValueError,
)

# A broker that takes longer than this is away. The bounds keep a stopping service within its drain time.
_DELIVERY_MS = 10_000
_REQUEST_MS = 8_000
_BLOCK_MS = 5_000


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One record to send; the partition follows from the key unless it is given."""

    topic: str
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]] = ()


class NotTried(KafkaError):  # type: ignore[misc]
    """Not sent, because one before it already found that its topic cannot be reached."""


class Sender:
    """One kafka-python producer (acks=all, idempotent) in a thread of its own, because it blocks.

    After a failure the producer is thrown away and a new one is made for the next call: what a failed one still has in
    its buffers, and in which order, is unknown.
    """

    def __init__(self, bootstrap: str, client_id: str, *, max_bytes: int = 1_048_576) -> None:
        self._configuration: dict[str, Any] = {
            "bootstrap_servers": bootstrap.split(","),
            "client_id": client_id,
            "acks": "all",
            "enable_idempotence": True,
            "allow_auto_create_topics": False,
            "delivery_timeout_ms": _DELIVERY_MS,
            "request_timeout_ms": _REQUEST_MS,
            "max_block_ms": _BLOCK_MS,
            "bootstrap_timeout_ms": _BLOCK_MS,
            "reconnect_backoff_max_ms": 1_000,
            "max_request_size": max_bytes,
            "metrics_enabled": False,
        }
        self._thread = ThreadPoolExecutor(max_workers=1, thread_name_prefix=client_id)
        self._producer: KafkaProducer | None = None
        quiet_clients()

    async def send(self, records: Sequence[Outgoing]) -> list[Exception | None]:
        """Send in order and wait; for each record None once all in-sync replicas have it, or why they may not."""
        loop = asyncio.get_running_loop()
        # Shielded: a cancelled caller must not leave the thread with a producer that nobody looks at.
        return await asyncio.shield(loop.run_in_executor(self._thread, self._send, list(records)))

    async def close(self) -> None:
        """Close the producer; nothing is pending, because ``send`` waits."""
        loop = asyncio.get_running_loop()
        await loop.run_in_executor(self._thread, self._discard)
        self._thread.shutdown(wait=False)

    def _send(self, records: list[Outgoing]) -> list[Exception | None]:
        outcomes = self._try(records)
        if len(records) > 1:
            self._again_alone(records, outcomes)
        return outcomes

    def _again_alone(self, records: list[Outgoing], outcomes: list[Exception | None]) -> None:
        """Try records by themselves: an idempotent producer that was refused one fails every other with its error."""
        away: Exception | None = None
        for index, outcome in enumerate(outcomes):
            if not isinstance(outcome, OWN_FAULTS):
                continue
            if away is None:
                (outcomes[index],) = self._try([records[index]])
                again = outcomes[index]
                away = again if again is not None and not isinstance(again, OWN_FAULTS) else None
            else:
                # Kafka went away meanwhile: each further record would wait as long again.
                outcomes[index] = NotTried()

    def _try(self, records: list[Outgoing]) -> list[Exception | None]:
        try:
            if self._producer is None:
                self._producer = KafkaProducer(**self._configuration)
        except KafkaError as error:
            return [error for _ in records]
        pending = self._start_all(self._producer, records)
        # One limit for all of them: a producer that is stuck completes none.
        until = time.monotonic() + (_DELIVERY_MS + _REQUEST_MS) / 1000
        outcomes = [_outcome(item, until) for item in pending]
        if any(outcomes):
            self._discard()
        return outcomes

    def _start_all(self, producer: KafkaProducer, records: list[Outgoing]) -> list[Any]:
        """Hand every record to the producer; a future, or the error that kept it from having one."""
        pending: list[Any] = []
        unreachable: set[str] = set()
        for record in records:
            if record.topic in unreachable:
                pending.append(NotTried())
                continue
            try:
                pending.append(producer.send(record.topic, record.value, record.key, list(record.headers)))
            except OWN_FAULTS as error:
                pending.append(error)
            except KafkaError as error:
                # Each further record of the topic would block as long again.
                unreachable.add(record.topic)
                pending.append(error)
        return pending

    def _discard(self) -> None:
        producer, self._producer = self._producer, None
        if producer is not None:
            try:
                producer.close(timeout=0)
            except KafkaError as error:
                logging.getLogger(__name__).debug("closing a producer: %s", type(error).__name__)
                # With records in its buffers, close ends before it stops the thread that may still send them.
                producer._sender.force_close()


def _outcome(pending: FutureRecordMetadata | Exception, until: float) -> Exception | None:
    if isinstance(pending, Exception):
        return pending
    try:
        pending.get(timeout=max(0.0, until - time.monotonic()))
    except KafkaError as error:
        failed: Exception = error
        return failed
    return None
