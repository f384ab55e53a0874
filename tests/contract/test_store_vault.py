"""Sealed values on a real MongoDB wire: unreadable without the master key, gone with their owner's key."""

import asyncio
import base64
import os
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from services.dev.environment import Keys, master_key
from services.runtime.errors import Transient
from services.runtime.store import MasterKeys, Store, Vault
from tests.support.runtime import settings_on

WORDS = "the planted words"


def keys_of(tmp_path: Path, *lines: str) -> MasterKeys:
    file = tmp_path / "master"
    file.write_text("\n".join(lines))
    return MasterKeys.read(file)


@pytest.fixture
async def store(mongo_uri: str, mongo_prefix: str, keys: Keys) -> AsyncIterator[Store]:
    store = await Store.open(settings_on(mongo_uri, mongo_prefix, keys), "intake")
    try:
        yield store
    finally:
        await store.close()


async def vault_of(store: Store, keys: MasterKeys) -> Vault:
    vault = store.vault("owner_keys", keys)
    await store.ensure_indexes()
    return vault


async def stored(store: Store) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = await store.db["owner_keys"].find({}).to_list()
    return found


async def test_a_value_comes_back_and_nothing_of_it_is_in_what_is_stored(store: Store, tmp_path: Path) -> None:
    vault = await vault_of(store, keys_of(tmp_path, master_key()))
    first = await vault.seal("harbour/cl-1", {"text": WORDS})
    second = await vault.seal("harbour/cl-1", {"text": WORDS})
    assert first != second
    assert await vault.open(first) == await vault.open(second) == {"text": WORDS}
    (key,) = await stored(store)
    assert WORDS not in repr(key)
    assert WORDS.encode() not in first
    assert key["keyAltNames"] == ["harbour/cl-1"]
    await vault.close()


async def test_owners_have_keys_of_their_own_and_one_each_however_many_write_at_once(
    store: Store, tmp_path: Path
) -> None:
    vault = await vault_of(store, keys_of(tmp_path, master_key()))
    owners = [f"harbour/cl-{number % 2}" for number in range(12)]
    sealed = await asyncio.gather(*(vault.seal(owner, {"n": n}) for n, owner in enumerate(owners)))
    assert len(await stored(store)) == 2
    assert [await vault.open(each) for each in sealed] == [{"n": number} for number in range(12)]
    await vault.close()


async def test_a_destroyed_key_takes_its_values_along_at_once_and_no_others(store: Store, tmp_path: Path) -> None:
    keys = keys_of(tmp_path, master_key())
    vault, elsewhere = await vault_of(store, keys), await vault_of(store, keys)
    mine = await vault.seal("harbour/cl-1", {"text": WORDS})
    others = await vault.seal("harbour/cl-10", {"text": WORDS})
    assert await elsewhere.open(mine) == {"text": WORDS}
    assert await vault.forget("harbour/cl-1")
    assert not await vault.forget("harbour/cl-1")
    await asyncio.sleep(0.01)  # longer than the millisecond that an unwrapped key is kept
    for each in (vault, elsewhere):
        assert await each.open(mine) is None
        assert await each.open(others) == {"text": WORDS}
    again = await vault.seal("harbour/cl-1", {"text": "new"})
    assert await vault.open(again) == {"text": "new"}
    assert await vault.open(mine) is None
    for each in (vault, elsewhere):
        await each.close()


async def test_a_new_master_key_takes_over_and_the_old_one_can_go(store: Store, tmp_path: Path) -> None:
    old, new = master_key(), master_key()
    vault = await vault_of(store, keys_of(tmp_path, old))
    sealed = [await vault.seal(f"harbour/cl-{number}", {"n": number}) for number in range(3)]
    elsewhere = await vault.seal("harbour2/cl-1", {"text": WORDS})
    await vault.close()

    vault = await vault_of(store, keys_of(tmp_path, new, old))
    assert await vault.rewrap("harbour") == 3
    assert await vault.rewrap("harbour") == 0
    assert await vault.complete()
    await vault.close()

    vault = await vault_of(store, keys_of(tmp_path, new))
    assert [await vault.open(each) for each in sealed] == [{"n": number} for number in range(3)]
    # Not wrapped anew yet, so it is not lost: it waits for its master key, and says so.
    assert not await vault.complete()
    with pytest.raises(RuntimeError, match="master key"):
        await vault.open(elsewhere)
    await vault.close()


async def test_a_database_that_is_away_is_away_and_not_an_error_of_ours(
    mongo_uri: str, mongo_prefix: str, keys: Keys, tmp_path: Path
) -> None:
    settings = settings_on(mongo_uri, mongo_prefix, keys)
    store = await Store.open(settings, "intake")
    vault = await vault_of(store, keys_of(tmp_path, master_key()))
    sealed = await vault.seal("harbour/cl-1", {"text": WORDS})
    await asyncio.sleep(0.01)
    await store.close()
    from pymongo import AsyncMongoClient

    client: AsyncMongoClient[dict[str, Any]] = AsyncMongoClient(
        "mongodb://127.0.0.1:9", timeoutMS=500, serverSelectionTimeoutMS=200
    )
    away = Vault(client, store.db.name, "owner_keys", keys_of(tmp_path, master_key()))
    for call in (away.seal("harbour/cl-1", {"text": WORDS}), away.open(sealed), away.rewrap("harbour")):
        with pytest.raises(Transient) as caught:
            await call
        assert WORDS not in str(caught.value)
    await away.close()
    await client.close()
    await vault.close()


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "is empty"),
        ("not base64!", "line 1 is not base64"),
        (base64.b64encode(os.urandom(95)).decode(), "line 1 has 95 bytes"),
        (f"{master_key()}\n{base64.b64encode(b'x').decode()}", "line 2 has 1 bytes"),
    ],
)
def test_a_key_file_that_cannot_be_used_says_why_and_shows_nothing(tmp_path: Path, text: str, reason: str) -> None:
    with pytest.raises(ValueError, match=reason) as caught:
        keys_of(tmp_path, text)
    assert text[:20] == "" or text[:20] not in str(caught.value)


def test_master_keys_are_not_shown(tmp_path: Path) -> None:
    key = master_key()
    keys = keys_of(tmp_path, key)
    assert key[:8] not in repr(keys)
    assert keys.newest.startswith("local:k")
