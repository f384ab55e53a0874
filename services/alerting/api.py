"""The gRPC door: AlertingService in terms of the handlers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attune.alerting.v1 import alerting_service_pb2 as api
from attune.alerting.v1 import alerting_service_pb2_grpc as grpc_api

from services.alerting import messages, oncall_api
from services.alerting.calendars import Calendars
from services.alerting.conditions import Conditions
from services.alerting.domain.policy import PERSON, Policy, Step
from services.alerting.domain.sites import TEST_WAIT
from services.alerting.handlers import Handlers
from services.alerting.oncall import OnCall
from services.alerting.pages import Pages
from services.alerting.silences import Silences
from services.alerting.sites import Sites, site_of
from services.alerting.verification import Verification
from services.runtime.errors import NotFound, Permanent
from services.runtime.identity import ACT, READ, SERVICE

SERVICE_NAME = "attune.alerting.v1.AlertingService"

# What a caller's token must allow at the request's site, by method.
SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "RaiseRiskFlag": SERVICE,
        "ListAlerts": READ,
        "GetAlert": READ,
        "AcknowledgeAlert": ACT,
        "SnoozeAlert": ACT,
        "EscalateAlert": ACT,
        "CloseAlert": ACT,
        "CreateSilence": ACT,
        "ChangeSilence": ACT,
        "EndSilence": ACT,
        "ListSilences": READ,
        "ResendDelivery": ACT,
        "SendTestPage": ACT,
        **oncall_api.SCOPES,
    }
)

DEFAULT_PAGE = 100
MAX_PAGE = 500
MAX_TOKEN = 100  # characters of a page token: a time and an id


class AlertingService(oncall_api.OnCallMethods, grpc_api.AlertingServiceServicer):
    """Reads requests, calls a handler, writes the answer. Sites, scopes, errors and audit are runtime.rpc's."""

    def __init__(
        self,
        handlers: Handlers,
        pages: Pages,
        silences: Silences,
        conditions: Conditions,
        sites: Sites,
        on_call: OnCall,
        verification: Verification,
        calendars: Calendars,
    ) -> None:
        super().__init__(on_call, verification, calendars)
        self._handlers = handlers
        self._pages = pages
        self._silences = silences
        self._conditions = conditions
        self._sites = sites

    async def RaiseRiskFlag(self, request: api.RaiseRiskFlagRequest, context: Any) -> api.RaiseRiskFlagResponse:
        """OK only when the alert is durable."""
        report = messages.risk_report(request.site_id, request.flag, "flag")
        alert_id = await self._handlers.raise_risk_flag(request.site_id, request.flag.flag_id, report)
        return api.RaiseRiskFlagResponse(alert_id=alert_id)

    async def ListAlerts(self, request: api.ListAlertsRequest, context: Any) -> api.ListAlertsResponse:
        """Return one page of the site's alerts, newest first."""
        messages.check_ids(site_id=request.site_id)
        if request.page_size > MAX_PAGE:
            raise Permanent("page_size", f"{request.page_size} is above {MAX_PAGE}", "Ask for the rest by page_token.")
        if len(request.page_token) > MAX_TOKEN:
            raise Permanent("page_token", "is not one of ours", "Give the next_page_token of the page before.")
        size = request.page_size or DEFAULT_PAGE
        alerts, last = await self._handlers.list_alerts(request.site_id, request.open_only, request.page_token, size)
        return api.ListAlertsResponse(
            alerts=[messages.to_alert(facts, state) for facts, state in alerts],
            next_page_token=last if len(alerts) == size else "",
        )

    async def GetAlert(self, request: api.GetAlertRequest, context: Any) -> api.GetAlertResponse:
        """Return an alert with everything that happened: who was told how and when, and whether it arrived."""
        messages.check_ids(site_id=request.site_id, alert_id=request.alert_id)
        facts, state = await self._handlers.get_alert(request.site_id, request.alert_id)
        deliveries = await self._pages.of_alert(request.site_id, request.alert_id)
        return api.GetAlertResponse(
            alert=messages.to_alert(facts, state),
            timeline=messages.to_timeline(facts, state, deliveries),
            deliveries=map(messages.to_delivery, deliveries),
            rupture=messages.to_rupture(facts),
            caseload=messages.to_caseload(facts),
            condition=facts.part("detail"),
        )

    async def AcknowledgeAlert(
        self, request: api.AcknowledgeAlertRequest, context: Any
    ) -> api.AcknowledgeAlertResponse:
        """Stop telling people. The same again answers the same."""
        messages.check_ids(site_id=request.site_id, alert_id=request.alert_id, person_id=request.person_id)
        facts, state = await self._handlers.acknowledge(
            request.site_id, request.alert_id, request.person_id, request.note, messages.moment(request, "as_of")
        )
        return api.AcknowledgeAlertResponse(alert=messages.to_alert(facts, state))

    async def SnoozeAlert(self, request: api.SnoozeAlertRequest, context: Any) -> api.SnoozeAlertResponse:
        """Take it on until a given time."""
        messages.check_ids(site_id=request.site_id, alert_id=request.alert_id, person_id=request.person_id)
        until = messages.moment(request, "until")
        if until is None:
            raise Permanent("until", "is missing", "Say when the alert is to come back.")
        facts, state = await self._handlers.snooze(
            request.site_id,
            request.alert_id,
            request.person_id,
            until,
            request.note,
            messages.moment(request, "as_of"),
        )
        return api.SnoozeAlertResponse(alert=messages.to_alert(facts, state))

    async def EscalateAlert(self, request: api.EscalateAlertRequest, context: Any) -> api.EscalateAlertResponse:
        """Tell the next step now."""
        messages.check_ids(site_id=request.site_id, alert_id=request.alert_id, person_id=request.person_id)
        facts, state = await self._handlers.escalate(
            request.site_id, request.alert_id, request.person_id, request.note, messages.moment(request, "as_of")
        )
        return api.EscalateAlertResponse(alert=messages.to_alert(facts, state))

    async def CloseAlert(self, request: api.CloseAlertRequest, context: Any) -> api.CloseAlertResponse:
        """End the alert for good."""
        messages.check_ids(site_id=request.site_id, alert_id=request.alert_id, person_id=request.person_id)
        facts, state = await self._handlers.close(
            request.site_id,
            request.alert_id,
            request.person_id,
            request.reason,
            messages.findings(request.findings) if request.HasField("findings") else None,
            messages.moment(request, "as_of"),
        )
        return api.CloseAlertResponse(alert=messages.to_alert(facts, state))

    async def CreateSilence(self, request: api.CreateSilenceRequest, context: Any) -> api.CreateSilenceResponse:
        """Keep pages back that are not about risk."""
        messages.check_ids(site_id=request.site_id, person_id=request.person_id)
        silence = await self._silences.create(
            request.site_id,
            messages.scope(request.scope),
            request.subject,
            request.person_id,
            request.reason,
            messages.moment(request, "starts_at"),
            messages.needed_moment(request, "ends_at"),
        )
        return api.CreateSilenceResponse(silence=messages.to_silence(silence))

    async def ChangeSilence(self, request: api.ChangeSilenceRequest, context: Any) -> api.ChangeSilenceResponse:
        """End a silence and make a new one in its place."""
        messages.check_ids(site_id=request.site_id, silence_id=request.silence_id, person_id=request.person_id)
        ends_at = messages.needed_moment(request, "ends_at")
        silence = await self._silences.change(
            request.site_id, request.silence_id, request.person_id, request.reason, ends_at
        )
        return api.ChangeSilenceResponse(silence=messages.to_silence(silence))

    async def EndSilence(self, request: api.EndSilenceRequest, context: Any) -> api.EndSilenceResponse:
        """Let go at once what a silence kept back."""
        messages.check_ids(site_id=request.site_id, silence_id=request.silence_id, person_id=request.person_id)
        silence = await self._silences.end(request.site_id, request.silence_id, request.person_id)
        return api.EndSilenceResponse(silence=messages.to_silence(silence))

    async def ListSilences(self, request: api.ListSilencesRequest, context: Any) -> api.ListSilencesResponse:
        """Return the site's last silences, newest first."""
        messages.check_ids(site_id=request.site_id)
        return api.ListSilencesResponse(
            silences=map(messages.to_silence, await self._silences.of_site(request.site_id))
        )

    async def ResendDelivery(self, request: api.ResendDeliveryRequest, context: Any) -> api.ResendDeliveryResponse:
        """Send a page anew."""
        messages.check_ids(site_id=request.site_id, delivery_id=request.delivery_id)
        page = await self._pages.resend(request.site_id, request.delivery_id)
        return api.ResendDeliveryResponse(delivery=messages.to_delivery(page))

    async def SendTestPage(self, request: api.SendTestPageRequest, context: Any) -> api.SendTestPageResponse:
        """Page somebody to see that it arrives."""
        messages.check_ids(site_id=request.site_id, test_id=request.test_id)
        policy = None
        if request.person_id:
            if request.person_id not in site_of(self._sites, request.site_id).people:
                raise NotFound("person_id", "there is no such person in the site's on-call file")
            policy = Policy((Step((f"{PERSON}{request.person_id}",), TEST_WAIT),), 0, TEST_WAIT, TEST_WAIT)
        subject = f"test.{request.test_id}"
        return api.SendTestPageResponse(alert_id=await self._conditions.test_page(request.site_id, subject, policy))
