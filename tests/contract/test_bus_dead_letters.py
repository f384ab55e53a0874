"""Dead letters on a real broker: what they keep, and that bringing them back twice is safe."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime

import pytest

from services.runtime import topics
from services.runtime.bus import DeadLetters, replay
from services.runtime.clock import ManualClock
from services.runtime.errors import Permanent, Transient
from services.runtime.events import Event
from tests.support.bus import Bus, event, until

NOW = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
REFUSED = Permanent("data.x", "is wrong", "Set it right.")


@pytest.fixture
async def bus(kafka: str) -> AsyncIterator[Bus]:
    made = await asyncio.to_thread(Bus, kafka, 2)
    yield made
    await made.close()


async def put(bus: Bus, offset: int, *, door: str = "internal", headers: list[tuple[str, bytes]] | None = None) -> str:
    letters = DeadLetters(bus.bootstrap, bus.service, ManualClock(NOW))
    try:
        return await letters.put(
            bus.topic, 1, offset, b"e-1", b"\x00\xff", headers or [], REFUSED, site="north", door=door
        )
    finally:
        await letters.close()


async def test_a_dead_letter_keeps_everything_but_the_secret(bus: Bus) -> None:
    headers = [
        ("ce_id", b"\xff not text"),
        ("Authorization", b"Bearer secret"),
        ("attune_dl_reason", b"forged"),
        ("attune_replay", b"earlier"),
        ("attune_replay_attempt", b"2"),
    ]
    identity = await put(bus, 41, headers=headers)
    (letter,) = await bus.dead_letters()
    assert letter.id == identity
    assert (letter.service, letter.topic, letter.partition, letter.offset) == (bus.service, bus.topic, 1, 41)
    assert (letter.field, letter.reason, letter.advice) == ("data.x", "is wrong", "Set it right.")
    assert (letter.key, letter.value, list(letter.headers)) == (b"e-1", b"\x00\xff", [("ce_id", b"\xff not text")])
    assert (letter.time, letter.site, letter.attempt, letter.door) == (NOW, "north", 3, "internal")
    assert letter.code_version
    (raw,) = await bus.records(topics.dead_letters_of(bus.service), 1)
    assert b"secret" not in b"".join(data for _, data in raw.headers)


async def test_the_same_record_is_one_dead_letter(bus: Bus) -> None:
    first = await put(bus, 5)
    assert await put(bus, 5) == first
    assert await put(bus, 6) != first
    assert len(await bus.dead_letters()) == 2


async def test_none_are_listed_where_none_are(kafka: str) -> None:
    bus = await asyncio.to_thread(Bus, kafka)
    assert await bus.dead_letters() == []


async def test_a_topic_that_is_missing_is_waited_for(kafka: str) -> None:
    bus = await asyncio.to_thread(Bus, kafka, 1, dead_letter_topic=False)
    with pytest.raises(Transient):
        await put(bus, 1)


async def test_replaying_twice_is_safe(bus: Bus) -> None:
    """The first run refuses, the fix accepts; the handler knows an event by its id, as every handler here does."""
    fixed = False
    stored: dict[str, int] = {}

    async def handle(got: Event) -> None:
        if not fixed:
            raise REFUSED
        stored[got.id] = 1

    await bus.send([event("e-1", "a"), event("e-2", "b")])
    await bus.consumer(handle)
    await until(lambda: bus.metrics.dead_letters.labels(bus.topic)._value.get() == 2)
    refused_again = await asyncio.to_thread(replay, bus.bootstrap, bus.service, None, "token")
    assert len(refused_again.replayed) == 2
    await until(lambda: bus.metrics.dead_letters.labels(bus.topic)._value.get() == 4)
    assert sorted(letter.attempt for letter in await bus.dead_letters()) == [1, 1, 2, 2]

    fixed = True
    letters = await bus.dead_letters()
    for _ in range(2):
        report = await asyncio.to_thread(replay, bus.bootstrap, bus.service, [letters[0].id, "unknown"], "token")
        assert list(report.replayed) == [letters[0].id]
        assert list(report.unknown) == ["unknown"]
        assert not report.failed
    await asyncio.to_thread(replay, bus.bootstrap, bus.service, None, "token")
    await until(lambda: bus.metrics.events_consumed.labels(bus.topic, "handled")._value.get() == 6)
    assert stored == {"a": 1, "b": 1}


async def test_the_operators_token_goes_only_where_one_is_asked_for(bus: Bus) -> None:
    await put(bus, 1, door="ingress", headers=[("ce_id", b"1"), ("authorization", b"Bearer clinic")])
    await put(bus, 2, door="internal", headers=[("ce_id", b"2")])
    await asyncio.to_thread(replay, bus.bootstrap, bus.service, None, "operator-token")
    sent = {dict(record.headers)["ce_id"]: record for record in await bus.records(bus.topic, 2)}
    assert dict(sent[b"1"].headers)["authorization"] == b"Bearer operator-token"
    assert "authorization" not in dict(sent[b"2"].headers)
    assert {record.key for record in sent.values()} == {b"e-1"}
    assert {record.value for record in sent.values()} == {b"\x00\xff"}
    assert all("attune_replay" in dict(record.headers) for record in sent.values())
