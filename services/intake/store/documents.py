"""Episodes and sessions as documents.

``episodes`` and ``sessions`` hold the distinct reports about one thing each, in order; everything else is folded from
them when it is read, so a document is a pure function of the set of reports.
"""

from collections.abc import Sequence
from dataclasses import asdict
from enum import StrEnum
from typing import Any, cast

from services.intake.domain.reports import Closed, EpisodeFact, F, Fact, Opened, Recorded, Report, Updated
from services.intake.domain.values import (
    Agreement,
    Barrier,
    CloseReason,
    CommunicationStyle,
    Consent,
    Homework,
    HomeworkDone,
    Modality,
    SessionStatus,
    Visibility,
)
from services.runtime.store import Index

Doc = dict[str, Any]

EPISODES = "episodes"
SESSIONS = "sessions"
EPISODE_INDEXES = (Index(["site_id", "episode_id"]),)
SESSION_INDEXES = (Index(["site_id", "episode_id", "session_id"]),)

_KINDS: dict[str, type] = {"opened": Opened, "updated": Updated, "closed": Closed, "recorded": Recorded}
_NAMES = {kind: name for name, kind in _KINDS.items()}


def key(site_id: str, local_id: str) -> str:
    """Return the ``_id`` of a clinic's thing: its ids are unique only within its site."""
    return f"{site_id}/{local_id}"


def episode_document(reports: Sequence[Report[EpisodeFact]]) -> Doc:
    """Write an episode's reports."""
    first = reports[0]
    return {"site_id": first.site_id, "episode_id": first.episode_id, "reports": [_report(each) for each in reports]}


def session_document(reports: Sequence[Report[Recorded]]) -> Doc:
    """Write a session's reports."""
    first = reports[0]
    return {
        "site_id": first.site_id,
        "episode_id": first.episode_id,
        "session_id": first.fact.session_id,
        "reports": [_report(each) for each in reports],
    }


def episode_reports(document: Doc) -> tuple[Report[EpisodeFact], ...]:
    """Read an episode's reports, in order."""
    return cast(tuple[Report[EpisodeFact], ...], _reports(document))


def session_reports(document: Doc) -> tuple[Report[Recorded], ...]:
    """Read a session's reports, in order."""
    return cast(tuple[Report[Recorded], ...], _reports(document))


def _report(report: Report[F]) -> Doc:
    return {
        "source": report.source,
        "event_id": report.event_id,
        "occurred_at": report.occurred_at,
        "kind": _NAMES[type(report.fact)],
        "fact": asdict(report.fact, dict_factory=_plain),
    }


def _plain(items: list[tuple[str, Any]]) -> Doc:
    return {name: _plain_value(value) for name, value in items}


def _plain_value(value: Any) -> Any:
    if isinstance(value, StrEnum):
        return value.value
    if isinstance(value, tuple | list):
        return [_plain_value(each) for each in value]
    return value


def _reports(document: Doc) -> tuple[Report[Fact], ...]:
    return tuple(
        Report(
            site_id=document["site_id"],
            episode_id=document["episode_id"],
            source=each["source"],
            event_id=each["event_id"],
            occurred_at=each["occurred_at"],
            fact=_fact(each["kind"], each["fact"]),
        )
        for each in document["reports"]
    )


def _fact(kind: str, fields: Doc) -> Fact:
    match kind:
        case "opened":
            return Opened(
                client_ids=tuple(fields["client_ids"]),
                therapist_id=fields["therapist_id"],
                opened_at=fields["opened_at"],
                modality=Modality(fields["modality"]),
                agreement=_agreement(fields["agreement"]),
                consent=_consent(fields["consent"]),
            )
        case "updated":
            return Updated(
                therapist_id=fields["therapist_id"],
                agreement=_agreement(fields["agreement"]),
                consent=_consent(fields["consent"]),
            )
        case "closed":
            return Closed(closed_at=fields["closed_at"], reason=CloseReason(fields["reason"]))
        case "recorded":
            return Recorded(
                session_id=fields["session_id"],
                scheduled_at=fields["scheduled_at"],
                status=SessionStatus(fields["status"]),
                late_minutes=fields["late_minutes"],
                therapist_id=fields["therapist_id"],
                homework=_homework(fields["homework"]),
                goals_reviewed=fields["goals_reviewed"],
                next_session_at=fields["next_session_at"],
            )
        case _:
            raise LookupError(f"a stored report is of the unknown kind {kind!r}")


def _agreement(fields: Doc | None) -> Agreement | None:
    if fields is None:
        return None
    style = fields["communication_style"]
    return Agreement(
        goals=tuple(fields["goals"]),
        expectations=tuple(fields["expectations"]),
        preferences=tuple(fields["preferences"]),
        barriers=tuple(Barrier(barrier) for barrier in fields["barriers"]),
        communication_style=None if style is None else CommunicationStyle(style),
        route_ruptures_past_therapist=fields["route_ruptures_past_therapist"],
    )


def _consent(fields: Doc | None) -> Consent | None:
    if fields is None:
        return None
    return Consent(fields["monitoring"], Visibility(fields["visibility"]), fields["given_at"])


def _homework(fields: Doc | None) -> Homework | None:
    return None if fields is None else Homework(HomeworkDone(fields["done"]), fields["agreed"])
