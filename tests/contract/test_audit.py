"""The audit on the real database: every entry comes into the chain once, whoever seals, and tampering shows."""

import asyncio
import json
from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from typing import Any

import pymongo
import pytest
from structlog.testing import capture_logs
from typer.testing import CliRunner

from services.cli.commands.audit import _outside
from services.cli.main import app
from services.runtime import audit, audit_chain
from services.runtime.audit import BATCH, COLLECTION, Audit, Sealer
from services.runtime.clock import ManualClock, SystemClock
from services.runtime.metrics import Metrics
from services.runtime.settings import Settings
from services.runtime.store import Store
from tests.support.asking import until

Database = Any


@pytest.fixture
async def store(service_env: Any) -> AsyncIterator[Store]:
    opened = await Store.open(Settings.load(service_env("alerting")), "alerting")
    yield opened
    await opened.close()


@pytest.fixture
def database(mongo_uri: str, mongo_prefix: str) -> Iterator[Database]:
    with pymongo.MongoClient(mongo_uri, timeoutMS=20_000) as client:  # type: pymongo.MongoClient[dict[str, Any]]
        yield client[f"{mongo_prefix}_alerting"]


def sealer(store: Store) -> Sealer:
    return Sealer(store, SystemClock(), Metrics("alerting"))


async def write(store: Store, count: int, site_id: str = "north") -> None:
    audit = Audit(store, SystemClock())
    await store.ensure_indexes()
    for start in range(0, count, 50):
        await asyncio.gather(
            *(
                audit.record(who="user:ana", action="look", site_id=site_id, subject=f"alerts/{number}", outcome="OK")
                for number in range(start, min(start + 50, count))
            )
        )


async def seal_all(*sealers: Sealer) -> None:
    for _ in range(20):
        await asyncio.gather(*(each.seal() for each in sealers))


def run(mongo_uri: str, mongo_prefix: str, *arguments: str) -> Any:
    command = ["--mongo", mongo_uri, "audit", *arguments, "--service", "alerting", "--prefix", mongo_prefix]
    return CliRunner().invoke(app, command)


async def test_several_sealers_at_once_take_every_entry_in_once(
    store: Store, database: Database, mongo_uri: str, mongo_prefix: str
) -> None:
    await write(store, BATCH + 40)
    first, second, third = (sealer(store) for _ in range(3))
    writing = asyncio.create_task(write(store, 60, "south"))
    await seal_all(first, second, third)
    await writing
    await seal_all(first, second, third)
    sealed = [each["id"] for link in database.audit_seals.find() for each in link["entries"]]
    assert len(sealed) == len(set(sealed)) == BATCH + 100
    assert database.audit.count_documents({"unsealed": True}) == 0
    result = await asyncio.to_thread(run, mongo_uri, mongo_prefix, "verify", "--json")
    assert result.exit_code == 0, result.output
    assert json.loads(result.stdout)["entries"] == BATCH + 100
    result = await asyncio.to_thread(run, mongo_uri, mongo_prefix, "export", "--site", "south")
    assert {json.loads(each)["site_id"] for each in result.stdout.splitlines()} == {"south"}
    assert len(result.stdout.splitlines()) == 60


async def test_a_crash_between_the_link_and_its_marks_takes_nothing_in_twice(
    store: Store, database: Database, mongo_uri: str, mongo_prefix: str
) -> None:
    await write(store, 3)
    await sealer(store).seal()
    database.audit.update_many({}, {"$set": {"unsealed": True}})
    await write(store, 2)
    await seal_all(sealer(store))
    sealed = [each["id"] for link in database.audit_seals.find() for each in link["entries"]]
    assert len(sealed) == len(set(sealed)) == 5
    assert (await asyncio.to_thread(run, mongo_uri, mongo_prefix, "verify")).exit_code == 0


async def test_verify_names_the_entry_that_was_touched(
    store: Store, database: Database, mongo_uri: str, mongo_prefix: str
) -> None:
    for _ in range(2):
        await write(store, 3)
        await sealer(store).seal()
    links = list(database.audit_seals.find().sort("_id", 1))
    anchor = f"2:{links[1]['hash']}"
    touched = links[0]["entries"][1]["id"]
    original = database.audit.find_one({"_id": touched})

    def verdict(*more: str) -> tuple[int, str]:
        result = run(mongo_uri, mongo_prefix, "verify", *more)
        return result.exit_code, result.stderr

    async def told(*more: str) -> tuple[int, str]:
        return await asyncio.to_thread(verdict, *more)

    assert (await told("--anchor", anchor))[0] == 0
    database.audit.update_one({"_id": touched}, {"$set": {"who": "nobody"}})
    code, said = await told()
    assert code == 1
    assert f"entry {touched} was changed" in said
    database.audit.delete_one({"_id": touched})
    code, said = await told()
    assert f"entry {touched} was removed" in said
    database.audit.insert_one(original)
    database.audit.insert_one({**original, "_id": "slipped-in"})
    code, said = await told()
    assert "entry slipped-in is in no link" in said
    database.audit.delete_one({"_id": "slipped-in"})
    assert (await told())[0] == 0
    # The end cut off, entries and link together: only an anchor kept elsewhere tells.
    database.audit.delete_many({"_id": {"$in": [each["id"] for each in links[1]["entries"]]}})
    database.audit_seals.delete_one({"_id": 2})
    assert (await told())[0] == 0
    code, said = await told("--anchor", anchor)
    assert code == 1
    assert "cut off" in said


async def test_pages_of_entries_leave_nothing_out_and_say_nothing_twice_at_one_moment(store: Store) -> None:
    trail = Audit(store, ManualClock(datetime(2026, 1, 12, 3, 0, tzinfo=UTC)))
    await store.ensure_indexes()
    for number in range(5):
        await trail.record(who="user:ana", action="look", site_id="north", subject=str(number), outcome="OK")
    found: list[dict[str, Any]] = []
    while page := await trail.entries("north", 2, (found[-1]["at"], found[-1]["_id"]) if found else None):
        found += page
    assert sorted(each["subject"] for each in found) == ["0", "1", "2", "3", "4"]


async def test_the_newest_link_is_anchored_when_nothing_comes_after_it_and_at_the_end(
    store: Store, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(audit, "SEAL_EVERY", 0.05)
    monkeypatch.setattr(audit, "ANCHOR_EVERY", 0.5)
    running = sealer(store)

    async def sealed(count: int) -> None:
        await asyncio.to_thread(until, lambda: database.audit_seals.count_documents({}) == count)

    with capture_logs() as logged:
        await running.start()
        for link in (1, 2):
            await write(store, 1)
            await sealed(link)
        await asyncio.to_thread(until, lambda: any(each.get("anchor", "").startswith("2:") for each in logged))
        monkeypatch.setattr(audit, "ANCHOR_EVERY", 3600.0)
        await write(store, 1)
        await sealed(3)
        await running.stop()
    head = database.audit_seals.find_one({"_id": 3})
    assert [each["anchor"] for each in logged if "anchor" in each][-1] == audit_chain.anchor(head)


class Busy:
    """A database whose service seals one more entry between verify's look at the links and that at the entries."""

    def __init__(self, database: Database) -> None:
        self._database = database

    def __getitem__(self, name: str) -> Any:
        return self if name == COLLECTION else self._database[name]

    def find_one(self, *query: Any, **more: Any) -> Any:
        return self._database.audit.find_one(*query, **more)

    def find(self, *query: Any) -> Any:
        entry = {**self._database.audit.find_one(), "_id": "sealed-meanwhile"}
        head = self._database.audit_seals.find_one(sort=[("_id", -1)])
        self._database.audit_seals.insert_one(audit_chain.seal(head, [entry], entry["at"]))
        self._database.audit.insert_one(entry)
        return self._database.audit.find(*query)


async def test_what_a_running_service_seals_meanwhile_is_not_called_broken(store: Store, database: Database) -> None:
    await write(store, 3)
    await sealer(store).seal()
    assert await asyncio.to_thread(_outside, Busy(database)) is None  # type: ignore[arg-type]
