"""A fenced lease: of several instances one acts, by the database server's clock, never by their own."""

from datetime import UTC, datetime, timedelta
from typing import Any

from pymongo.errors import DuplicateKeyError

from services.runtime.store.client import Store
from services.runtime.store.trouble import mongo_errors

_COLLECTION = "leases"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# Compared as milliseconds: the embedded server compares a stored date with $$NOW wrongly, real MongoDB does both.
_NOW = {"$toLong": "$$NOW"}
_EXPIRES = {"$toLong": {"$ifNull": ["$expires_at", _EPOCH]}}


class Lease:
    """Leases by name, in the service's database.

    The token grows each time a lease changes hands. Whoever acts under a lease writes its token with what it does, and
    a write with an older token loses. ``owner`` must be unique to one run of one process.
    """

    def __init__(self, store: Store) -> None:
        self._collection = store.db[_COLLECTION]

    async def acquire(self, name: str, owner: str, ttl: timedelta) -> int | None:
        """Take the lease if it is free, expired or already ours; return its token, or None while another holds it."""
        free = {"$lte": [_EXPIRES, _NOW]}
        ours = {"$eq": ["$owner", {"$literal": owner}]}
        mine = {"$or": [free, ours]}
        take: dict[str, Any] = {
            "token": {"$cond": [free, {"$add": [{"$ifNull": ["$token", 0]}, 1]}, "$token"]},
            "owner": {"$cond": [mine, {"$literal": owner}, "$owner"]},
            "expires_at": {"$cond": [mine, _after(ttl), "$expires_at"]},
        }
        with mongo_errors("taking a lease"):
            try:
                await self._collection.update_one({"_id": name}, [{"$set": take}], upsert=True)
            except DuplicateKeyError:
                # Two instances created it at once and the other was first: it holds the lease.
                return None
            lease = await self._collection.find_one({"_id": name})
        return int(lease["token"]) if lease is not None and lease["owner"] == owner else None

    async def renew(self, name: str, owner: str, token: int, ttl: timedelta) -> bool:
        """Extend a lease that nobody has taken over; False means: stop acting at once."""
        with mongo_errors("renewing a lease"):
            result = await self._collection.update_one(
                {"_id": name, "owner": owner, "token": token}, [{"$set": {"expires_at": _after(ttl)}}]
            )
        return result.matched_count == 1

    async def release(self, name: str, owner: str, token: int) -> None:
        """Let the next one take it at once; nothing happens when it is not ours any more."""
        with mongo_errors("releasing a lease"):
            await self._collection.update_one(
                {"_id": name, "owner": owner, "token": token}, [{"$set": {"expires_at": _EPOCH}}]
            )


def _after(ttl: timedelta) -> dict[str, Any]:
    return {"$add": ["$$NOW", int(ttl.total_seconds() * 1000)]}
