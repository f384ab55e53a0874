"""One collection of versioned documents, each carrying the events that it caused and that are not published yet."""

import asyncio
import random
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from weakref import WeakValueDictionary

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import DuplicateKeyError

from services.runtime.errors import Conflict, Transient
from services.runtime.events import Event, encode
from services.runtime.metrics import Metrics
from services.runtime.store.documents import canonical, own_fields, visible
from services.runtime.store.indexes import PENDING, Index
from services.runtime.store.trouble import mongo_errors

Document = dict[str, Any]

# Twenty writers of one document each win once: the last has lost 19 times. Beyond that something else is wrong.
_ATTEMPTS = 64
_LONGEST_PAUSE_SECONDS = 0.05


@dataclass(frozen=True, slots=True)
class Change:
    """What a decide function wants saved: the whole document, and the events that it causes as (topic, event)."""

    doc: Mapping[str, Any]
    events: Sequence[tuple[str, Event]] = field(default=())


@dataclass(frozen=True, slots=True)
class OutboxEntry:
    """One event waiting to be published, encoded as it will travel."""

    id: str
    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


Decide = Callable[[dict[str, Any] | None], Change | None]


class Aggregates:
    """Documents ``{_id, version, <own fields>, outbox, pending}``; outbox and pending are absent when nothing waits."""

    def __init__(
        self, collection: AsyncCollection[Document], indexes: Sequence[Index] = (), metrics: Metrics | None = None
    ) -> None:
        self.name = collection.name
        self.indexes: tuple[Index, ...] = (PENDING, *indexes)
        # Called with (collection, id) after a save that caused events; the publisher's nudge.
        self.on_saved: Callable[[str, str], None] | None = None
        self._collection = collection
        self._metrics = metrics
        # Writers of one process take turns at a document; ``version`` is for those of others.
        self._turns: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def get(self, id: str) -> Document | None:
        """Return the document as stored, without its outbox."""
        stored = await self._load(id)
        return None if stored is None else visible(stored)

    async def find(
        self, filter: Mapping[str, Any], sort: Sequence[tuple[str, int]] | None = None, limit: int = 100
    ) -> list[Document]:
        """Return at most ``limit`` documents; the filter needs an indexed equality at its top level."""
        with mongo_errors(f"reading {self.name}"):
            cursor = self._collection.find(dict(filter), {"outbox": 0, "pending": 0}, limit=limit)
            if sort:
                cursor = cursor.sort(list(sort))
            return await cursor.to_list()

    async def values(self, filter: Mapping[str, Any], field: str) -> list[Any]:
        """Return one field of every document that matches, sorted: what a long reading goes through, page by page.

        The filter needs an indexed equality at its top level; an index that holds the field, too, answers by itself.
        """
        with mongo_errors(f"reading {self.name}"):
            found = await self._collection.find(dict(filter), {"_id": 0, field: 1}).to_list()
        return sorted(each[field] for each in found)

    async def change(self, id: str, decide: Decide) -> Document | None:
        """Load, decide and save the document with its events in one write; decide again when another writer was first.

        ``decide`` is pure: it gets the document (None when there is none) and returns a Change, or None when there is
        nothing to do. Fields that the new document lacks disappear; events not yet published stay. ``version`` grows by
        one with each effective save. Returns the document in force. Raises Conflict when another unique index is
        violated and Transient when MongoDB is away; a repeat is then safe if ``decide`` recognises its own input.
        """
        async with self._turns.setdefault(id, asyncio.Lock()):
            return await self._change(id, decide)

    async def _change(self, id: str, decide: Decide) -> Document | None:
        for attempt in range(_ATTEMPTS):
            stored = await self._load(id)
            current = None if stored is None else visible(stored)
            change = decide(None if current is None else dict(current))
            if change is None:
                return current
            own = own_fields(change.doc)
            if current is not None and not change.events and own_fields(current) == own:
                return current
            version = 1 if current is None else int(current["version"]) + 1
            saved: Document = {"_id": id, "version": version, **own}
            if await self._save(saved, [_entry(topic, event) for topic, event in change.events], version):
                self._after_save(id, bool(change.events))
                return saved
            if self._metrics:
                self._metrics.save_conflicts.labels(self.name).inc()
            await asyncio.sleep(random.uniform(0, min(_LONGEST_PAUSE_SECONDS, 0.002 * 2**attempt)))  # noqa: S311
        raise Transient(f"mongodb {self.name}: one document changed {_ATTEMPTS} times while it was being saved")

    async def outbox(self, id: str) -> list[OutboxEntry]:
        """Return the events of a document that wait to be published, oldest first."""
        stored = await self._load(id, {"outbox": 1})
        return [_stored_entry(item) for item in (stored or {}).get("outbox", [])]

    async def pending_ids(self, limit: int = 100) -> list[str]:
        """Return the ids of documents with events that wait: what the sweeper looks for after a crash."""
        with mongo_errors(f"sweeping {self.name}"):
            found = await self._collection.find({"pending": True}, {"_id": 1}, limit=limit).to_list()
        return [str(item["_id"]) for item in found]

    async def sent(self, id: str, event_ids: Sequence[str]) -> None:
        """Take published events out of the outbox. One write that does not touch ``version``, so it fences nobody."""
        ids = list(event_ids)
        left = {"$filter": {"input": {"$ifNull": ["$outbox", []]}, "as": "entry", "cond": _not_in("$$entry.id", ids)}}
        empty = {"$eq": ["$outbox", []]}
        clear = {
            "pending": {"$cond": [empty, "$$REMOVE", True]},
            "outbox": {"$cond": [empty, "$$REMOVE", "$outbox"]},
        }
        with mongo_errors(f"marking events of {self.name} as published"):
            await self._collection.update_one({"_id": id}, [{"$set": {"outbox": left}}, {"$set": clear}])

    async def _load(self, id: str, fields: Mapping[str, Any] | None = None) -> Document | None:
        with mongo_errors(f"reading {self.name}"):
            found: Document | None = await self._collection.find_one({"_id": id}, fields)
        return found

    async def _save(self, saved: Document, entries: list[Document], version: int) -> bool:
        """Write one version; False when another writer was first."""
        try:
            with mongo_errors(f"saving to {self.name}"):
                if version == 1:
                    waiting = {"outbox": entries, "pending": True} if entries else {}
                    await self._collection.insert_one({**saved, **waiting})
                    return True
                result = await self._collection.update_one(
                    {"_id": saved["_id"], "version": version - 1}, _replacement(saved, entries)
                )
                return result.matched_count == 1
        except DuplicateKeyError as error:
            keys = list((error.details or {}).get("keyPattern", {}))
            # Two writers that insert the same document may collide on any of its unique indexes first.
            if keys == ["_id"] or (version == 1 and await self._load(str(saved["_id"]), {"_id": 1}) is not None):
                return False
            raise Conflict(", ".join(keys) or "value", f"is already taken in {self.name}") from None

    def _after_save(self, id: str, with_events: bool) -> None:
        if self._metrics:
            self._metrics.saves.labels(self.name).inc()
        if with_events and self.on_saved is not None:
            self.on_saved(self.name, id)


def _replacement(saved: Document, entries: list[Document]) -> list[dict[str, Any]]:
    """Replace all own fields while the outbox is taken from the document as it is at the moment of the write.

    So an entry that the publisher removes between our load and our save stays removed. ``$literal`` keeps values that
    start with ``$`` from being read as expressions.
    """
    outbox: Any = "$outbox"
    pending: Any = "$pending"
    if entries:
        outbox = {"$concatArrays": [{"$ifNull": ["$outbox", []]}, {"$literal": entries}]}
        pending = True
    return [{"$replaceWith": {"$mergeObjects": [{"$literal": saved}, {"outbox": outbox, "pending": pending}]}}]


def _not_in(what: str, ids: list[str]) -> dict[str, Any]:
    return {"$not": [{"$in": [what, {"$literal": ids}]}]}


def _entry(topic: str, event: Event) -> Document:
    key, value, headers = encode(event)
    document: Document = canonical(
        {
            "id": event.id,
            "topic": topic,
            "key": key,
            "value": value,
            "headers": [[name, data] for name, data in headers],
        }
    )
    return document


def _stored_entry(item: Mapping[str, Any]) -> OutboxEntry:
    headers = [(str(name), bytes(data)) for name, data in item["headers"]]
    return OutboxEntry(str(item["id"]), str(item["topic"]), bytes(item["key"]), bytes(item["value"]), headers)
