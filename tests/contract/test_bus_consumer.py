"""Consuming, on a real broker: a raise is never a skip, a commit never comes before the save, order holds."""

import asyncio
from collections import Counter, defaultdict
from collections.abc import AsyncIterator

import pytest

from services.dev.kafka import Kafka
from services.runtime import topics
from services.runtime.bus import DeadLetterLimit, HandlerFailed
from services.runtime.errors import Permanent, Transient
from services.runtime.events import Event
from tests.support.bus import Bus, event, until


@pytest.fixture
async def bus(kafka: str) -> AsyncIterator[Bus]:
    made = await asyncio.to_thread(Bus, kafka)
    yield made
    await made.close()


@pytest.fixture
async def wide(kafka: str) -> AsyncIterator[Bus]:
    made = await asyncio.to_thread(Bus, kafka, 4)
    yield made
    await made.close()


async def test_a_raise_is_never_a_skip(bus: Bus) -> None:
    handled: list[str] = []

    async def raises(got: Event) -> None:
        if got.id == "3":
            raise RuntimeError("a fault of ours")
        handled.append(got.id)

    await bus.send(event(f"e-{number}", str(number)) for number in range(8))
    consumer = await bus.consumer(raises)
    failure = await asyncio.wait_for(asyncio.shield(consumer.failed), 30)
    assert isinstance(failure, HandlerFailed)
    assert isinstance(failure.__cause__, RuntimeError)
    assert failure.exit_code == 70
    assert not consumer.healthy
    await bus.stop(consumer)
    assert (await bus.committed()).get(0, 0) <= 3, "nothing is committed past the event that raised"
    assert not await bus.dead_letters()

    again: list[str] = []

    async def works(got: Event) -> None:
        again.append(got.id)

    await bus.consumer(works)
    await until(lambda: {"3", "4", "5", "6", "7"} <= set(again))


async def test_a_commit_never_comes_before_the_save(bus: Bus) -> None:
    may_save = {number: asyncio.Event() for number in range(4)}

    async def saves_late(got: Event) -> None:
        await may_save[int(got.id)].wait()

    await bus.send(event(f"e-{number}", str(number)) for number in range(4))
    await bus.consumer(saves_late)
    for number in (1, 2, 3):
        may_save[number].set()
    await until(lambda: bus.metrics.events_consumed.labels(bus.topic, "handled")._value.get() == 3)
    await asyncio.sleep(1.5)  # three times the commit interval: a wrong commit would be there
    assert (await bus.committed()).get(0, 0) == 0, "the first is not saved, so nothing is committed"
    may_save[0].set()

    async def all_committed() -> bool:
        return (await bus.committed()).get(0) == 4

    for _ in range(100):
        if await all_committed():
            break
        await asyncio.sleep(0.1)
    assert await all_committed()


async def test_poison_between_good_events(bus: Bus) -> None:
    handled: list[str] = []

    async def handle(got: Event) -> None:
        if got.id == "refused":
            raise Permanent("data.answers[3].value", "11 is above the maximum 10", "Send a value from 0 to 10.")
        handled.append(got.id)

    large = b"x" * 1_040_000
    await bus.send(
        [
            event("e-1", "before"),
            (b"e-0", b"\xff\xfe rubbish"),
            (None, b"no key"),
            (b"e-0", None),
            (b"e-0", b""),
            (b"e-0", large),
            event("e-2", "refused"),
            event("e-1", "after"),
        ]
    )
    consumer = await bus.consumer(handle)
    await until(lambda: bus.metrics.dead_letters.labels(bus.topic)._value.get() == 6)
    await until(lambda: handled == ["before", "after"])
    await bus.stop(consumer)
    assert (await bus.committed())[0] == 8
    letters = {letter.offset: letter for letter in await bus.dead_letters()}
    assert sorted(letters) == [1, 2, 3, 4, 5, 6]
    assert [letters[at].field for at in (1, 3, 4, 6)] == ["data", "value", "value", "data.answers[3].value"]
    assert letters[1].value == b"\xff\xfe rubbish"
    assert letters[2].key is None
    assert letters[3].value is None
    assert letters[4].value == b""
    assert letters[5].value == large
    assert letters[6].advice == "Send a value from 0 to 10."
    assert letters[6].site == "north"
    assert dict(letters[6].headers)["ce_id"] == b"refused"


class NotText(str):
    """A header name that some client sends as Latin-1; no Python client lets one through."""

    def encode(self, *_encoding: str) -> bytes:
        return b"x-caf\xe9"


async def test_header_names_that_are_not_text_stop_nobody(bus: Bus) -> None:
    handled: list[str] = []

    async def handle(got: Event) -> None:
        handled.append(got.id)

    await bus.send([event("e-1", "before")])
    await bus.send([event("e-1", "odd"), (b"e-1", b"rubbish")], extra=[(NotText("x"), b"1"), ("y", b"2")])
    await bus.send([event("e-1", "after")])
    await bus.consumer(handle)
    await until(lambda: handled == ["before", "odd", "after"])
    await until(lambda: bus.metrics.dead_letters.labels(bus.topic)._value.get() == 1)
    (letter,) = await bus.dead_letters()
    assert dict(letter.headers)["x-caf?"] == b"1"


async def test_a_limit_stops_the_consumer(bus: Bus) -> None:
    async def handle(_got: Event) -> None:
        raise Permanent("data", "a bad deployment refuses everything")

    await bus.send(event("e-1", str(number)) for number in range(60))
    consumer = await bus.consumer(handle, dead_letters_in_a_row=5)
    failure = await asyncio.wait_for(asyncio.shield(consumer.failed), 30)
    assert isinstance(failure, DeadLetterLimit)
    assert failure.exit_code == 78
    assert "5 events in a row" in consumer.status
    await bus.stop(consumer)
    assert (await bus.committed())[0] == 5, "nothing past the limit is acknowledged"
    assert len(await bus.dead_letters()) == 5


async def test_a_dependency_that_is_away_holds_the_order(bus: Bus) -> None:
    away = True
    handled: list[tuple[str, str]] = []

    async def handle(got: Event) -> None:
        if away:
            raise Transient("mongodb")
        handled.append((got.key, got.id))

    await bus.send(event(f"e-{number % 3}", str(number)) for number in range(12))
    consumer = await bus.consumer(handle)
    await until(lambda: "mongodb" in consumer.status)
    assert not consumer.healthy
    assert not consumer.stalled, "it waits, it does not hang"
    assert (await bus.committed()).get(0, 0) == 0
    away = False
    await until(lambda: len(handled) == 12)
    await until(lambda: consumer.healthy)
    by_key: dict[str, list[int]] = defaultdict(list)
    for key, identity in handled:
        by_key[key].append(int(identity))
    assert all(numbers == sorted(numbers) for numbers in by_key.values())
    assert not await bus.dead_letters()


async def test_while_dead_letters_cannot_be_kept_nothing_is_acknowledged(kafka: str) -> None:
    bus = await asyncio.to_thread(Bus, kafka, 1, dead_letter_topic=False)
    try:
        handled: list[str] = []

        async def handle(got: Event) -> None:
            handled.append(got.id)

        await bus.send([(b"e-1", b"rubbish"), event("e-2", "neighbour")])
        consumer = await bus.consumer(handle)
        await until(lambda: handled == ["neighbour"])
        await until(lambda: "dead letters" in consumer.status)
        assert (await bus.committed()).get(0, 0) == 0
        await asyncio.to_thread(topics.apply, kafka, [bus.dead_letter_topic()])
        await until(lambda: consumer.healthy, 60)
        await bus.stop(consumer)
        assert (await bus.committed())[0] == 2
        assert len(await bus.dead_letters()) == 1
    finally:
        await bus.close()


async def test_stopping_finishes_what_runs_and_commits_it(bus: Bus) -> None:
    started, finished = asyncio.Event(), []

    async def handle(got: Event) -> None:
        started.set()
        await asyncio.sleep(0.5)
        finished.append(got.id)

    await bus.send([event("e-1", "1")])
    consumer = await bus.consumer(handle)
    await asyncio.wait_for(started.wait(), 30)
    began = asyncio.get_running_loop().time()
    await bus.stop(consumer)
    assert asyncio.get_running_loop().time() - began < 5
    assert finished == ["1"]
    assert (await bus.committed())[0] == 1


async def test_stopping_does_not_wait_for_a_handler_that_hangs(bus: Bus) -> None:
    started = asyncio.Event()

    async def hangs(_got: Event) -> None:
        started.set()
        await asyncio.Event().wait()

    await bus.send([event("e-1", "1")])
    consumer = await bus.consumer(hangs, drain_seconds=1.0, consumer_stall_seconds=0.2)
    await asyncio.wait_for(started.wait(), 30)
    await until(lambda: consumer.stalled)
    assert not consumer.healthy
    await bus.stop(consumer)
    assert (await bus.committed()).get(0, 0) == 0


async def test_workers_come_and_go_without_a_skip(wide: Bus) -> None:
    """Rebalances while events flow and finish out of order: each is handled, and commits never run ahead."""
    handled: Counter[str] = Counter()
    total = 1500

    async def handle(got: Event) -> None:
        await asyncio.sleep(0.002 * (int(got.id) % 7))
        handled[got.id] += 1

    first = await wide.consumer(handle)
    sending = asyncio.create_task(_drip(wide, total))
    await until(lambda: len(handled) > 100)
    second = await wide.consumer(handle, joined=False)
    await until(lambda: second.assigned and first.assigned, 60)
    await until(lambda: len(handled) > 600)
    await wide.stop(first)
    third = await wide.consumer(handle, joined=False)
    await until(lambda: third.assigned, 60)
    await sending
    await until(lambda: len(handled) == total, 60)
    await wide.stop(second)
    await wide.stop(third)
    assert sum((await wide.committed()).values()) == total
    repeated = sum(count - 1 for count in handled.values())
    assert repeated < total / 5, "only what was open at a rebalance comes again"


async def _drip(bus: Bus, total: int) -> None:
    for start in range(0, total, 100):
        await bus.send(event(f"e-{number % 40}", str(number)) for number in range(start, start + 100))
        await asyncio.sleep(0.2)


@pytest.mark.slow
@pytest.mark.timeout(240)
async def test_consuming_resumes_when_a_killed_broker_is_back(wide: Bus, kafka_broker: Kafka) -> None:
    handled: Counter[str] = Counter()

    async def handle(got: Event) -> None:
        handled[got.id] += 1

    consumer = await wide.consumer(handle)
    await wide.send(event(f"e-{number}", str(number)) for number in range(50))
    await until(lambda: len(handled) == 50)
    await asyncio.to_thread(kafka_broker.kill)
    try:
        await asyncio.sleep(12)  # longer than the group's session
    finally:
        await asyncio.to_thread(kafka_broker.start)
    await wide.send(event(f"e-{number}", str(number)) for number in range(50, 100))
    await until(lambda: len(handled) == 100, 60)
    assert not consumer.failed.done(), "the same process goes on"
    assert await consumer.lag() == 0


async def test_starting_while_kafka_is_away(kafka: str, free_port: int) -> None:
    bus = await asyncio.to_thread(Bus, kafka)
    reachable = bus.bootstrap
    bus.bootstrap = f"127.0.0.1:{free_port}"

    async def handle(_got: Event) -> None: ...

    consumer = await bus.consumer(handle, joined=False)
    await asyncio.sleep(1)
    assert not consumer.failed.done()
    assert "Kafka" in consumer.status
    await bus.stop(consumer)
    bus.bootstrap = reachable
    await bus.close()
