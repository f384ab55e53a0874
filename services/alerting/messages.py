"""Between the protobuf messages of the wire and the domain, in both directions.

Names and numbers of enums are the protos'.
"""

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from types import MappingProxyType
from typing import Any

from attune.alerting.v1 import alerting_service_pb2 as api
from attune.alerting.v1 import events_pb2 as alerting
from attune.feedback.v1 import events_pb2 as feedback
from attune.intake.v1 import events_pb2 as intake
from attune.scoring.v1 import events_pb2 as scoring
from attune.scoring.v1 import guidance_pb2 as guidance
from attune.scoring.v1 import summaries_pb2 as summaries
from google.protobuf.json_format import MessageToDict, ParseDict
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.alerting.domain.alert import OUR_REASONS, Entry, State
from services.alerting.domain.delivery import ARRIVED, SENT, Delivery, Purpose
from services.alerting.domain.facts import RAISED, Facts, Kind, Report
from services.alerting.domain.findings import Findings, Found, RuptureType
from services.alerting.domain.silence import Scope, Silence
from services.runtime.errors import Permanent
from services.runtime.events import IDENTIFIER, Event

# What alerting consumes, by ce_type, and what happened to a rupture by it.
RISK_RAISED = "attune.risk-flag.raised.v1"
SESSION_CHANGED = "attune.session.changed.v1"
CASELOAD_PATTERN = "attune.caseload.pattern.v1"
EPISODE_CHANGED = "attune.episode.changed.v1"
RUPTURE_CHANGES: Mapping[str, str] = MappingProxyType(
    {
        f"attune.rupture.{change}.v1": change
        for change in ("opened", "revised", "repaired", "unrepaired", "ended", "dismissed", "withdrawn")
    }
)
REGISTRY: Mapping[str, type[Message]] = MappingProxyType(
    {
        RISK_RAISED: feedback.RiskFlag,
        EPISODE_CHANGED: intake.Episode,
        SESSION_CHANGED: intake.Session,
        CASELOAD_PATTERN: summaries.CaseloadPattern,
        **dict.fromkeys(RUPTURE_CHANGES, scoring.Rupture),
    }
)


_OUTCOMES: Mapping[str, str] = MappingProxyType({SENT: "delivered", ARRIVED: "arrived"})


def rupture_report(event: Event, rupture: scoring.Rupture) -> Report:
    """Read an event of scoring."""
    _check_site(event.site_id, rupture.site_id)
    _check_ids("data.", rupture_id=rupture.rupture_id, episode_id=rupture.episode_id)
    return Report(event.id, RUPTURE_CHANGES[event.type], rupture.revision, _cut(event.time), _content(rupture))


def caseload_report(event: Event, pattern: summaries.CaseloadPattern) -> Report:
    """Read a pattern in a therapist's caseload."""
    _check_site(event.site_id, pattern.site_id)
    _check_ids("data.", pattern_id=pattern.pattern_id, therapist_id=pattern.therapist_id)
    return Report(event.id, RAISED, int(pattern.revision), _cut(event.time), _content(pattern))


def risk_report(site_id: str, flag: feedback.RiskFlag, path: str) -> Report:
    """Read a risk flag, whichever way it came: the flag's own id and time make both ways one report."""
    _check_site(site_id, flag.site_id, path)
    _check_ids(f"{path}.", flag_id=flag.flag_id, episode_id=flag.episode_id)
    if not flag.HasField("submitted_at"):
        raise Permanent(f"{path}.submitted_at", "is missing", "Give when the client answered.")
    at = _cut(flag.submitted_at.ToDatetime(tzinfo=UTC))
    return Report(flag.flag_id, RAISED, 1, at, _content(flag))


def to_alert(facts: Facts, state: State) -> alerting.Alert:
    """Write an alert."""
    return alerting.Alert(
        site_id=facts.site_id,
        alert_id=facts.alert_id,
        kind=f"ALERT_KIND_{facts.kind.upper()}",
        status=f"ALERT_STATUS_{state.status.upper()}",
        episode_id=facts.part("episode_id"),
        client_id=facts.part("client_id"),
        therapist_id=facts.part("therapist_id"),
        subject_id=facts.subject_id,
        triggered_at=state.triggered_at,
        acknowledged_by=state.acknowledged_by,
        acknowledged_at=state.acknowledged_at,
        closed_at=state.closed_at,
        close_reason=state.close_reason,
        step=state.step,
        loop=state.loop,
        next_action_at=state.next_action_at,
        revision=state.revision,
        findings=_findings(state.findings),
        snoozed_until=state.snoozed_until,
        recurrence_of=state.recurrence_of,
        last_triggered_at=state.triggered_last,
    )


def published(facts: Facts, state: State) -> alerting.Alert:
    """Write an alert for its topic: of why it was closed only our own words, never what a clinician wrote."""
    alert = to_alert(facts, state)
    if state.close_reason not in OUR_REASONS:
        alert.ClearField("close_reason")
    return alert


def findings(said: alerting.Findings) -> Findings:
    """Read what was found; Permanent names what is missing."""
    if said.found == alerting.FOUND_UNSPECIFIED:
        raise Permanent("findings.found", "is missing", "Say whether what the alert said was confirmed.")
    return Findings(
        Found(alerting.Found.Name(said.found).removeprefix("FOUND_").lower()),
        tuple(RuptureType(_rupture_type(each)) for each in said.types),
        tuple(said.tried),
    )


def scope(value: int) -> Scope:
    """Read what a silence is about."""
    if value not in api.SilenceScope.values() or value == api.SILENCE_SCOPE_UNSPECIFIED:
        raise Permanent("scope", "is missing", "Give episode, therapist or site.")
    return Scope(api.SilenceScope.Name(value).removeprefix("SILENCE_SCOPE_").lower())


def to_silence(silence: Silence) -> api.Silence:
    """Write a silence."""
    return api.Silence(
        silence_id=silence.silence_id,
        scope=f"SILENCE_SCOPE_{silence.scope.upper()}",
        subject=silence.subject,
        author=silence.author,
        reason=silence.reason,
        created_at=silence.created_at,
        starts_at=silence.starts_at,
        ends_at=silence.ends_at,
        ended_by=silence.ended_by,
        replaced_by=silence.replaced_by,
    )


def needed_moment(request: Message, field: str) -> datetime:
    """Read a time that a request must have."""
    found = moment(request, field)
    if found is None:
        raise Permanent(field, "is missing", "Give a time.")
    return found


def moment(request: Message, field: str) -> datetime | None:
    """Read an optional time of a request."""
    return getattr(request, field).ToDatetime(tzinfo=UTC) if request.HasField(field) else None


def to_timeline(facts: Facts, state: State, deliveries: Sequence[Delivery]) -> list[api.TimelineEntry]:
    """Write everything that happened, oldest first: what was said, what became of the alert, who was told."""
    entries = [Entry(said.at, said.change, _source(facts.kind), f"revision {said.revision}") for said in facts.said]
    entries += state.timeline
    for delivery in deliveries:
        told = _told(delivery)
        entries.append(Entry(delivery.planned_at, "planned", "escalate", told))
        for attempt in delivery.log:
            what = _OUTCOMES.get(attempt.outcome, "delivery-failed")
            detail = told if attempt.outcome in _OUTCOMES else f"{told}: {attempt.outcome}"
            entries.append(Entry(attempt.at, what, "send", detail))
    return [
        api.TimelineEntry(at=_timestamp(entry.at), what=entry.what, who=entry.who, detail=entry.detail)
        for entry in sorted(entries, key=lambda entry: entry.at)
    ]


def to_delivery(delivery: Delivery) -> api.Delivery:
    """Write a delivery."""
    return api.Delivery(
        delivery_id=delivery.delivery_id,
        person_id=delivery.person_id,
        channel=f"CHANNEL_{delivery.channel.upper()}",
        status=f"DELIVERY_STATUS_{delivery.progress.upper()}",
        attempts=delivery.attempts,
        planned_at=delivery.planned_at,
        sent_at=delivery.sent_at,
        last_error=delivery.last_error,
        step=delivery.step,
        loop=delivery.loop,
        purpose=f"PURPOSE_{delivery.purpose.upper()}",
        not_before=delivery.not_before,
        held=delivery.held,
        bundle=delivery.bundle,
        delivered_at=delivery.delivered_at,
        again=delivery.again,
    )


def to_rupture(facts: Facts) -> scoring.Rupture | None:
    """Write the rupture as scoring reported it last; None for other kinds."""
    if facts.kind is not Kind.RUPTURE:
        return None
    # A document written by a newer version may hold fields that this one does not know.
    return ParseDict(dict(facts.latest.payload), scoring.Rupture(), ignore_unknown_fields=True)


def to_caseload(facts: Facts) -> summaries.CaseloadPattern | None:
    """Write the pattern of a caseload; None for other kinds."""
    if facts.kind is not Kind.CASELOAD:
        return None
    return ParseDict(dict(facts.latest.payload), summaries.CaseloadPattern(), ignore_unknown_fields=True)


def check_ids(**ids: str) -> None:
    """Check the ids of a request; Permanent names the one that is none."""
    _check_ids("", **ids)


def _check_ids(prefix: str, **ids: str) -> None:
    for name, value in ids.items():
        if not IDENTIFIER.fullmatch(value):
            raise Permanent(
                f"{prefix}{name}",
                "is not an identifier" if value else "is missing",
                "Give 1 to 64 letters, digits and . _ : -",
            )


def _check_site(expected: str, given: str, path: str = "data") -> None:
    if given != expected:
        raise Permanent(
            f"{path}.site_id", "names another site than the sender's", "Send it for the site that it belongs to."
        )


def _told(delivery: Delivery) -> str:
    who = f"{delivery.person_id} by {delivery.channel}"
    if delivery.purpose is Purpose.END:
        return f"{who}, that it is over"
    if delivery.purpose is Purpose.DEADLINE:
        return f"{who}, that nobody has taken it on"
    return f"{who}, step {delivery.step + 1}, round {delivery.loop + 1}"


def _findings(found: Findings | None) -> alerting.Findings | None:
    if found is None:
        return None
    return alerting.Findings(
        found=f"FOUND_{found.found.upper()}",
        types=[f"RUPTURE_TYPE_{each.upper()}" for each in found.types],
        tried=found.tried,
    )


def _rupture_type(value: int) -> str:
    if value not in (guidance.RUPTURE_TYPE_WITHDRAWAL, guidance.RUPTURE_TYPE_CONFRONTATION):
        raise Permanent("findings.types", "is not a type of rupture", "Give withdrawal, confrontation or both.")
    return guidance.RuptureType.Name(value).removeprefix("RUPTURE_TYPE_").lower()


def _source(kind: Kind) -> str:
    return {Kind.RISK: "feedback", Kind.RUPTURE: "scoring", Kind.CASELOAD: "scoring"}.get(kind, "alerting")


def _content(message: Message) -> dict[str, Any]:
    content: dict[str, Any] = MessageToDict(message, preserving_proto_field_name=True)
    return content


def _timestamp(at: datetime) -> Timestamp:
    timestamp = Timestamp()
    timestamp.FromDatetime(at)
    return timestamp


def _cut(at: datetime) -> datetime:
    """Cut to the millisecond that the database keeps."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
