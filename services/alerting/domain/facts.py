"""What an alert is about: a pure function of the set of events about its subject, whatever their order."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from typing import Any
from uuid import UUID, uuid5

# A fixed namespace of alert ids (made once with uuid4; it has no meaning).
_NAMESPACE = UUID("6c9f3a52-6f0e-4c8b-9a4e-2f1f8f2f7a31")
RAISED = "raised"
WITHDRAWN = "withdrawn"
DISMISSED = "dismissed"


class Kind(StrEnum):
    """What an alert is about."""

    RISK = "risk"
    RUPTURE = "rupture"
    CASELOAD = "caseload"  # several clients of one therapist slip at once: for support
    OPERATIONAL = "operational"  # Attune itself is not as it should be
    TEST = "test"  # to see that a page arrives


@dataclass(frozen=True, slots=True)
class Report:
    """One event about the subject: what happened (opened, revised, ... or raised), and the revision it speaks of."""

    event_id: str
    change: str
    revision: int
    at: datetime
    payload: Mapping[str, Any] = field(hash=False)

    @property
    def order(self) -> tuple[int, datetime, str, str]:
        """Where the report stands among the others; total, so that equal sets are equal lists."""
        return self.revision, self.at, self.event_id, json.dumps(self.payload, sort_keys=True)


@dataclass(frozen=True, slots=True)
class Said:
    """A report without its content: that it was made is kept of all, the content only of the last."""

    revision: int
    at: datetime
    event_id: str
    change: str


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything known about the subject."""

    kind: Kind
    site_id: str
    subject_id: str
    said: tuple[Said, ...]
    latest: Report

    @property
    def alert_id(self) -> str:
        """The same subject always has the same alert."""
        return alert_id(self.kind, self.site_id, self.subject_id)

    @property
    def dedup_key(self) -> str:
        """What is unique among the open alerts of a site."""
        return f"{self.kind}:{self.subject_id}"

    @property
    def about(self) -> str:
        """Whose alert it is, whatever the single event: the next one of the same kind and episode is a recurrence."""
        return f"{self.kind}:{self.part('episode_id')}"

    @property
    def withdrawn(self) -> bool:
        """Tell whether the last word is that there was nothing: scoring's own, or a clinician's."""
        return self.latest.change in (WITHDRAWN, DISMISSED)

    @property
    def dismissed(self) -> bool:
        """Tell whether it was a clinician's."""
        return self.latest.change == DISMISSED

    def part(self, name: str) -> str:
        """Return an id that the last report names (episode_id, client_id, therapist_id); empty when it names none."""
        return str(self.latest.payload.get(name, ""))


def alert_id(kind: Kind, site_id: str, subject_id: str) -> str:
    """Return the id of the alert about a subject."""
    return str(uuid5(_NAMESPACE, f"{kind}\n{site_id}\n{subject_id}"))


def fold(known: Facts | None, kind: Kind, site_id: str, subject_id: str, report: Report) -> Facts:
    """Return what is known with one more report.

    The same report again changes nothing; an older one never hides a newer.
    """
    said = Said(report.revision, report.at, report.event_id, report.change)
    if known is None:
        return Facts(kind, site_id, subject_id, (said,), report)
    everything = sorted({*known.said, said}, key=lambda each: (each.revision, each.at, each.event_id, each.change))
    latest = max(known.latest, report, key=lambda each: each.order)
    return Facts(kind, site_id, subject_id, tuple(everything), latest)
