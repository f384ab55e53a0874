"""Texts that the database alone cannot read: encrypted with a data key of their owner, which a master key wraps.

It is MongoDB's explicit client-side encryption (pymongocrypt). Data keys are
documents of a key collection, wrapped; the master keys are in a file that the database's server does not have.
Destroying an owner's data key makes everything that was sealed with it unreadable, wherever copies of it are.
"""

import base64
import binascii
import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from bson import Binary, CodecOptions
from bson.binary import UuidRepresentation
from pymongo import AsyncMongoClient
from pymongo.asynchronous.encryption import AsyncClientEncryption
from pymongo.errors import DuplicateKeyError, EncryptionError, PyMongoError

from services.runtime.errors import Transient
from services.runtime.store.indexes import Index
from services.runtime.store.trouble import is_away, mongo_errors

MASTER_KEY_BYTES = 96  # MongoDB manual, "Client-Side Field Level Encryption, Local Key Provider"
KEY_INDEX = Index(["keyAltNames"], unique=True, partial={"keyAltNames": {"$exists": True}})
# Random, so that equal texts have nothing in common once sealed (MongoDB manual, "Encryption Algorithms").
_ALGORITHM = "AEAD_AES_256_CBC_HMAC_SHA_512-Random"
# libmongocrypt keeps unwrapped data keys for a minute unless told otherwise; here a key that is destroyed is gone at
# once, in every process. 1 ms is the shortest, 0 means for ever (pymongo's ClientEncryption).
_KEPT_MS = 1
_PAGE = 200  # data keys that are wrapped anew in one go
_AFTER_SEPARATOR = chr(ord("/") + 1)


@dataclass(frozen=True, slots=True, repr=False)
class MasterKeys:
    """Keys that wrap data keys, by name; the first wraps, the others only unwrap."""

    keys: Mapping[str, bytes]

    @property
    def newest(self) -> str:
        """Name of the key that new data keys are wrapped with."""
        return next(iter(self.keys))

    @classmethod
    def read(cls, path: Path) -> "MasterKeys":
        """Read a file with one key a line, the newest first, each 96 bytes in base64; ValueError says what is wrong."""
        keys: dict[str, bytes] = {}
        for number, line in enumerate(path.read_text(encoding="utf-8").split(), start=1):
            try:
                key = base64.b64decode(line, validate=True)
            except (binascii.Error, ValueError):
                raise ValueError(f"line {number} is not base64") from None
            if len(key) != MASTER_KEY_BYTES:
                raise ValueError(f"line {number} has {len(key)} bytes and needs {MASTER_KEY_BYTES}")
            # Named after its hash, so that a key that comes back is known again; the name gives nothing of it away.
            keys[f"local:k{hashlib.sha256(key).hexdigest()[:16]}"] = key
        if not keys:
            raise ValueError("is empty")
        return cls(keys)


class Vault:
    """Seals and opens values. An owner is ``<group>/<id>``."""

    def __init__(self, client: AsyncMongoClient[dict[str, Any]], database: str, collection: str, keys: MasterKeys):
        self._collection = client[database][collection]
        self._newest = keys.newest
        self._names = tuple(keys.keys)
        self._cipher: AsyncClientEncryption[dict[str, Any]] = AsyncClientEncryption(
            {name: {"key": key} for name, key in keys.keys.items()},
            f"{database}.{collection}",
            client,
            CodecOptions(uuid_representation=UuidRepresentation.STANDARD),
            key_expiration_ms=_KEPT_MS,
        )

    async def seal(self, owner: str, value: Mapping[str, Any]) -> bytes:
        """Encrypt a value with its owner's data key, made when there is none. Transient when MongoDB is away."""
        await self._ensure_key(owner)
        try:
            sealed = await self._cipher.encrypt(dict(value), _ALGORITHM, key_alt_name=owner)
        except EncryptionError as error:
            raise _trouble("sealing", error) from None
        return bytes(sealed)

    async def open(self, sealed: bytes) -> dict[str, Any] | None:
        """Decrypt a value; None when its key was destroyed. Transient when MongoDB is away."""
        blob = Binary(sealed, 6)
        try:
            opened: dict[str, Any] = await self._cipher.decrypt(blob)
        except EncryptionError as error:
            if isinstance(error.cause, PyMongoError) or await self._known(sealed):
                raise _trouble("opening", error) from None
            return None
        return opened

    async def forget(self, owner: str) -> bool:
        """Destroy an owner's data key; whether there was one."""
        with mongo_errors("destroying a data key"):
            return (await self._collection.delete_one({"keyAltNames": owner})).deleted_count > 0

    async def rewrap(self, group: str) -> int:
        """Wrap the data keys of a group with the newest master key; return how many were wrapped with another one."""
        owners = {"$gte": f"{group}/", "$lt": f"{group}{_AFTER_SEPARATOR}"}
        old = {"keyAltNames": owners, "masterKey.provider": {"$ne": self._newest}}
        count = 0
        while True:
            with mongo_errors("reading data keys"):
                page = await self._collection.find(old, {"_id": 1}, limit=_PAGE).to_list()
            if not page:
                return count
            ids = [Binary.from_uuid(each["_id"]) for each in page]
            try:
                done = await self._cipher.rewrap_many_data_key({"_id": {"$in": ids}}, provider=self._newest)
            except EncryptionError as error:
                raise _trouble("wrapping data keys", error) from None
            changed = done.bulk_write_result.modified_count if done.bulk_write_result else 0
            if not changed:
                raise RuntimeError("data keys could not be wrapped anew")
            count += changed

    async def complete(self) -> bool:
        """Whether the master keys at hand unwrap every data key; goes through all of them."""
        with mongo_errors("checking data keys"):
            unknown = {"masterKey.provider": {"$nin": list(self._names)}}
            return await self._collection.find_one(unknown, {"_id": 1}) is None

    async def close(self) -> None:
        """Forget the master keys."""
        await self._cipher.close()

    async def _ensure_key(self, owner: str) -> None:
        with mongo_errors("looking for a data key"):
            if await self._collection.find_one({"keyAltNames": owner}, {"_id": 1}) is not None:
                return
        try:
            await self._cipher.create_data_key(self._newest, key_alt_names=[owner])
        except EncryptionError as error:
            # Another process made it at the same moment; its key is as good.
            if not isinstance(error.cause, DuplicateKeyError):
                raise _trouble("making a data key", error) from None

    async def _known(self, sealed: bytes) -> bool:
        """Whether the data key of a sealed value is there; bytes 1 to 16 are its id (BSON Binary subtype 6)."""
        with mongo_errors("looking for a data key"):
            found = await self._collection.find_one({"_id": Binary(sealed[1:17], 4)}, {"_id": 1})
        return found is not None


def _trouble(doing: str, error: EncryptionError) -> Exception:
    """The driver's message may quote what it worked on, so only its kind is passed on."""
    cause = error.cause
    if isinstance(cause, PyMongoError) and is_away(cause):
        return Transient(f"mongodb {doing}: {type(cause).__name__}")
    return RuntimeError(f"{doing} failed ({type(cause).__name__}): is a master key missing from the file?")
