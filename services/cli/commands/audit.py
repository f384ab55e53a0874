"""`attune audit`: check the hash chain of a service's audit, and hand entries out."""

from __future__ import annotations

import getpass
import os
import sys
import uuid
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Annotated, Any

import typer
from pymongo import MongoClient
from pymongo.database import Database
from pymongo.errors import PyMongoError

from services.cli.commands.options import where
from services.cli.errors import USAGE, Problem
from services.cli.output import emit_json, line, warn
from services.cli.where import SERVICES, Where
from services.runtime import audit_chain
from services.runtime.audit import COLLECTION, SEALS
from services.runtime.store import canonical

app = typer.Typer(no_args_is_help=True, help="The audit: who did what, and that nobody changed it since.")

# The sealer needs a second; one that has not come for so long is down or was kept from it (own).
UNSEALED_FOR = timedelta(minutes=5)
Doc = dict[str, Any]

Service = Annotated[str, typer.Option(help=f"Whose: {', '.join(SERVICES)}.", envvar="ATTUNE_CLI_SERVICE")]
OneSite = Annotated[str, typer.Option("--site", help="Only entries of this site; every link is checked all the same.")]
Since = Annotated[datetime | None, typer.Option(help="Only entries sealed at this time (UTC) or later.")]
Until = Annotated[datetime | None, typer.Option(help="Only entries sealed before this time (UTC).")]
Prefix = Annotated[str, typer.Option(help="Prefix of the database names.", envvar="ATTUNE_MONGO_DATABASE_PREFIX")]


@app.command()
def verify(
    context: typer.Context,
    service: Service,
    site: OneSite = "",
    since: Since = None,
    until: Until = None,
    anchor: Annotated[
        list[str] | None, typer.Option(help="A link that was noted elsewhere, NUMBER:HASH; repeat for more.")
    ] = None,
    prefix: Prefix = "attune",
    as_json: Annotated[bool, typer.Option("--json", help="Print JSON.")] = False,
) -> None:
    """Follow the chain from its first link; name the first entry that is missing, changed or moved. Exit code 1 then.

    An anchor (the service logs one a minute, and this command prints the newest) also tells when the end was cut off.
    """
    anchors = [_checked_anchor(each) for each in anchor or ()]
    chosen = _Range(site, since, until)
    with _database(where(context), service, prefix) as database:
        verdict = audit_chain.verify(
            database[SEALS].find().sort("_id", 1),
            lambda ids: _by_id(database, ids),
            anchors=anchors,
            wanted=chosen.holds,
        )
        broken = verdict.broken or _outside(database)
    if as_json:
        said = None if broken is None else {"seal": broken.seal, "entry": broken.entry_id, "reason": broken.reason}
        emit_json({"seals": verdict.seals, "entries": verdict.entries, "head": verdict.head, "broken": said})
    elif broken is None:
        line(f"{service}: {verdict.entries} entries in {verdict.seals} links, unbroken. Keep this anchor elsewhere:")
        line(verdict.head)
    if broken is not None:
        what = f"entry {broken.entry_id}" if broken.entry_id else f"link {broken.seal}"
        warn(f"{service}: BROKEN at link {broken.seal}: {what} {broken.reason}. Good up to {verdict.head}")
        raise typer.Exit(1)


@app.command()
def export(
    context: typer.Context,
    service: Service,
    site: OneSite = "",
    since: Since = None,
    until: Until = None,
    out: Annotated[Path | None, typer.Option(help="Write to this file, readable by you only; else stdout.")] = None,
    prefix: Prefix = "attune",
) -> None:
    """Hand out entries in the order of the chain, a JSON object a line, each with its link and hash.

    That it was done, by whom, is itself an entry, written first.
    """
    chosen = _Range(site, since, until)
    with _database(where(context), service, prefix) as database:
        database[COLLECTION].insert_one(_exported(chosen))
        stream = (
            sys.stdout if out is None else os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w")
        )
        try:
            for link in database[SEALS].find().sort("_id", 1):
                for row in _rows(database, link, chosen):
                    stream.write(audit_chain.as_line(row) + "\n")
        finally:
            if out is not None:
                stream.close()


class _Range:
    """Which entries are meant."""

    def __init__(self, site: str, since: datetime | None, until: datetime | None) -> None:
        self.site, self.since, self.until = site, _aware(since), _aware(until)

    def holds(self, link: Mapping[str, Any], site_id: str) -> bool:
        at = link["at"]
        return (
            self.site in ("", site_id)
            and (self.since is None or at >= self.since)
            and (self.until is None or at < self.until)
        )


def _rows(database: Database[Doc], link: Doc, chosen: _Range) -> Iterator[Doc]:
    wanted = [each for each in link["entries"] if chosen.holds(link, each["site_id"])]
    found = _by_id(database, [each["id"] for each in wanted])
    for each in wanted:
        entry = found.get(each["id"])
        if entry is None:
            raise Problem(f"entry {each['id']} of link {link['_id']} is not there; `attune audit verify` says more")
        yield {**entry, "seal": link["_id"], "hash": each["hash"]}


def _outside(database: Database[Doc]) -> audit_chain.Break | None:
    """Entries that no link knows: left unsealed, or put in behind the sealer's back."""
    entries, seals = database[COLLECTION], database[SEALS]
    head = seals.find_one(sort=[("_id", -1)])
    number = 0 if head is None else int(head["_id"])
    old = entries.find_one({"unsealed": True, "at": {"$lt": datetime.now(UTC) - UNSEALED_FOR}}, sort=[("at", 1)])
    if old is not None:
        return audit_chain.Break(number + 1, str(old["_id"]), "has waited for its link too long; is the service up?")
    known = {each["id"] for link in seals.find({}, {"entries.id": 1}) for each in link["entries"]}
    for entry in entries.find({"unsealed": {"$ne": True}}, {"_id": 1}):
        # A service that runs has sealed more since: what the links that were read do not have, a newer one may.
        newer = {"_id": {"$gt": number}, "entries.id": entry["_id"]}
        if entry["_id"] not in known and seals.find_one(newer, {"_id": 1}) is None:
            return audit_chain.Break(
                number, str(entry["_id"]), "is in no link: it was put in from outside, or its link was cut off"
            )
    return None


def _by_id(database: Database[Doc], ids: Sequence[str]) -> dict[str, Doc]:
    return {str(each["_id"]): each for each in database[COLLECTION].find({"_id": {"$in": list(ids)}})}


def _exported(chosen: _Range) -> Doc:
    return dict(
        canonical(
            {
                "_id": str(uuid.uuid4()),
                "at": datetime.now(UTC),
                "who": f"shell:{getpass.getuser()}",
                "action": "audit export",
                "site_id": chosen.site,
                "subject": f"since={chosen.since or ''} until={chosen.until or ''}",
                "outcome": "STARTED",
                "detail": "",
                "unsealed": True,
            }
        )
    )


@contextmanager
def _database(known: Where, service: str, prefix: str) -> Iterator[Database[Doc]]:
    if service not in SERVICES:
        raise Problem(f"no service {service}; there are {', '.join(SERVICES)}", USAGE)
    with MongoClient[Doc](known.mongo(), timeoutMS=60_000, tz_aware=True) as client:
        try:
            yield client[f"{prefix}_{service}"]
        except PyMongoError as error:
            raise Problem(f"cannot read {service}'s audit: {type(error).__name__}; look at MongoDB") from error


def _checked_anchor(text: str) -> str:
    number, _, digest = text.strip().partition(":")
    if not number.isdigit() or len(digest) != len(audit_chain.GENESIS):
        raise Problem(f"{text!r} is not an anchor; it is NUMBER:HASH, as the service logs it", USAGE)
    return f"{int(number)}:{digest}"


def _aware(at: datetime | None) -> datetime | None:
    return None if at is None else at.replace(tzinfo=at.tzinfo or UTC)
