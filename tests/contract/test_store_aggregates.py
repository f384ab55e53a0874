"""Documents with their outbox on a real MongoDB wire: nothing lost, nothing twice, one write."""

import asyncio
import random
from collections.abc import AsyncIterator, Callable
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from attune.intake.v1 import events_pb2
from bson import encode as bson_encode

from services.dev.environment import Keys
from services.runtime.errors import Conflict
from services.runtime.events import Event, decode, make
from services.runtime.store import Aggregates, Change, Index, Lease, Store
from services.runtime.store.indexes import IndexMismatch
from tests.support.runtime import settings_on

TOPIC = "intake.episodes.v1"
WHEN = datetime(2026, 3, 1, 9, tzinfo=UTC)

Document = dict[str, Any]


@pytest.fixture
async def store(mongo_uri: str, mongo_prefix: str, keys: Keys) -> AsyncIterator[Store]:
    store = await Store.open(settings_on(mongo_uri, mongo_prefix, keys), "intake")
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
async def episodes(store: Store) -> Aggregates:
    episodes = store.aggregates("episodes", [Index(["number"], unique=True, sparse=True)])
    await store.ensure_indexes()
    return episodes


def event(number: int) -> tuple[str, Event]:
    data = events_pb2.Episode(site_id="north", episode_id="e1", revision=number)
    made = make(
        site_id="north",
        service="intake",
        type="attune.episode.changed.v1",
        key="e1",
        subject="episodes/e1",
        cause="cause",
        revision=number,
        time=WHEN,
        data=data,
    )
    return TOPIC, made


def put(number: int, *, events: bool = True) -> Callable[[Document | None], Change | None]:
    """Add a number to the set, causing one event; nothing to do when it is there."""

    def decide(doc: Document | None) -> Change | None:
        numbers = (doc or {}).get("numbers", [])
        if number in numbers:
            return None
        return Change({"numbers": sorted([*numbers, number])}, [event(number)] if events else [])

    return decide


async def raw(store: Store, id: str) -> Document:
    found = await store.db["episodes"].find_one({"_id": id})
    assert found is not None
    return found


def instance(store: Store, episodes: Aggregates) -> Aggregates:
    """The same collection as another process has it: without this one's turns."""
    return Aggregates(store.db[episodes.name], episodes.indexes)


async def test_twenty_concurrent_writers_lose_nothing(store: Store, episodes: Aggregates) -> None:
    writers = [instance(store, episodes) for _ in range(20)]
    await asyncio.gather(*(each.change("north/e1", put(number)) for number, each in enumerate(writers)))
    stored = await raw(store, "north/e1")
    assert stored["numbers"] == list(range(20))
    assert stored["version"] == 20
    assert stored["pending"] is True
    assert sorted(entry["id"] for entry in stored["outbox"]) == sorted(event(number)[1].id for number in range(20))


async def test_writers_of_one_process_take_turns_and_decide_once_each(episodes: Aggregates) -> None:
    decided = 0

    def once(number: int) -> Callable[[Document | None], Change | None]:
        def decide(doc: Document | None) -> Change | None:
            nonlocal decided
            decided += 1
            return put(number)(doc)

        return decide

    await asyncio.gather(*(episodes.change("north/e1", once(number)) for number in range(20)))
    assert decided == 20
    assert not episodes._turns  # a turn is forgotten with its last writer


async def test_a_writer_that_gives_up_leaves_its_turn_to_the_next(episodes: Aggregates) -> None:
    def refuse(_doc: Document | None) -> Change | None:
        raise ValueError("no")

    first, second = await asyncio.gather(
        episodes.change("north/e1", refuse), episodes.change("north/e1", put(1)), return_exceptions=True
    )
    assert isinstance(first, ValueError)
    assert isinstance(second, dict)
    assert second["numbers"] == [1]


async def test_saving_while_the_publisher_marks_loses_and_repeats_nothing(store: Store, episodes: Aggregates) -> None:
    published: list[str] = []
    writing = True

    async def publish() -> None:
        while writing or await episodes.pending_ids():
            for entry in await episodes.outbox("north/e1"):
                published.append(entry.id)
                await episodes.sent("north/e1", [entry.id])
            await asyncio.sleep(0)

    publisher = asyncio.create_task(publish())
    writers = [instance(store, episodes) for _ in range(30)]
    await asyncio.gather(*(each.change("north/e1", put(number)) for number, each in enumerate(writers)))
    writing = False
    await publisher
    # Exactly once here, because this publisher never dies between sending and marking.
    assert sorted(published) == sorted(event(number)[1].id for number in range(30))
    stored = await raw(store, "north/e1")
    assert stored["version"] == 30
    assert "outbox" not in stored
    assert "pending" not in stored


async def test_two_publishers_leave_a_document_pending_as_long_as_it_has_events(
    store: Store, episodes: Aggregates
) -> None:
    await episodes.change("north/e1", put(1))
    await episodes.change("north/e1", put(2))
    first, second = await episodes.outbox("north/e1")
    await asyncio.gather(episodes.sent("north/e1", [first.id]), episodes.sent("north/e1", [first.id]))
    assert [entry.id for entry in await episodes.outbox("north/e1")] == [second.id]
    assert await episodes.pending_ids() == ["north/e1"]
    await episodes.sent("north/e1", [second.id])
    assert await episodes.pending_ids() == []


async def test_a_document_and_its_event_appear_together_or_not_at_all(store: Store, episodes: Aggregates) -> None:
    """Whatever a reader sees at any moment: every number has its event, every event its number."""
    seen = 0
    writing = True

    async def watch() -> None:
        nonlocal seen
        while writing:
            stored = await store.db["episodes"].find_one({"_id": "north/e1"})
            if stored is not None:
                expected = [event(number)[1].id for number in stored["numbers"]]
                assert sorted(expected) == sorted(entry["id"] for entry in stored["outbox"])
                seen += 1

    watcher = asyncio.create_task(watch())
    for number in range(25):
        await episodes.change("north/e1", put(number))
    writing = False
    await watcher
    assert seen > 0


async def test_the_outbox_holds_the_event_as_it_will_travel(episodes: Aggregates) -> None:
    await episodes.change("north/e1", put(7))
    (entry,) = await episodes.outbox("north/e1")
    _, made = event(7)
    registry = {"attune.episode.changed.v1": events_pb2.Episode}
    assert entry.topic == TOPIC
    assert decode(entry.key, entry.value, entry.headers, registry) == made


async def test_saving_without_events_keeps_what_waits(episodes: Aggregates) -> None:
    await episodes.change("north/e1", put(1))
    await episodes.change("north/e1", put(2, events=False))
    assert [entry.id for entry in await episodes.outbox("north/e1")] == [event(1)[1].id]
    assert await episodes.pending_ids() == ["north/e1"]


async def test_a_field_that_decide_drops_disappears(store: Store, episodes: Aggregates) -> None:
    await episodes.change("north/e1", lambda _doc: Change({"kept": 1, "dropped": 2}))
    await episodes.change("north/e1", lambda _doc: Change({"kept": 1}))
    assert await raw(store, "north/e1") == {"_id": "north/e1", "version": 2, "kept": 1}


async def test_values_that_look_like_expressions_are_stored_as_they_are(store: Store, episodes: Aggregates) -> None:
    await episodes.change("north/e1", lambda _doc: Change({"text": "first"}))
    odd = {"text": "$version", "nested": {"list": ["$$NOW", {"deep": "$_id"}]}}
    await episodes.change("north/e1", lambda _doc: Change(odd))
    stored = await raw(store, "north/e1")
    assert {key: stored[key] for key in odd} == odd


async def test_nothing_to_do_writes_nothing(episodes: Aggregates) -> None:
    saved: list[tuple[str, str]] = []
    episodes.on_saved = lambda name, id: saved.append((name, id))
    assert await episodes.change("north/none", lambda _doc: None) is None
    assert await episodes.get("north/none") is None
    first = await episodes.change("north/e1", put(1))
    assert saved == [("episodes", "north/e1")]
    assert await episodes.change("north/e1", put(1)) == first
    # The same document again without events is not an effective write either.
    assert await episodes.change("north/e1", lambda doc: Change(doc or {})) == first
    assert saved == [("episodes", "north/e1")]
    assert await episodes.get("north/e1") == first


async def test_what_change_returns_is_what_is_stored(episodes: Aggregates) -> None:
    at = datetime(2026, 3, 1, 10, 0, 0, 123_999, tzinfo=timezone(timedelta(hours=1)))
    doc = {"at": at, "when": [at], "bytes": b"\x00\xff", "number": 5, "pair": (1, 2), "nothing": None}
    returned = await episodes.change("north/e1", lambda _doc: Change(doc))
    assert returned == await episodes.get("north/e1")
    assert returned is not None
    assert returned["at"] == datetime(2026, 3, 1, 9, 0, 0, 123_000, tzinfo=UTC)


async def test_equal_sets_of_inputs_give_equal_bytes(store: Store, episodes: Aggregates) -> None:
    def add(number: int) -> Callable[[Document | None], Change | None]:
        def decide(doc: Document | None) -> Change | None:
            inputs = dict((doc or {}).get("inputs", {}))
            if f"k{number}" in inputs:
                return None
            return Change({**(doc or {}), f"top{number}": 1, "inputs": {**inputs, f"k{number}": number}})

        return decide

    shuffled = [*range(6)] * 3
    random.Random(4).shuffle(shuffled)
    for id, order in (("a", range(6)), ("b", shuffled)):
        for number in order:
            await episodes.change(id, add(number))
    first, second = await raw(store, "a"), await raw(store, "b")
    assert bson_encode({**first, "_id": ""}) == bson_encode({**second, "_id": ""})


async def test_another_unique_index_is_a_conflict_that_names_it(episodes: Aggregates) -> None:
    await episodes.change("north/e1", lambda _doc: Change({"number": 1}))
    with pytest.raises(Conflict) as new:
        await episodes.change("north/e2", lambda _doc: Change({"number": 1}))
    assert new.value.field == "number"
    await episodes.change("north/e2", lambda _doc: Change({"number": 2}))
    with pytest.raises(Conflict) as changed:
        await episodes.change("north/e2", lambda _doc: Change({"number": 1}))
    assert changed.value.field == "number"


async def test_two_writers_that_insert_the_same_document_at_once_both_succeed(
    store: Store, episodes: Aggregates
) -> None:
    # The server may report the other unique index before _id: that is no conflict, it is the same document.
    def once(doc: Document | None) -> Change | None:
        return Change({"number": 7}, [event(1)]) if doc is None else None

    writers = [instance(store, episodes) for _ in range(6)]
    for attempt in range(20):
        saved = await asyncio.gather(*(each.change("north/same", once) for each in writers))
        assert [each["number"] for each in saved if each] == [7] * 6, attempt
        await episodes._collection.delete_one({"_id": "north/same"})


async def test_find_sorts_limits_and_shows_no_outbox(episodes: Aggregates) -> None:
    for number in (3, 1, 2):
        await episodes.change(f"north/e{number}", put(number))
    await episodes.change("south/e9", put(9))
    found = await episodes.find({"pending": True}, sort=[("_id", -1)], limit=2)
    assert [document["_id"] for document in found] == ["south/e9", "north/e3"]
    assert all("outbox" not in document and "pending" not in document for document in found)


async def test_an_index_that_is_there_with_other_options_is_reported(store: Store, episodes: Aggregates) -> None:
    await store.ensure_indexes()
    store.declare("episodes", [Index(["number"])])
    with pytest.raises(IndexMismatch, match=r"episodes.*number"):
        await store.ensure_indexes()


async def test_declared_indexes_exist(store: Store, episodes: Aggregates) -> None:
    store.declare("links", [Index([("site_id", 1), ("at", -1)]), Index(["ends"], expire_after=timedelta(days=1))])
    await store.ensure_indexes()
    links = await store.db["links"].index_information()
    assert links["ends_1"]["expireAfterSeconds"] == 86400
    assert links["site_id_1_at_-1"]["key"] == [("site_id", 1), ("at", -1)]
    own = await store.db["episodes"].index_information()
    assert own["number_1"]["unique"] is True
    assert own["pending_1"]["sparse"] is True


async def test_a_lease_has_one_holder_and_its_token_grows(store: Store) -> None:
    lease, ttl = Lease(store), timedelta(milliseconds=400)
    tokens = await asyncio.gather(*(lease.acquire("engine", f"owner-{number}", ttl) for number in range(8)))
    (holder,) = [number for number, token in enumerate(tokens) if token is not None]
    assert tokens[holder] == 1
    owner = f"owner-{holder}"
    assert await lease.acquire("engine", "other", ttl) is None
    assert await lease.acquire("engine", owner, ttl) == 1
    assert await lease.renew("engine", owner, 1, ttl)
    await lease.release("engine", owner, 1)
    assert await lease.acquire("engine", "other", ttl) == 2
    assert not await lease.renew("engine", owner, 1, ttl)


async def test_an_expired_lease_is_taken_over_and_the_old_holder_is_fenced(store: Store) -> None:
    lease = Lease(store)
    assert await lease.acquire("engine", "first", timedelta(milliseconds=200)) == 1
    async with asyncio.timeout(10):
        while (token := await lease.acquire("engine", "second", timedelta(seconds=30))) is None:  # noqa: ASYNC110  time on the server
            await asyncio.sleep(0.02)
    assert token == 2
    assert not await lease.renew("engine", "first", 1, timedelta(seconds=30))
    await lease.release("engine", "first", 1)
    assert await lease.renew("engine", "second", 2, timedelta(seconds=30))
