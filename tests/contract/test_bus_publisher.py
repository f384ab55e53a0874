"""Publishing, on a real broker and database: what Kafka did not confirm stays in the outbox."""

import asyncio
import time
from collections import defaultdict
from collections.abc import AsyncIterator, Callable, Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from attune.clinic.v1 import session_events_pb2 as clinic

from services.dev.environment import Keys
from services.dev.kafka import Kafka
from services.runtime import events, topics
from services.runtime.bus import Publisher, sender
from services.runtime.clock import SystemClock
from services.runtime.errors import Transient
from services.runtime.events import Event
from services.runtime.metrics import Metrics
from services.runtime.store import Aggregates, Change, Store
from tests.support.bus import Bus, event, settings, until
from tests.support.runtime import settings_on


@pytest.fixture
async def bus(kafka: str) -> Bus:
    return await asyncio.to_thread(Bus, kafka, 4)


@pytest.fixture
async def aggregates(mongo_uri: str, mongo_prefix: str, keys: Keys) -> AsyncIterator[Aggregates]:
    store = await Store.open(settings_on(mongo_uri, mongo_prefix, keys), "intake")
    things = store.aggregates("things")
    await store.ensure_indexes()
    yield things
    await store.close()


class Running:
    """A publisher that a test starts and that is stopped whatever happens."""

    def __init__(self, bootstrap: str, *collections: Any, **changes: Any) -> None:
        self.publisher = Publisher(
            settings(bootstrap, **changes), collections, metrics=Metrics("publisher"), clock=SystemClock()
        )

    async def __aenter__(self) -> Publisher:
        await self.publisher.start()
        return self.publisher

    async def __aexit__(self, *_error: object) -> None:
        await self.publisher.stop()


async def save(aggregates: Aggregates, identity: str, number: int, topic: str, made: Event | None = None) -> None:
    """Save one version of a document with the event that it causes."""
    caused = made or event(identity, f"{identity}-{number}")

    def decide(_current: dict[str, Any] | None) -> Change:
        return Change({"number": number}, [(topic, caused)])

    await aggregates.change(identity, decide)


async def drained(publisher: Publisher, seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while not await publisher.drained():
        assert time.monotonic() < end, f"not drained: {publisher.status}"
        await asyncio.sleep(0.02)


async def test_each_document_in_order_and_each_event_once(bus: Bus, aggregates: Aggregates) -> None:
    async with Running(bus.bootstrap, aggregates) as publisher:

        async def write(identity: str) -> None:
            for number in range(5):
                await save(aggregates, identity, number, bus.topic)

        await asyncio.gather(*(write(f"d{number}") for number in range(10)))
        await drained(publisher)
        assert publisher.last_confirmed_at
    records = await bus.records(bus.topic, 50)
    by_document: dict[bytes, list[str]] = defaultdict(list)
    for record in records:
        by_document[record.key].append(dict(record.headers)["ce_id"].decode())
    assert len(by_document) == 10
    for key, ids in by_document.items():
        assert ids == [f"{key.decode()}-{number}" for number in range(5)]
    assert await aggregates.pending_ids() == []
    stored = await aggregates.get("d1")
    assert stored
    assert stored["version"] == 5, "publishing is no change of the document"


async def test_what_a_crash_left_is_found(bus: Bus, aggregates: Aggregates) -> None:
    for number in range(3):
        await save(aggregates, f"d{number}", number, bus.topic)  # nobody is there to be nudged
    async with Running(bus.bootstrap, aggregates) as publisher:
        await drained(publisher)
    assert len(await bus.records(bus.topic, 3)) == 3


async def test_a_nudge_is_published_within_milliseconds(bus: Bus, aggregates: Aggregates) -> None:
    took: list[float] = []
    async with Running(bus.bootstrap, aggregates) as publisher:
        for number in range(21):
            began = time.perf_counter()
            await save(aggregates, "d", number, bus.topic)
            while publisher._waiting or publisher._busy:  # noqa: ASYNC110
                await asyncio.sleep(0.001)
            took.append(time.perf_counter() - began)
    # With the save itself, on a loaded machine; alone it is about ten.
    assert sorted(took)[10] < 0.1


@pytest.mark.parametrize("fault", ["too large for the topic", "no such topic"])
async def test_what_kafka_did_not_confirm_is_never_marked_as_sent(
    bus: Bus, aggregates: Aggregates, fault: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """kafka-python reports these by the future alone, or after a while: whoever does not look loses the event.

    And an idempotent producer that was refused one record then refuses all: the neighbours must not suffer from that.
    """
    for name, milliseconds in (("_DELIVERY_MS", 3_000), ("_REQUEST_MS", 2_000), ("_BLOCK_MS", 2_000)):
        monkeypatch.setattr(sender, name, milliseconds)
    other = f"{bus.service}.other.v1"
    config = {"too large for the topic": {"max.message.bytes": "600"}}
    if fault in config:
        await asyncio.to_thread(topics.apply, bus.bootstrap, [topics.Topic(other, 1, 1, config[fault])])
    data = clinic.EpisodeOpened(episode_id="bad", client_ids=["c" * 50] * 30)
    bad = Event("bad-1", "/sites/north/test", "t", "", datetime.now(UTC), data, "bad")
    async with Running(bus.bootstrap, aggregates, drain_seconds=1.0) as publisher:
        await save(aggregates, "good", 1, bus.topic)
        await save(aggregates, "bad", 1, other, bad)
        await save(aggregates, "bad", 2, bus.topic, event("bad", "bad-2"))
        await until(lambda: not publisher.healthy)
        await save(aggregates, "good", 2, bus.topic)
        await _until_outbox(aggregates, "good", [])
        left = [entry.id for entry in await aggregates.outbox("bad")]
        assert left == ["bad-1", "bad-2"], "the event stays, and so does what must come after it"
        assert not await publisher.drained()
        assert await publisher.pending() == 1


async def _until_outbox(aggregates: Aggregates, identity: str, ids: list[str], seconds: float = 30.0) -> None:
    end = time.monotonic() + seconds
    while [entry.id for entry in await aggregates.outbox(identity)] != ids:
        assert time.monotonic() < end, "waited too long"
        await asyncio.sleep(0.05)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_kafka_may_be_away(bus: Bus, aggregates: Aggregates, kafka_broker: Kafka) -> None:
    async with Running(bus.bootstrap, aggregates) as publisher:
        await save(aggregates, "d", 0, bus.topic)
        await drained(publisher)
        await asyncio.to_thread(kafka_broker.kill)
        try:
            began = time.monotonic()
            for number in range(1, 30):
                await save(aggregates, "d", number, bus.topic)
            assert time.monotonic() - began < 5, "saving does not wait for Kafka"
            await until(lambda: "kafka" in publisher.status)
            assert len(await aggregates.outbox("d")) == 29
        finally:
            await asyncio.to_thread(kafka_broker.start)
        await drained(publisher, 60)
        assert publisher.healthy
    ids = [dict(record.headers)["ce_id"].decode() for record in await bus.records(bus.topic, 30)]
    once = list(dict.fromkeys(ids))
    assert once == [f"d-{number}" for number in range(30)], "in order, none lost; the same one may come twice"


class Flaky:
    """A store that is away for some calls, and remembers what was marked."""

    name = "flaky"

    def __init__(self, entries: Sequence[Any]) -> None:
        self.on_saved: Callable[[str, str], None] | None = None
        self.entries = list(entries)
        self.failures = {"outbox": 2, "sent": 2, "pending_ids": 2}
        self.calls = 0

    def _maybe_away(self, call: str) -> None:
        self.calls += 1
        if self.failures[call]:
            self.failures[call] -= 1
            raise Transient("mongodb")

    async def outbox(self, id: str) -> Sequence[Any]:
        self._maybe_away("outbox")
        return list(self.entries)

    async def pending_ids(self, limit: int = 100) -> list[str]:
        self._maybe_away("pending_ids")
        return ["d"] if self.entries else []

    async def sent(self, id: str, event_ids: Sequence[str]) -> None:
        self._maybe_away("sent")
        self.entries = [entry for entry in self.entries if entry.id not in event_ids]


async def test_the_store_may_be_away(bus: Bus) -> None:
    from services.runtime.store import OutboxEntry

    key, value, headers = events.encode(event("d", "1"))
    flaky = Flaky([OutboxEntry("1", bus.topic, key, value, headers)])
    async with Running(bus.bootstrap, flaky) as publisher:
        assert flaky.on_saved == publisher.nudge
        await until(lambda: not flaky.entries)
        await until(lambda: publisher.healthy)
    assert {dict(record.headers)["ce_id"] for record in await bus.records(bus.topic, 1)} == {b"1"}


async def test_a_fault_of_ours_is_reported(bus: Bus) -> None:
    class Broken(Flaky):
        async def pending_ids(self, limit: int = 100) -> list[str]:
            raise ZeroDivisionError

    async with Running(bus.bootstrap, Broken([]), drain_seconds=0.5) as publisher:
        failure = await asyncio.wait_for(asyncio.shield(publisher.failed), 10)
        assert isinstance(failure.__cause__, ZeroDivisionError)
        assert not publisher.healthy
