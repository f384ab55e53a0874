"""What the bus contract tests share: topics of one test alone, events, a consumer whose handler is the test's."""

import asyncio
import time
import uuid
from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attune.clinic.v1 import session_events_pb2 as clinic
from kafka import KafkaConsumer, KafkaProducer, TopicPartition
from kafka.admin import KafkaAdminClient

from services.runtime import events, topics
from services.runtime.bus import Consumer, DeadLetter, DeadLetters, list_dead_letters
from services.runtime.clock import SystemClock
from services.runtime.events import Event
from services.runtime.metrics import Metrics
from services.runtime.settings import Settings

TYPE = "attune.episode.opened.v1"
REGISTRY: events.Registry = {TYPE: clinic.EpisodeOpened}
Handler = Callable[[Event], Awaitable[None]]


def settings(bootstrap: str, **changes: Any) -> Settings:
    """Settings with which a bus works; nothing here reads the files or asks the database."""
    unused = Path("unused")
    return Settings(
        kafka_bootstrap=bootstrap,
        mongo_uri="mongodb://unused",  # type: ignore[arg-type]
        token_public_key_file=unused,
        service_token_file=unused,
        **changes,
    )


async def until(condition: Callable[[], object], seconds: float = 30.0) -> None:
    """Wait for a condition, at most so long."""
    end = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < end, "waited too long"
        await asyncio.sleep(0.01)


def event(key: str, identity: str) -> Event:
    """An event that the consumer of the tests knows."""
    data = clinic.EpisodeOpened(episode_id=key)
    return Event(identity, "/sites/north/test", TYPE, f"episodes/{key}", datetime(2026, 3, 1, tzinfo=UTC), data, key)


class Bus:
    """One source topic and one service of this test alone."""

    def __init__(self, bootstrap: str, partitions: int = 1, dead_letter_topic: bool = True) -> None:
        self.bootstrap = bootstrap
        self.service = f"svc{uuid.uuid4().hex[:10]}"
        self.topic = f"{self.service}.in.v1"
        self.partitions = partitions
        self.metrics = Metrics(self.service)
        declared = [topics.Topic(self.topic, partitions, 1)]
        if dead_letter_topic:
            declared.append(self.dead_letter_topic())
        topics.apply(bootstrap, declared)
        self._consumers: list[Consumer] = []

    def dead_letter_topic(self) -> topics.Topic:
        return topics.Topic(topics.dead_letters_of(self.service), 2, 1, {"max.message.bytes": "4194304"})

    async def consumer(self, handler: Handler, *, joined: bool = True, **changes: Any) -> Consumer:
        """Start a consumer of this service; waits until the group has admitted it."""
        metrics = Metrics(self.service)
        self.metrics = metrics
        consumer = Consumer(
            settings(self.bootstrap, **changes),
            self.service,
            {self.topic: handler},
            REGISTRY,
            DeadLetters(self.bootstrap, self.service, SystemClock()),
            metrics=metrics,
            clock=SystemClock(),
        )
        self._consumers.append(consumer)
        await consumer.start()
        if joined:
            await until(lambda: consumer.assigned)
        return consumer

    async def stop(self, consumer: Consumer) -> None:
        self._consumers.remove(consumer)
        await consumer.stop()

    async def close(self) -> None:
        for consumer in list(self._consumers):
            await self.stop(consumer)

    async def send(
        self, sent: Iterable[Event | tuple[bytes | None, bytes | None]], extra: Sequence[tuple[str, bytes]] = ()
    ) -> None:
        """Produce events, and (key, value) pairs as they are with the headers of an event; ``extra`` headers to all."""
        await asyncio.to_thread(self._send, list(sent), extra)

    def _send(
        self, sent: Sequence[Event | tuple[bytes | None, bytes | None]], extra: Sequence[tuple[str, bytes]]
    ) -> None:
        producer = KafkaProducer(bootstrap_servers=self.bootstrap, linger_ms=5, max_request_size=2_000_000)
        try:
            futures = []
            for item in sent:
                key, value, headers = events.encode(item if isinstance(item, Event) else event("e-0", "rubbish"))
                if not isinstance(item, Event):
                    key, value = item  # type: ignore[assignment]
                futures.append(producer.send(self.topic, value, key, [*headers, *extra]))
            for future in futures:
                future.get(timeout=60)
        finally:
            producer.close()

    async def committed(self) -> dict[int, int]:
        """The group's committed offsets by partition, as the broker has them."""

        def ask() -> dict[int, int]:
            admin = KafkaAdminClient(bootstrap_servers=self.bootstrap)
            try:
                group = f"attune.{self.service}"
                found = admin.list_group_offsets({group: None})[group]
                return {at.partition: int(offset.offset) for at, offset in found.items() if at.topic == self.topic}
            finally:
                admin.close()

        return await asyncio.to_thread(ask)

    async def dead_letters(self) -> list[DeadLetter]:
        return await asyncio.to_thread(list_dead_letters, self.bootstrap, self.service, 1000)

    async def records(self, topic: str, count: int) -> list[Any]:
        """The first records of a topic, in the order of each partition."""

        def read() -> list[Any]:
            consumer = KafkaConsumer(bootstrap_servers=self.bootstrap, group_id=None, auto_offset_reset="earliest")
            try:
                consumer.assign([TopicPartition(topic, n) for n in consumer.partitions_for_topic(topic) or ()])
                found: list[Any] = []
                end = time.monotonic() + 20
                while len(found) < count and time.monotonic() < end:
                    for batch in consumer.poll(timeout_ms=200).values():
                        found += batch
                return found
            finally:
                consumer.close()

        return await asyncio.to_thread(read)
