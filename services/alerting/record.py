"""Everything that is kept of one site: what the file declares, what the API owns, what people arranged and confirmed.

One document for each site, so a change is one write. A person or a rota has one owner: the file (``section``) or the
API (``people``, ``rotas``).
"""

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from services.alerting import people as people_of
from services.alerting.declared import Beside, DeclaredRota, read_site
from services.alerting.domain.shifts import Override, OverrideKind
from services.alerting.domain.sites import Contact, Site
from services.alerting.people import DeclaredPerson
from services.alerting.sites import Section
from services.runtime import files
from services.runtime.store import Index

Doc = dict[str, Any]

SITES = "sites"
SITE_INDEXES = (Index(["current", "stamp"]),)


@dataclass(frozen=True, slots=True)
class Code:
    """A code that was sent to a contact and is waited for; only its hash is kept."""

    hash: str
    sent_at: datetime
    expires_at: datetime
    tries: int = 0


@dataclass(frozen=True, slots=True)
class Record:
    """One site. ``section`` is None once the file no longer names it.

    ``from_start`` is the digest of the section that was last taken from the file at a start; ``applied`` tells that a
    later one came by ``attune oncall apply``. ``confirmed`` and ``codes`` are by the fingerprint of a contact.
    """

    site_id: str
    section: Section | None = None
    from_start: str = ""
    applied: bool = False
    people: Mapping[str, Section] = field(default_factory=dict)
    rotas: Mapping[str, Section] = field(default_factory=dict)
    overrides: tuple[Override, ...] = ()
    confirmed: Mapping[str, datetime] = field(default_factory=dict)
    codes: Mapping[str, Code] = field(default_factory=dict)
    revision: int = 0

    @property
    def stamp(self) -> str:
        """Return what changes with every change."""
        return f"{self.site_id}@{self.revision}"

    def site(self, directory: Path) -> Site | None:
        """Return the site as alerting uses it, None when it is retired; FileError lists what is wrong."""
        if self.section is None:
            return None
        beside = Beside(
            self.overrides,
            {name: files.check({**person, "id": name}, DeclaredPerson, name) for name, person in self.people.items()},
            {name: files.check(rota, DeclaredRota, name) for name, rota in self.rotas.items()},
        )
        return read_site(self.site_id, self.section, directory, "", beside, self._is_confirmed)

    def owner(self, kind: str, name: str) -> str:
        """Return who owns a person or rota of the site: file or api."""
        return "api" if name in (self.people if kind == "person" else self.rotas) else "file"

    def _is_confirmed(self, person_id: str, contact: Contact) -> bool:
        return people_of.fingerprint(person_id, contact) in self.confirmed


def digest(section: Section) -> str:
    """Return what tells two sections apart."""
    return hashlib.sha256(json.dumps(section, sort_keys=True).encode()).hexdigest()


def document(record: Record) -> Doc:
    """Write a record. Sections are kept as text: their keys may hold what a field's name in MongoDB must not."""
    return {
        "site_id": record.site_id,
        "current": True,
        "stamp": record.stamp,
        "revision": record.revision,
        "section": None if record.section is None else json.dumps(record.section),
        "from_start": record.from_start,
        "applied": record.applied,
        "people": json.dumps(dict(record.people)),
        "rotas": json.dumps(dict(record.rotas)),
        "overrides": [_override(each) for each in record.overrides],
        "confirmed": dict(record.confirmed),
        "codes": {
            name: {"hash": code.hash, "sent_at": code.sent_at, "expires_at": code.expires_at, "tries": code.tries}
            for name, code in record.codes.items()
        },
    }


def read(document: Doc) -> Record:
    """Read a record."""
    return Record(
        site_id=document["site_id"],
        section=None if document["section"] is None else json.loads(document["section"]),
        from_start=document["from_start"],
        applied=document["applied"],
        people=json.loads(document["people"]),
        rotas=json.loads(document["rotas"]),
        overrides=tuple(Override(**{**each, "kind": OverrideKind(each["kind"])}) for each in document["overrides"]),
        confirmed=document["confirmed"],
        codes={name: Code(**code) for name, code in document["codes"].items()},
        revision=document["revision"],
    )


def _override(override: Override) -> Doc:
    return {
        "override_id": override.override_id,
        "rota_id": override.rota_id,
        "kind": override.kind.value,
        "starts_at": override.starts_at,
        "ends_at": override.ends_at,
        "person_id": override.person_id,
        "instead_of": override.instead_of,
        "author": override.author,
        "reason": override.reason,
        "made_at": override.made_at,
        "swap_id": override.swap_id,
    }
