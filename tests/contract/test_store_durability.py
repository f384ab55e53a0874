"""A killed or absent database: an acknowledged save survives, and absence is Transient, never a loss."""

import asyncio
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from services.dev.environment import Keys
from services.dev.mongo import Mongo
from services.runtime.audit import Audit
from services.runtime.clock import SystemClock
from services.runtime.errors import Transient
from services.runtime.settings import SettingsError
from services.runtime.store import Change, Store
from tests.support.runtime import settings_on

SOON = {"ATTUNE_MONGO_SERVER_SELECTION_SECONDS": "0.5", "ATTUNE_MONGO_TIMEOUT_SECONDS": "2"}


@pytest.fixture
def mortal(tmp_path: Path) -> Iterator[Mongo]:
    """A database of this test alone, to be killed."""
    with Mongo(tmp_path / "mongo") as server:
        yield server


async def test_an_acknowledged_save_survives_kill_9(mortal: Mongo, keys: Keys) -> None:
    acknowledged: list[str] = []
    store = await Store.open(settings_on(mortal.uri, "t", keys, **SOON), "intake")
    documents = store.aggregates("documents")

    async def write(writer: int) -> None:
        for number in range(10_000):
            id = f"{writer}/{number}"
            await documents.change(id, lambda _doc, number=number: Change({"number": number}))
            acknowledged.append(id)

    writers = [asyncio.create_task(write(writer)) for writer in range(4)]
    async with asyncio.timeout(30):
        while len(acknowledged) < 60:  # noqa: ASYNC110  counted, not signalled
            await asyncio.sleep(0.005)
    mortal.kill()
    ends = await asyncio.gather(*writers, return_exceptions=True)
    assert all(isinstance(end, Transient) for end in ends), ends
    await asyncio.to_thread(mortal.start)
    try:
        lost = [id for id in acknowledged if await documents.get(id) is None]
    finally:
        await store.close()
    assert lost == []


async def test_an_absent_database_is_transient_and_its_return_is_noticed(mortal: Mongo, keys: Keys) -> None:
    settings = settings_on(mortal.uri, "t", keys, **SOON)
    store = await Store.open(settings, "intake")
    documents = store.aggregates("documents")
    audit = Audit(store, SystemClock())
    assert audit.available
    mortal.kill()
    for operation in (
        lambda: documents.get("a"),
        lambda: documents.find({"pending": True}),
        lambda: documents.change("a", lambda _doc: Change({})),
        lambda: documents.pending_ids(),
        lambda: documents.sent("a", ["x"]),
        lambda: audit.record(who="w", action="a", site_id="s", subject="", outcome="OK"),
        store.ensure_indexes,
        store.ping,
        lambda: Store.open(settings, "intake"),
    ):
        started = time.monotonic()
        with pytest.raises(Transient, match="mongodb"):
            await operation()
        assert time.monotonic() - started < 3
    assert not store.healthy
    assert not audit.available
    await asyncio.to_thread(mortal.start)
    await store.ping()
    assert store.healthy
    assert await documents.change("a", lambda _doc: Change({"x": 1})) == {"_id": "a", "version": 1, "x": 1}
    await store.close()


async def test_writes_are_acknowledged_by_a_majority_and_the_journal(
    mongo_uri: str, mongo_prefix: str, keys: Keys
) -> None:
    store = await Store.open(settings_on(mongo_uri, mongo_prefix, keys), "intake")
    try:
        assert store.db["any"].write_concern.document == {"w": "majority", "j": True}
        assert store.db["any"].read_concern.level == "majority"
    finally:
        await store.close()


@pytest.mark.parametrize("weak", ["w=1", "w=0", "journal=false", "readConcernLevel=local"])
async def test_a_uri_cannot_weaken_the_promise(mongo_uri: str, mongo_prefix: str, keys: Keys, weak: str) -> None:
    store = await Store.open(settings_on(f"{mongo_uri}&{weak}", mongo_prefix, keys), "intake")
    try:
        assert store.db["any"].write_concern.document == {"w": "majority", "j": True}
        assert store.db["any"].read_concern.level == "majority"
    finally:
        await store.close()


async def test_an_unusable_uri_is_reported_without_its_password(keys: Keys, mongo_prefix: str) -> None:
    settings = settings_on("mongodb://attune:s3cret@host:notaport/", mongo_prefix, keys)
    with pytest.raises(SettingsError) as caught:
        await Store.open(settings, "intake")
    assert caught.value.problems[0].startswith("ATTUNE_MONGO_URI: ")
    assert "s3cret" not in str(caught.value)
