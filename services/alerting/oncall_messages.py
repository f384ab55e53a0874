"""Between the protobuf messages of who is on call and the domain, in both directions."""

from datetime import datetime
from typing import Any

from attune.alerting.v1 import oncall_pb2 as api
from google.protobuf.json_format import MessageToDict
from google.protobuf.struct_pb2 import Struct

from services.alerting import messages
from services.alerting.calendars import Feed
from services.alerting.domain.readiness import Finding
from services.alerting.domain.shifts import Override, OverrideKind, Shift
from services.alerting.domain.sites import Site
from services.alerting.record import Record
from services.runtime.errors import Permanent


def section(struct: Struct) -> dict[str, Any]:
    """Read a part of the on-call file; a Struct holds no whole numbers, the file does."""
    found: dict[str, Any] = _whole(MessageToDict(struct))
    return found


def override(request: api.AddOverrideRequest, now: datetime) -> Override:
    """Read what somebody wants to arrange; from ``now`` on when it says no start."""
    names = {api.OVERRIDE_KIND_ADD: "add", api.OVERRIDE_KIND_REMOVE: "remove", api.OVERRIDE_KIND_REPLACE: "replace"}
    if request.kind not in names:
        raise Permanent("kind", "is missing", "Give add, remove or replace.")
    kind = OverrideKind(names[request.kind])
    ends_at = messages.needed_moment(request, "ends_at")
    starts_at = messages.moment(request, "starts_at")
    return Override(
        override_id="",
        rota_id=request.rota_id,
        kind=kind,
        starts_at=starts_at or now,
        ends_at=ends_at,
        person_id="" if kind is OverrideKind.REMOVE else request.person_id,
        instead_of="" if kind is OverrideKind.ADD else request.instead_of,
        author=request.author,
        reason=request.reason,
        made_at=now,
    )


def to_override(made: Override) -> api.Override:
    """Write an override."""
    return api.Override(
        override_id=made.override_id,
        rota_id=made.rota_id,
        kind=f"OVERRIDE_KIND_{made.kind.name}",
        starts_at=made.starts_at,
        ends_at=made.ends_at,
        person_id=made.person_id,
        instead_of=made.instead_of,
        author=made.author,
        reason=made.reason,
        made_at=made.made_at,
        swap_id=made.swap_id,
    )


def to_shift(rota_id: str, shift: Shift) -> api.Shift:
    """Write a shift of a rota."""
    return api.Shift(rota_id=rota_id, starts_at=shift.starts_at, ends_at=shift.ends_at, person_ids=shift.people)


def to_finding(finding: Finding) -> api.ReadinessFinding:
    """Write what lacks."""
    return api.ReadinessFinding(
        lack=finding.lack.value,
        rota_id=finding.rota_id,
        person_id=finding.person_id,
        channel=finding.channel,
        starts_at=finding.starts_at,
        ends_at=finding.ends_at,
    )


def to_person(site: Site, record: Record, person_id: str) -> api.Person:
    """Write a person, without addresses."""
    person = site.people[person_id]
    contacts = [(each, True) for each in person.contacts] + [(each, False) for each in person.unverified]
    return api.Person(
        person_id=person_id,
        roles=sorted(site.roles(person_id)),
        contacts=[api.PersonContact(channel=each.channel, verified=verified) for each, verified in contacts],
        owner=record.owner("person", person_id),
        language=person.language,
    )


def to_calendar(feed: Feed) -> api.Calendar:
    """Write a feed, without its address."""
    return api.Calendar(
        calendar_id=feed.calendar_id,
        rota_id=feed.rota_id,
        person_id=feed.person_id,
        made_by=feed.made_by,
        made_at=feed.made_at,
        revoked_at=feed.revoked_at,
    )


def _whole(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _whole(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_whole(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
