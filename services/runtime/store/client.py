"""The connection of one service to its own database."""

from collections.abc import Sequence
from typing import Any, Self

from pymongo import AsyncMongoClient
from pymongo.asynchronous.database import AsyncDatabase
from pymongo.errors import ConfigurationError, InvalidURI

from services.runtime.metrics import Metrics
from services.runtime.settings import Settings, SettingsError
from services.runtime.store import indexes as index_tools
from services.runtime.store.aggregates import Aggregates
from services.runtime.store.indexes import Index
from services.runtime.store.trouble import mongo_errors
from services.runtime.store.vault import KEY_INDEX, MasterKeys, Vault

Document = dict[str, Any]

_PROBE_COLLECTION = "write_probe"


class Store:
    """One service's database, with a write concern that was proved at the start."""

    def __init__(self, client: AsyncMongoClient[Document], database: str, metrics: Metrics | None = None) -> None:
        self._client = client
        self._metrics = metrics
        self._aggregates: dict[str, Aggregates] = {}
        self._plain_indexes: dict[str, tuple[Index, ...]] = {}
        self.db: AsyncDatabase[Document] = client[database]
        self.healthy = False

    @classmethod
    async def open(cls, settings: Settings, service: str, metrics: Metrics | None = None) -> Self:
        """Connect and prove that writes are acknowledged by a majority and the journal.

        Transient when MongoDB is away, SettingsError when the URI cannot be used or weakens the promise.
        """
        try:
            client: AsyncMongoClient[Document] = AsyncMongoClient(
                settings.mongo_uri.get_secret_value(),
                appname=f"attune-{service}",
                w="majority",
                journal=True,
                readConcernLevel="majority",
                timeoutMS=int(settings.mongo_timeout_seconds * 1000),
                serverSelectionTimeoutMS=int(settings.mongo_server_selection_seconds * 1000),
                maxPoolSize=50,
                tz_aware=True,
                uuidRepresentation="standard",
            )
        except (InvalidURI, ConfigurationError, ValueError):
            # The driver's message may repeat the URI with its password.
            raise SettingsError(["ATTUNE_MONGO_URI: is not a usable MongoDB URI"]) from None
        store = cls(client, f"{settings.mongo_database_prefix}_{service}", metrics)
        try:
            await store._assert_durable_writes()
        except BaseException:
            await client.close()
            raise
        store.healthy = True
        return store

    def aggregates(self, name: str, indexes: Sequence[Index] = ()) -> Aggregates:
        """Declare a collection of aggregates; the same name gives the same object."""
        if name not in self._aggregates:
            self._aggregates[name] = Aggregates(self.db[name], indexes, self._metrics)
        return self._aggregates[name]

    def declare(self, name: str, indexes: Sequence[Index]) -> None:
        """Declare the indexes of a collection that is not one of aggregates."""
        self._plain_indexes[name] = tuple(indexes)

    def vault(self, name: str, keys: MasterKeys) -> Vault:
        """Declare a collection of data keys, and return what seals with them."""
        self.declare(name, [KEY_INDEX])
        return Vault(self._client, self.db.name, name, keys)

    async def ensure_indexes(self) -> None:
        """Create the declared indexes that are missing."""
        for aggregates in self._aggregates.values():
            await index_tools.ensure(self.db[aggregates.name], aggregates.indexes)
        for name, indexes in self._plain_indexes.items():
            await index_tools.ensure(self.db[name], indexes)

    async def ping(self) -> None:
        """Ask a primary to answer and note it in ``healthy``; Transient when there is none."""
        answered = False
        try:
            with mongo_errors("ping"):
                await self.db.command("ping")
            answered = True
        finally:
            self.healthy = answered

    async def close(self) -> None:
        """Close all connections."""
        self.healthy = False
        await self._client.close()

    async def _assert_durable_writes(self) -> None:
        concern = self.db[_PROBE_COLLECTION].write_concern.document
        if concern.get("w") != "majority" or concern.get("j") is not True:
            raise SettingsError([f"ATTUNE_MONGO_URI: must not weaken the write concern; it is {concern}"])
        with mongo_errors("probe write"):
            result = await self.db[_PROBE_COLLECTION].update_one({"_id": "probe"}, {"$inc": {"starts": 1}}, upsert=True)
        if not result.acknowledged:
            raise SettingsError(["ATTUNE_MONGO_URI: the database does not acknowledge writes"])
