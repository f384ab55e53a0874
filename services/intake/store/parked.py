"""Reports that wait for their episode to be opened: one document each, found by episode or by when to look at it next.

They are not aggregates: nothing is published from here, and a report leaves the collection when it is taken in or
becomes a dead letter.
"""

from collections.abc import AsyncIterator
from dataclasses import asdict, dataclass, replace
from datetime import datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from services.intake.messages import REGISTRY
from services.runtime.bus import Record
from services.runtime.errors import Transient
from services.runtime.events import Event, decode
from services.runtime.store import Index, Store, mongo_errors

PARKED = "parked"
# A secret of the caller's, checked when the record came; it is never kept.
AUTHORIZATION = "authorization"

_PAGE = 200


@dataclass(frozen=True, slots=True)
class ParkedReport:
    """A clinic's record as it came, with how long it may wait."""

    id: str
    episode: str  # key of the episode that it waits for
    record: Record
    parked_at: datetime
    deadline: datetime
    look_at: datetime  # when the sweeper looks at it next

    def event(self) -> Event:
        """Read the event; Permanent when this version cannot."""
        return decode(self.record.key, self.record.value, self.record.headers, REGISTRY)

    def next_look(self, now: datetime) -> datetime:
        """Look ever more rarely, each time after as long as it has waited so far, and at the deadline."""
        return min(now + (now - self.parked_at), self.deadline)


class ParkedReports:
    """The collection."""

    def __init__(self, store: Store, wait: timedelta, first_look: timedelta) -> None:
        self._wait = wait
        self._first_look = first_look
        self._collection = store.db[PARKED]
        store.declare(PARKED, [Index(["episode", "_id"]), Index(["look_at"])])

    async def put(self, episode: str, name: str, record: Record, now: datetime) -> ParkedReport:
        """Park the event of this name, durably; return what waits, which is an earlier record of it if there is one."""
        deadline = now + self._wait
        report = ParkedReport(
            id=f"{episode} {name}",
            episode=episode,
            record=replace(record, headers=[header for header in record.headers if header[0].lower() != AUTHORIZATION]),
            parked_at=now,
            deadline=deadline,
            look_at=min(now + self._first_look, deadline),
        )
        document = asdict(report)
        document["_id"] = document.pop("id")
        with mongo_errors("parking"):
            try:
                await self._collection.insert_one(document)
            except DuplicateKeyError:
                earlier = await self._collection.find_one({"_id": report.id})
                if earlier is None:
                    # Settled by another instance at this very moment: come again, and find its episode or park anew.
                    raise Transient("mongodb parking: the same event was settled meanwhile") from None
                return _read(earlier)
        return report

    async def of(self, episode: str) -> AsyncIterator[ParkedReport]:
        """Go through all that waits for an episode."""
        after = ""
        while True:
            with mongo_errors("reading what is parked"):
                cursor = self._collection.find({"episode": episode, "_id": {"$gt": after}}, limit=_PAGE).sort("_id", 1)
                page = await cursor.to_list()
            for document in page:
                yield _read(document)
            if len(page) < _PAGE:
                return
            after = page[-1]["_id"]

    async def due(self, now: datetime, limit: int) -> list[ParkedReport]:
        """Return those whose turn it is, the longest due first."""
        with mongo_errors("reading what is parked"):
            cursor = self._collection.find({"look_at": {"$lte": now}}, limit=limit).sort("look_at", 1)
            return [_read(document) for document in await cursor.to_list()]

    async def look_again(self, report: ParkedReport, at: datetime) -> None:
        """Say when to look at a report next."""
        with mongo_errors("parking"):
            await self._collection.update_one({"_id": report.id}, {"$set": {"look_at": at}})

    async def remove(self, report: ParkedReport) -> None:
        """End the wait of a report that is settled."""
        with mongo_errors("ending a wait"):
            await self._collection.delete_one({"_id": report.id})


def _read(document: dict[str, Any]) -> ParkedReport:
    record = document["record"]
    headers = [(name, data) for name, data in record["headers"]]
    return ParkedReport(
        id=document["_id"],
        episode=document["episode"],
        record=Record(**{**record, "headers": headers}),
        parked_at=document["parked_at"],
        deadline=document["deadline"],
        look_at=document["look_at"],
    )
