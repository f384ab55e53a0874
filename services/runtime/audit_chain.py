"""The audit as a chain: pure functions that seal entries and find where a chain was broken.

A *seal* is one link: its number, the hash of the link before, and the hashes of the entries that it takes in, in
order. Whoever changes, removes or reorders an entry changes a hash; whoever cuts off the newest links is found by an
*anchor*, a link's number and hash that was noted somewhere else (every service logs one a minute).
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

Document = dict[str, Any]

# The link before the first one (own): no hash can be all zeros by accident.
GENESIS = "0" * 64
FIELDS = ("_id", "at", "who", "action", "site_id", "subject", "outcome", "detail")


@dataclass(frozen=True, slots=True)
class Break:
    """The first place where the chain does not hold: seal, entry (empty: the seal itself), and what is wrong."""

    seal: int
    entry_id: str
    reason: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """What a verification found. ``head`` is the last good link as ``number:hash``; an anchor to be kept elsewhere."""

    seals: int
    entries: int
    head: str
    broken: Break | None


def entry_hash(entry: Mapping[str, Any]) -> str:
    """Return the SHA-256 of everything that an entry says, in hexadecimal."""
    said = {name: _typed(entry.get(name, ""), datetime if name == "at" else str) for name in FIELDS}
    return hashlib.sha256(json.dumps(said, sort_keys=True, ensure_ascii=True).encode()).hexdigest()


def seal(before: Mapping[str, Any] | None, entries: Sequence[Mapping[str, Any]], at: datetime) -> Document:
    """Return the link that follows ``before`` (None: the first) and takes these entries in, in this order."""
    link: Document = {
        "_id": 1 if before is None else int(before["_id"]) + 1,
        "at": at,
        "prev_hash": GENESIS if before is None else before["hash"],
        "entries": [{"id": each["_id"], "site_id": each["site_id"], "hash": entry_hash(each)} for each in entries],
    }
    link["hash"] = seal_hash(link)
    return link


def seal_hash(link: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a link: its number, its time, the link before, and its entries in their order."""
    entries = [[each["id"], each["site_id"], each["hash"]] for each in link["entries"]]
    said = [link["_id"], _typed(link["at"], datetime), link["prev_hash"], entries]
    return hashlib.sha256(json.dumps(said, ensure_ascii=True).encode()).hexdigest()


def anchor(link: Mapping[str, Any]) -> str:
    """Write a link as an anchor."""
    return f"{link['_id']}:{link['hash']}"


def verify(
    seals: Iterable[Mapping[str, Any]],
    load: Callable[[Sequence[str]], Mapping[str, Mapping[str, Any]]],
    *,
    anchors: Iterable[str] = (),
    wanted: Callable[[Mapping[str, Any], str], bool] = lambda _link, _site: True,
) -> Verdict:
    """Follow the chain from its beginning and stop at the first break.

    ``seals`` come by number; ``load`` returns entries by id. Every link is checked; of the entries those for which
    ``wanted(link, site_id)`` holds.
    """
    expected: dict[int, set[str]] = {}
    for number, _, given in (each.partition(":") for each in anchors):
        expected.setdefault(int(number), set()).add(given)
    before: Mapping[str, Any] | None = None
    counted = 0
    for link in seals:
        broken = _broken_link(before, link, expected)
        chosen = [each for each in link["entries"] if wanted(link, each["site_id"])]
        if broken is None and chosen:
            broken = _broken_entry(link, chosen, load([each["id"] for each in chosen]))
        if broken is not None:
            return Verdict(_number(before), counted, _head(before), broken)
        expected.pop(int(link["_id"]), None)
        counted += len(chosen)
        before = link
    missing = min(expected, default=None)
    cut = None if missing is None else Break(missing, "", "the chain ends before it: its newest part was cut off")
    return Verdict(_number(before), counted, _head(before), cut)


def _broken_link(
    before: Mapping[str, Any] | None, link: Mapping[str, Any], expected: Mapping[int, set[str]]
) -> Break | None:
    number = int(link["_id"])
    if number != _number(before) + 1:
        return Break(_number(before) + 1, "", "is missing")
    if link["prev_hash"] != (GENESIS if before is None else before["hash"]):
        return Break(number, "", "does not follow the one before: one of the two was replaced or moved")
    if seal_hash(link) != link["hash"]:
        return Break(number, "", "was changed")
    if expected.get(number, set()) - {link["hash"]}:
        return Break(number, "", "is not the one that the anchor names: the chain was written anew from before it")
    return None


def _broken_entry(
    link: Mapping[str, Any], chosen: Sequence[Mapping[str, Any]], found: Mapping[str, Mapping[str, Any]]
) -> Break | None:
    for each in chosen:
        entry = found.get(each["id"])
        if entry is None:
            return Break(int(link["_id"]), each["id"], "was removed")
        if entry_hash(entry) != each["hash"]:
            return Break(int(link["_id"]), each["id"], "was changed")
    return None


def _number(link: Mapping[str, Any] | None) -> int:
    return 0 if link is None else int(link["_id"])


def _head(link: Mapping[str, Any] | None) -> str:
    return f"0:{GENESIS}" if link is None else anchor(link)


def _typed(value: Any, kind: type) -> str | list[str]:
    """The text of a value; with its type when that is another than is written there, so that the two differ."""
    return _text(value) if isinstance(value, kind) else [type(value).__name__, _text(value)]


def _text(value: Any) -> str:
    """Times in UTC to the millisecond, which is what the database keeps; everything else as it is."""
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="milliseconds")
    return str(value)


def as_line(entry: Mapping[str, Any]) -> str:
    """Write an entry with its seal and hash as one line of JSON; its hash can be computed again from it."""
    said = {name: _text(entry.get(name, "")) for name in FIELDS}
    return json.dumps({**said, "seal": entry["seal"], "hash": entry["hash"]}, ensure_ascii=True)
