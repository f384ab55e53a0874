"""One document per therapist: the newest word on each rupture of their clients, and what was told of them."""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from services.runtime.store import Index
from services.scoring.domain.caseload import Caseload, Word

Doc = dict[str, Any]

CASELOADS = "caseloads"
CASELOAD_INDEXES = (Index(["site_id", "words.rupture_id"]),)  # whose rupture it was before a correction


def caseload_key(site_id: str, therapist_id: str) -> str:
    """The ``_id`` of a therapist's caseload: pseudonyms are unique only within a site."""
    return f"{site_id}/{therapist_id}"


def caseload_document(caseload: Caseload) -> Doc:
    """Write what is known of a caseload."""
    return {
        "site_id": caseload.site_id,
        "therapist_id": caseload.therapist_id,
        "words": [asdict(caseload.words[name]) for name in sorted(caseload.words)],
        "told": sorted(caseload.told),
        "heard": caseload.heard,
    }


def read_caseload(doc: Doc) -> Caseload:
    """Read what is known of a caseload."""
    return Caseload(
        site_id=doc["site_id"],
        therapist_id=doc["therapist_id"],
        words={each["rupture_id"]: Word(**each) for each in doc["words"]},
        told=frozenset(doc["told"]),
        heard=doc["heard"],
    )
