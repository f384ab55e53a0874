"""The gRPC door of who is on call: the part of AlertingService that is about rotas, people and calendars."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attune.alerting.v1 import oncall_pb2 as api

from services.alerting import messages, oncall_messages
from services.alerting.calendars import Calendars
from services.alerting.oncall import OnCall
from services.alerting.verification import Verification
from services.runtime.errors import Permanent
from services.runtime.identity import ACT, OPERATE, READ
from services.runtime.rpc import current_identity

DEFAULT_DAYS = 28

# Addresses and rotas are the site admin's (operate); arrangements are everybody's on the rota (act).
SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "ApplyOnCall": OPERATE,
        "GetOnCall": OPERATE,
        "PutPerson": OPERATE,
        "RemovePerson": OPERATE,
        "PutRota": OPERATE,
        "RemoveRota": OPERATE,
        "ListPeople": READ,
        "SendContactCode": ACT,
        "ConfirmContact": ACT,
        "AddOverride": ACT,
        "RemoveOverride": ACT,
        "SwapShifts": ACT,
        "ListOverrides": READ,
        "WhoIsOnCall": READ,
        "ListShifts": READ,
        "GetReadiness": READ,
        "CreateCalendar": ACT,
        "RevokeCalendar": ACT,
        "ListCalendars": READ,
    }
)


class OnCallMethods:
    """Reads requests, calls a handler, writes the answer. Sites, scopes, errors and audit are runtime.rpc's."""

    def __init__(self, on_call: OnCall, verification: Verification, calendars: Calendars) -> None:
        self._on_call = on_call
        self._verification = verification
        self._calendars = calendars

    async def ApplyOnCall(self, request: api.ApplyOnCallRequest, context: Any) -> api.ApplyOnCallResponse:
        """Put a section in force, or tell what would change."""
        if not request.HasField("section"):
            raise Permanent("section", "is missing", "Give the site's section of the on-call file.")
        section = oncall_messages.section(request.section)
        changes = await self._on_call.apply(request.site_id, section, dry_run=request.dry_run)
        return api.ApplyOnCallResponse(
            changes=[api.ConfigChange(place=each.place, before=each.before, after=each.after) for each in changes]
        )

    async def GetOnCall(self, request: api.GetOnCallRequest, context: Any) -> api.GetOnCallResponse:
        """Return everything that is kept of a site's rotas and people, addresses too."""
        record = await self._on_call.get(request.site_id)
        answer = api.GetOnCallResponse(overrides=map(oncall_messages.to_override, record.overrides))
        answer.section.update(record.section or {})
        for person_id, person in record.people.items():
            answer.people[person_id].update(person)
        for rota_id, rota in record.rotas.items():
            answer.rotas[rota_id].update(rota)
        return answer

    async def PutPerson(self, request: api.PutPersonRequest, context: Any) -> api.PutPersonResponse:
        """Add or change a person that the API owns."""
        messages.check_ids(person_id=request.person_id)
        person = oncall_messages.section(request.person)
        await self._on_call.put_person(request.site_id, request.person_id, person)
        return api.PutPersonResponse(person=await self._person(request.site_id, request.person_id))

    async def RemovePerson(self, request: api.RemovePersonRequest, context: Any) -> api.RemovePersonResponse:
        """Remove a person that the API owns."""
        await self._on_call.remove_person(request.site_id, request.person_id)
        return api.RemovePersonResponse()

    async def PutRota(self, request: api.PutRotaRequest, context: Any) -> api.PutRotaResponse:
        """Add or change a rota that the API owns."""
        messages.check_ids(rota_id=request.rota_id)
        await self._on_call.put_rota(request.site_id, request.rota_id, oncall_messages.section(request.rota))
        return api.PutRotaResponse()

    async def RemoveRota(self, request: api.RemoveRotaRequest, context: Any) -> api.RemoveRotaResponse:
        """Remove a rota that the API owns."""
        await self._on_call.remove_rota(request.site_id, request.rota_id)
        return api.RemoveRotaResponse()

    async def ListPeople(self, request: api.ListPeopleRequest, context: Any) -> api.ListPeopleResponse:
        """Return the people of a site, without their addresses."""
        record = await self._on_call.get(request.site_id)
        site = self._on_call.site(request.site_id)
        return api.ListPeopleResponse(
            people=[oncall_messages.to_person(site, record, person_id) for person_id in site.people]
        )

    async def SendContactCode(self, request: api.SendContactCodeRequest, context: Any) -> api.SendContactCodeResponse:
        """Send a code to a contact."""
        expires_at = await self._verification.send(request.site_id, request.person_id, request.channel)
        return api.SendContactCodeResponse(expires_at=expires_at)

    async def ConfirmContact(self, request: api.ConfirmContactRequest, context: Any) -> api.ConfirmContactResponse:
        """Take a code back."""
        await self._verification.confirm(request.site_id, request.person_id, request.channel, request.code)
        return api.ConfirmContactResponse(person=await self._person(request.site_id, request.person_id))

    async def AddOverride(self, request: api.AddOverrideRequest, context: Any) -> api.AddOverrideResponse:
        """Change who is on call for a while."""
        made = await self._on_call.add_override(request.site_id, oncall_messages.override(request, self._on_call.now()))
        return api.AddOverrideResponse(override=oncall_messages.to_override(made))

    async def RemoveOverride(self, request: api.RemoveOverrideRequest, context: Any) -> api.RemoveOverrideResponse:
        """Take an override back."""
        await self._on_call.remove_override(request.site_id, request.override_id)
        return api.RemoveOverrideResponse()

    async def SwapShifts(self, request: api.SwapShiftsRequest, context: Any) -> api.SwapShiftsResponse:
        """Let two people take each other's shifts."""
        pair = await self._on_call.swap(
            request.site_id,
            request.rota_id,
            (request.first_person_id, messages.needed_moment(request, "first_at")),
            (request.second_person_id, messages.needed_moment(request, "second_at")),
            request.author,
            request.reason,
        )
        return api.SwapShiftsResponse(overrides=map(oncall_messages.to_override, pair))

    async def ListOverrides(self, request: api.ListOverridesRequest, context: Any) -> api.ListOverridesResponse:
        """Return the overrides of a site in the order in which they were made."""
        overrides = self._on_call.site(request.site_id).overrides
        return api.ListOverridesResponse(overrides=map(oncall_messages.to_override, overrides))

    async def WhoIsOnCall(self, request: api.WhoIsOnCallRequest, context: Any) -> api.WhoIsOnCallResponse:
        """Return who is on call on each rota at a time."""
        found = self._on_call.who(request.site_id, messages.moment(request, "at"))
        return api.WhoIsOnCallResponse(shifts=[oncall_messages.to_shift(*each) for each in found])

    async def ListShifts(self, request: api.ListShiftsRequest, context: Any) -> api.ListShiftsResponse:
        """Return shifts and gaps."""
        start, end = messages.moment(request, "starts_at"), messages.moment(request, "ends_at")
        found = self._on_call.shifts(request.site_id, request.rota_id, start, end)
        return api.ListShiftsResponse(shifts=[oncall_messages.to_shift(*each) for each in found])

    async def GetReadiness(self, request: api.GetReadinessRequest, context: Any) -> api.GetReadinessResponse:
        """Return what would go wrong."""
        found = self._on_call.readiness(request.site_id, request.days or DEFAULT_DAYS)
        return api.GetReadinessResponse(findings=map(oncall_messages.to_finding, found))

    async def CreateCalendar(self, request: api.CreateCalendarRequest, context: Any) -> api.CreateCalendarResponse:
        """Make a feed; its address is in this answer and nowhere else."""
        feed, url = await self._calendars.create(
            request.site_id, request.rota_id, request.person_id, current_identity().subject
        )
        return api.CreateCalendarResponse(calendar=oncall_messages.to_calendar(feed), url=url)

    async def RevokeCalendar(self, request: api.RevokeCalendarRequest, context: Any) -> api.RevokeCalendarResponse:
        """Make a feed's address useless."""
        feed = await self._calendars.revoke(request.site_id, request.calendar_id)
        return api.RevokeCalendarResponse(calendar=oncall_messages.to_calendar(feed))

    async def ListCalendars(self, request: api.ListCalendarsRequest, context: Any) -> api.ListCalendarsResponse:
        """Return a site's feeds, without their addresses."""
        feeds = await self._calendars.of_site(request.site_id)
        return api.ListCalendarsResponse(calendars=map(oncall_messages.to_calendar, feeds))

    async def _person(self, site_id: str, person_id: str) -> api.Person:
        record = await self._on_call.get(site_id)
        return oncall_messages.to_person(self._on_call.site(site_id), record, person_id)
