"""Who did what, when, at which site, and how it ended. Append-only: nothing here changes or deletes an entry."""

import uuid
from typing import Any

from services.runtime.clock import Clock
from services.runtime.metrics import Metrics
from services.runtime.store import Index, Store, mongo_errors

COLLECTION = "audit"


class Audit:
    """The audit trail of one service, in its own database."""

    def __init__(self, store: Store, clock: Clock, metrics: Metrics | None = None) -> None:
        self._store = store
        self._collection = store.db[COLLECTION]
        self._clock = clock
        self._metrics = metrics
        store.declare(COLLECTION, [Index(["site_id", "at"])])

    @property
    def available(self) -> bool:
        """Whether the database answered when it was last asked; a door refuses at once while it does not."""
        return self._store.healthy

    async def record(
        self, *, who: str, action: str, site_id: str, subject: str, outcome: str, detail: str = ""
    ) -> None:
        """Append one entry, durably; Transient when MongoDB is away, so that nothing is done unaudited."""
        entry: dict[str, Any] = {
            "_id": str(uuid.uuid4()),
            "at": self._clock.now(),
            "who": who,
            "action": action,
            "site_id": site_id,
            "subject": subject,
            "outcome": outcome,
            "detail": detail,
        }
        with mongo_errors("writing the audit"):
            await self._collection.insert_one(entry)
        if self._metrics:
            self._metrics.audit_entries.labels(outcome).inc()

    async def entries(self, site_id: str, limit: int = 100) -> list[dict[str, Any]]:
        """Return the latest entries of a site, newest first."""
        with mongo_errors("reading the audit"):
            return await self._collection.find({"site_id": site_id}, limit=limit).sort("at", -1).to_list()
