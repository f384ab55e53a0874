"""Alerting's collections, their indexes, and the mapping between the domain and documents.

An alert's document has two parts: ``facts`` is a pure function of the set of events about its subject; the rest is what
became of it.
"""

import dataclasses
from datetime import timedelta
from typing import Any

from services.alerting.domain.alert import Entry, State, Status
from services.alerting.domain.delivery import Attempt, Delivery, Progress, Purpose
from services.alerting.domain.facts import Facts, Kind, Report, Said
from services.alerting.domain.findings import Findings, Found, RuptureType
from services.alerting.domain.policy import RISK_ACK_TIMEOUT, RUPTURE_ACK_TIMEOUT, Policy, Step
from services.alerting.domain.silence import Scope, Silence
from services.alerting.domain.sites import Channel
from services.runtime.store import Index

Doc = dict[str, Any]

ALERTS = "alerts"
DELIVERIES = "deliveries"
SILENCES = "silences"
ADDRESSES = "addresses"
EPISODES = "episodes"
FEEDS = "feeds"

ALERT_INDEXES = (
    Index(["site_id", "dedup_key"], unique=True, partial={"open": True}),
    Index(["open", "kind", "next_action_at"]),  # the engine
    Index(["site_id", "order"]),  # listings, newest first
    Index(["site_id", "open", "order"]),
    Index(["site_id", "open", "kind", "order"]),  # the inbox: risks by themselves
    Index(["site_id", "about", "order"]),  # recurrences
    Index(["held_by"], sparse=True),  # whose next step a silence keeps back
    Index(["idle"], sparse=True),  # waits for somebody, and nothing will happen by itself
    Index(["end_due"], sparse=True),  # closed, and those who were paged do not know yet
)
DELIVERY_INDEXES = (
    Index(["progress", "kind", "not_before"]),  # what is to be sent
    # The same by channel and purpose, of what is still to be sent: read when there is more than one reading holds.
    Index(["progress", "kind", "channel", "purpose", "not_before"], partial={"progress": Progress.PENDING.value}),
    Index(["progress", "deadline"]),  # what a dead sender left
    Index(["kind", "planned_at"], partial={"next_channel": True}),  # failed, and to be seen to
    Index(["alert", "planned_at"]),
    Index(["delivery_id"]),
    Index(["contact", "progress", "not_before"]),  # what is told together
    Index(["bundle"], sparse=True),
    Index(["held_by"], sparse=True),
)

SILENCE_INDEXES = (
    Index(["unreleased"], sparse=True),  # in force, planned, or over and not seen to yet
    Index(["site_id", "created_at"]),
)


def key(site_id: str, local_id: str) -> str:
    """Return the ``_id`` of a site's alert or delivery."""
    return f"{site_id}/{local_id}"


def alert_key(delivery: Delivery) -> str:
    """Return the ``_id`` of the alert that a delivery tells of."""
    return key(delivery.site_id, delivery.alert_id)


def alert_document(facts: Facts, state: State, order: str) -> Doc:
    """Write an alert. ``order`` is its place in listings: when it was first triggered."""
    document: Doc = {
        "site_id": facts.site_id,
        "alert_id": facts.alert_id,
        "kind": facts.kind.value,
        "subject_id": facts.subject_id,
        "dedup_key": facts.dedup_key,
        "about": facts.about,
        "order": order,
        "facts": _facts(facts),
        "state": _state(state),
    }
    # Absent rather than false or null, so that the partial index and the engine's index hold nothing that is over.
    if state.open:
        document["open"] = True
    if state.idle:
        document["idle"] = True
    if state.held_by:
        document["held_by"] = state.held_by
    if state.end_due:
        document["end_due"] = True
    if state.next_action_at is not None:
        document["next_action_at"] = state.next_action_at
    return document


def read_alert(document: Doc) -> tuple[Facts, State]:
    """Read an alert. Fields of a later version are passed over: that version may have been taken back."""
    facts = Facts(
        kind=Kind(document["kind"]),
        site_id=document["site_id"],
        subject_id=document["subject_id"],
        said=tuple(Said(**_known(Said, each)) for each in document["facts"]["said"]),
        latest=Report(**_known(Report, document["facts"]["latest"])),
    )
    fields = _known(State, document["state"])
    fields["status"] = Status(fields["status"])
    fields["policy"] = _read_policy(fields["policy"], facts.kind)
    fields["timeline"] = tuple(Entry(**_known(Entry, each)) for each in fields["timeline"])
    fields["used_links"] = tuple(fields["used_links"])
    fields["findings"] = _read_findings(fields.get("findings"))
    return facts, State(
        **fields,
        next_action_at=document.get("next_action_at"),
        end_due=bool(document.get("end_due")),
        held_by=document.get("held_by", ""),
    )


def delivery_document(delivery: Delivery) -> Doc:
    """Write a delivery."""
    document: Doc = {
        "delivery_id": delivery.delivery_id,
        "site_id": delivery.site_id,
        "alert_id": delivery.alert_id,
        "alert": alert_key(delivery),
        "contact": delivery.contact,
        "kind": delivery.kind.value,
        "step": delivery.step,
        "loop": delivery.loop,
        "person_id": delivery.person_id,
        "channel": delivery.channel.value,
        "purpose": delivery.purpose.value,
        "planned_at": delivery.planned_at,
        "not_before": delivery.not_before,
        "progress": delivery.progress.value,
        "attempts": delivery.attempts,
        "deadline": delivery.deadline,
        "sent_at": delivery.sent_at,
        "last_error": delivery.last_error,
        "fence": delivery.fence,
        "log": [{"at": each.at, "outcome": each.outcome} for each in delivery.log],
    }
    for name in ("held", "held_by", "bundle", "again", "provider_seq", "delivered_at"):
        if getattr(delivery, name):
            document[name] = getattr(delivery, name)
    if delivery.next_channel:
        document["next_channel"] = True
    return document


def read_delivery(document: Doc) -> Delivery:
    """Read a delivery."""
    return Delivery(
        delivery_id=document["delivery_id"],
        site_id=document["site_id"],
        alert_id=document["alert_id"],
        kind=Kind(document["kind"]),
        step=document["step"],
        loop=document["loop"],
        person_id=document["person_id"],
        channel=Channel(document["channel"]),
        planned_at=document["planned_at"],
        not_before=document["not_before"],
        purpose=Purpose(document.get("purpose", "page")),
        progress=Progress(document["progress"]),
        attempts=document["attempts"],
        deadline=document["deadline"],
        sent_at=document["sent_at"],
        last_error=document["last_error"],
        next_channel=bool(document.get("next_channel")),
        held=document.get("held", ""),
        held_by=document.get("held_by", ""),
        bundle=document.get("bundle", ""),
        again=document.get("again", 0),
        provider_seq=document.get("provider_seq", 0),
        delivered_at=document.get("delivered_at"),
        fence=document["fence"],
        log=tuple(Attempt(each["at"], each["outcome"]) for each in document["log"]),
    )


def silence_document(silence: Silence) -> Doc:
    """Write a silence."""
    document: Doc = {
        "silence_id": silence.silence_id,
        "site_id": silence.site_id,
        "scope": silence.scope.value,
        "subject": silence.subject,
        "author": silence.author,
        "reason": silence.reason,
        "created_at": silence.created_at,
        "starts_at": silence.starts_at,
        "ends_at": silence.ends_at,
        "ended_by": silence.ended_by,
        "replaced_by": silence.replaced_by,
    }
    if not silence.released:
        document["unreleased"] = True
    return document


def read_silence(document: Doc) -> Silence:
    """Read a silence."""
    fields = {name: document[name] for name in document if name not in ("_id", "version", "unreleased")}
    fields["scope"] = Scope(fields["scope"])
    return Silence(**fields, released=not document.get("unreleased"))


def _known(kind: type, fields: Doc) -> Doc:
    """Return the fields that a dataclass has."""
    names = {each.name for each in dataclasses.fields(kind)}
    return {name: value for name, value in fields.items() if name in names}


def _facts(facts: Facts) -> Doc:
    latest = facts.latest
    return {
        "said": [
            {"revision": said.revision, "at": said.at, "event_id": said.event_id, "change": said.change}
            for said in facts.said
        ],
        "latest": {
            "event_id": latest.event_id,
            "change": latest.change,
            "revision": latest.revision,
            "at": latest.at,
            "payload": dict(latest.payload),
        },
    }


def _state(state: State) -> Doc:
    return {
        "status": state.status.value,
        "revision": state.revision,
        "triggered_at": state.triggered_at,
        "policy": _policy(state.policy),
        "step": state.step,
        "loop": state.loop,
        "first_loop": state.first_loop,
        "acknowledged_by": state.acknowledged_by,
        "acknowledged_at": state.acknowledged_at,
        "closed_by": state.closed_by,
        "closed_at": state.closed_at,
        "close_reason": state.close_reason,
        "findings": _findings(state.findings),
        "since": state.since,
        "snoozed_until": state.snoozed_until,
        "recurrence_of": state.recurrence_of,
        "resumes_at": state.resumes_at,
        "exhausted_told": state.exhausted_told,
        "deadline_told": state.deadline_told,
        "fence": state.fence,
        "used_links": list(state.used_links),
        "timeline": [
            {"at": entry.at, "what": entry.what, "who": entry.who, "detail": entry.detail} for entry in state.timeline
        ],
    }


def _policy(policy: Policy) -> Doc:
    return {
        "steps": [
            {"targets": list(step.targets), "delay_seconds": step.delay.total_seconds()} for step in policy.steps
        ],
        "repeat": policy.repeat,
        "catch_all_every_seconds": policy.catch_all_every.total_seconds(),
        "ack_timeout_seconds": policy.ack_timeout.total_seconds(),
    }


def _read_policy(fields: Doc, kind: Kind) -> Policy:
    """Read a policy; one that was kept when a policy could be without a time gets the usual one."""
    steps = tuple(Step(tuple(step["targets"]), timedelta(seconds=step["delay_seconds"])) for step in fields["steps"])
    lasts = fields.get("ack_timeout_seconds")
    usual = RISK_ACK_TIMEOUT if kind is Kind.RISK else RUPTURE_ACK_TIMEOUT
    return Policy(
        steps,
        fields["repeat"],
        timedelta(seconds=fields["catch_all_every_seconds"]),
        usual if lasts is None else timedelta(seconds=lasts),
    )


def _findings(findings: Findings | None) -> Doc | None:
    if findings is None:
        return None
    return {
        "found": findings.found.value,
        "types": [each.value for each in findings.types],
        "tried": list(findings.tried),
    }


def _read_findings(fields: Doc | None) -> Findings | None:
    if fields is None:
        return None
    return Findings(Found(fields["found"]), tuple(map(RuptureType, fields["types"])), tuple(fields["tried"]))
