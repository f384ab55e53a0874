"""The one form in which a document is compared and stored, so that equal states are equal bytes."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

# Kept by the store itself; what a decide function says about them is ignored.
RESERVED = frozenset({"_id", "version", "outbox", "pending"})


def canonical(value: Any) -> Any:
    """Return a deep copy with sorted keys, tuples as lists, and times in UTC cut to the millisecond that BSON can hold.

    Sorted keys make the bytes of a document independent of the order in which its inputs came.
    """
    if isinstance(value, Mapping):
        return {key: canonical(value[key]) for key in sorted(value)}
    if isinstance(value, (list, tuple)):
        return [canonical(item) for item in value]
    if isinstance(value, datetime):
        if value.tzinfo is None:
            raise TypeError("a stored time must be aware")
        utc = value.astimezone(UTC)
        return utc.replace(microsecond=utc.microsecond // 1000 * 1000)
    return value


def visible(stored: Mapping[str, Any]) -> dict[str, Any]:
    """Return the document as its owner sees it: everything but the outbox."""
    return {key: value for key, value in stored.items() if key not in ("outbox", "pending")}


def own_fields(document: Mapping[str, Any]) -> dict[str, Any]:
    """Return the fields that belong to the owner, in canonical form."""
    own: dict[str, Any] = canonical({key: value for key, value in document.items() if key not in RESERVED})
    return own
