"""Indexes as declarations: applied at start, compared with what is there."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

from pymongo.asynchronous.collection import AsyncCollection
from pymongo.errors import OperationFailure

from services.runtime.store.trouble import mongo_errors

Document = dict[str, Any]

_INDEX_OPTIONS_CONFLICT, _INDEX_KEY_SPECS_CONFLICT = 85, 86


@dataclass(frozen=True, slots=True)
class Index:
    """One declared index: ``keys`` are field names or (field, 1 | -1)."""

    keys: Sequence[str | tuple[str, int]]
    unique: bool = False
    partial: Mapping[str, Any] | None = None
    sparse: bool = False
    expire_after: timedelta | None = None

    def specification(self) -> list[tuple[str, int]]:
        """Return the keys as pymongo takes them."""
        return [(key, 1) if isinstance(key, str) else (key[0], key[1]) for key in self.keys]

    def options(self) -> dict[str, Any]:
        """Return only the options that are set: MongoDB counts a named default as a difference."""
        options: dict[str, Any] = {}
        if self.unique:
            options["unique"] = True
        if self.sparse:
            options["sparse"] = True
        if self.partial is not None:
            options["partialFilterExpression"] = dict(self.partial)
        if self.expire_after is not None:
            options["expireAfterSeconds"] = int(self.expire_after.total_seconds())
        return options


# The publisher's sweep finds documents with unsent events by it; sparse, so that it holds nothing else.
PENDING = Index(["pending"], sparse=True)


class IndexMismatch(RuntimeError):
    """An index with these keys is there with other options; only an operator may decide what happens to it."""


async def ensure(collection: AsyncCollection[Document], indexes: Sequence[Index]) -> None:
    """Create what is missing; IndexMismatch when one is there with other options, Transient when MongoDB is away."""
    for index in indexes:
        keys = index.specification()
        try:
            with mongo_errors("applying indexes"):
                await collection.create_index(keys, **index.options())
        except OperationFailure as error:
            if error.code not in (_INDEX_OPTIONS_CONFLICT, _INDEX_KEY_SPECS_CONFLICT):
                raise
            raise IndexMismatch(
                f"collection {collection.name}: an index on {[name for name, _ in keys]} exists with other options; "
                "drop it in a maintenance window and start again"
            ) from error
