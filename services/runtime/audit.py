"""Who did what, when, at which site, and how it ended. Append-only: nothing here changes or deletes what an entry says.

An entry is durable before the act that it speaks of is answered, at the price of one write. Its place in the hash chain
comes a moment later (``Sealer``), so that concurrent writers never wait for each other.
"""

import asyncio
import time
import uuid
from datetime import datetime
from typing import Any

from pymongo.errors import DuplicateKeyError

from services.runtime import audit_chain
from services.runtime.clock import Clock
from services.runtime.errors import Transient
from services.runtime.metrics import Metrics
from services.runtime.store import Index, Store, canonical, mongo_errors
from services.runtime.telemetry import get_logger

COLLECTION = "audit"
SEALS = "audit_seals"

SEAL_EVERY = 1.0  # seconds (own): for so long an entry can be tampered with unseen
BATCH = 500  # entries of one seal
ANCHOR_EVERY = 60.0  # seconds between two anchors in the log (own)
SILENT_LIMIT = 30.0  # seconds without a good look after which the sealer calls itself ill

log = get_logger(__name__)


class Audit:
    """The audit trail of one service, in its own database."""

    def __init__(self, store: Store, clock: Clock, metrics: Metrics | None = None) -> None:
        self._store = store
        self._collection = store.db[COLLECTION]
        self._clock = clock
        self._metrics = metrics
        store.declare(
            COLLECTION, [Index(["site_id", "at", "_id"]), Index(["unsealed", "at"], partial={"unsealed": True})]
        )

    @property
    def available(self) -> bool:
        """Whether the database answered when it was last asked; a door refuses at once while it does not."""
        return self._store.healthy

    async def record(
        self, *, who: str, action: str, site_id: str, subject: str, outcome: str, detail: str = ""
    ) -> None:
        """Append one entry, durably; Transient when MongoDB is away, so that nothing is done unaudited."""
        entry: dict[str, Any] = canonical(
            {
                "_id": str(uuid.uuid4()),
                "at": self._clock.now(),
                "who": who,
                "action": action,
                "site_id": site_id,
                "subject": subject,
                "outcome": outcome,
                "detail": detail,
                "unsealed": True,
            }
        )
        with mongo_errors("writing the audit"):
            await self._collection.insert_one(entry)
        if self._metrics:
            self._metrics.audit_entries.labels(outcome).inc()

    async def entries(
        self, site_id: str, limit: int = 100, before: tuple[datetime, str] | None = None, who: str = ""
    ) -> list[dict[str, Any]]:
        """Return the latest entries of a site, newest first: those before an entry (at, _id), or of one person.

        Of one moment there may be several, so a time alone would leave some out between two pages.
        """
        query: dict[str, Any] = {"site_id": site_id}
        if before is not None:
            at, entry_id = before
            query["at"] = {"$lte": at}
            query["$or"] = [{"at": {"$lt": at}}, {"at": at, "_id": {"$lt": entry_id}}]
        if who:
            query["who"] = who
        with mongo_errors("reading the audit"):
            return await self._collection.find(query, limit=limit).sort([("at", -1), ("_id", -1)]).to_list()


class Sealer:
    """Puts entries into the chain, once a second. A part of every service; of several instances each may seal.

    A seal's number is its ``_id``, so of two that are made at once the database takes one. An entry is marked as
    sealed after its seal is there; whoever seals next first finishes that for the last seal, so that a crash between
    the two puts no entry into the chain twice.
    """

    def __init__(self, store: Store, clock: Clock, metrics: Metrics) -> None:
        self._entries = store.db[COLLECTION]
        self._seals = store.db[SEALS]
        self._clock = clock
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._good_at = time.monotonic()
        self._anchored_at = 0.0
        self._unanchored = ""  # the newest link as an anchor, while that is not in the log yet
        self._head = metrics.gauge("audit_seals", "Number of the last link of the audit's hash chain that was seen.")

    @property
    def healthy(self) -> bool:
        """Tell whether sealing goes well."""
        running = self._task is not None and not self._task.done()
        return running and time.monotonic() - self._good_at < SILENT_LIMIT

    @property
    def status(self) -> str:
        """Say why the sealer is not healthy; empty while it is."""
        return "" if self.healthy else f"audit entries have not been sealed for {SILENT_LIMIT:.0f} s"

    @property
    def failed(self) -> "asyncio.Task[None] | None":
        """The running sealer: it ends only by ``stop`` or a failure."""
        return self._task

    async def start(self) -> None:
        """Begin."""
        self._good_at = time.monotonic()
        self._task = asyncio.create_task(self._run(), name="audit sealer")

    async def stop(self) -> None:
        """Seal what is there and end."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def seal(self) -> int:
        """Seal the entries that wait, the oldest first; return how many. 0 as well when another instance was first."""
        with mongo_errors("sealing the audit"):
            if await self._entries.find_one({"unsealed": True}, {"_id": 1}) is None:
                return 0
            head = await self._seals.find_one({}, sort=[("_id", -1)])
            if head is not None:
                await self._mark(head)
            entries = await self._entries.find({"unsealed": True}, limit=BATCH).sort("at", 1).to_list()
            if not entries:
                return 0
            link = canonical(audit_chain.seal(head, entries, canonical(self._clock.now())))
            try:
                await self._seals.insert_one(link)
            except DuplicateKeyError:
                return 0
            await self._mark(link)
        self._noted(link)
        return len(entries)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            await self._seal_all()
            if time.monotonic() - self._anchored_at >= ANCHOR_EVERY:
                self._anchor()
            try:
                async with asyncio.timeout(SEAL_EVERY):
                    await self._stopping.wait()
            except TimeoutError:
                continue
        await self._seal_all()
        self._anchor()

    async def _seal_all(self) -> None:
        try:
            while await self.seal() == BATCH:
                pass
            self._good_at = time.monotonic()
        except Transient as away:
            log.warning("audit entries wait for their seal", dependency=away.what)

    async def _mark(self, link: dict[str, Any]) -> None:
        ids = [each["id"] for each in link["entries"]]
        await self._entries.update_many({"_id": {"$in": ids}}, {"$unset": {"unsealed": ""}})

    def _noted(self, link: dict[str, Any]) -> None:
        self._head.set(link["_id"])
        self._unanchored = audit_chain.anchor(link)

    def _anchor(self) -> None:
        """Log the newest link, if that was not done yet."""
        if self._unanchored:
            # Kept outside of the database with the rest of the log, it tells when the chain's end is cut off.
            log.info("audit anchor", anchor=self._unanchored, at=self._clock.now().isoformat())
            self._anchored_at, self._unanchored = time.monotonic(), ""
