"""The gRPC door: ScoringService in terms of the handlers. Clinical data is only read; policies are changed, too."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, Mapping
from contextlib import aclosing
from types import MappingProxyType
from typing import Any

from attune.scoring.v1 import scoring_service_pb2 as api
from attune.scoring.v1 import scoring_service_pb2_grpc as grpc_api

from services.runtime.clock import Clock
from services.runtime.errors import Permanent, as_permanent
from services.runtime.events import IDENTIFIER
from services.runtime.identity import ACT, OPERATE, READ
from services.runtime.rpc import current_identity
from services.scoring import ideas, messages, site_messages
from services.scoring.chart import svg_chart
from services.scoring.domain.inputs import Dismissal
from services.scoring.domain.site_policy import checked_reason
from services.scoring.handlers import Calibrations, Handlers, Policies, SiteCourses, Summaries
from services.scoring.withheld import withhold

SERVICE_NAME = "attune.scoring.v1.ScoringService"

# What a caller's token must allow at the request's site, by method.
SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "GetTrajectory": READ,
        "DrawTrajectory": READ,
        "ListRuptures": READ,
        "DismissRupture": ACT,
        "GetSiteSummary": READ,
        "ListPolicies": READ,
        "PreviewPolicy": READ,
        # Who is found and who is not depends on these: the operator's decision, with a reason.
        "SetPolicy": OPERATE,
        "ActivatePolicy": OPERATE,
        "Calibrate": OPERATE,
    }
)

DEFAULT_PAGE = 100
MAX_PAGE = 500
_BETWEEN = "/"  # in a page token; no identifier contains it


class ScoringService(grpc_api.ScoringServiceServicer):
    """Reads requests, calls a handler, writes the answer. Sites, scopes, errors and audit are runtime.rpc's."""

    def __init__(
        self,
        handlers: Handlers,
        summaries: Summaries,
        policies: Policies,
        calibrations: Calibrations,
        courses: SiteCourses,
        clock: Clock,
    ) -> None:
        self._calibrations = calibrations
        self._clock = clock
        self._handlers = handlers
        self._summaries = summaries
        self._policies = policies
        self._courses = courses

    async def GetTrajectory(self, request: api.GetTrajectoryRequest, context: Any) -> api.GetTrajectoryResponse:
        """Return an episode's ratings, ruptures and outcomes, and ideas for the ruptures that are open."""
        _check("episode_id", request.episode_id)
        language = ideas.spoken(request.language)
        known, assessment = await self._handlers.trajectory(request.site_id, request.episode_id)
        courses = await self._courses.for_assessment(request.site_id, assessment)
        sessions = known.inputs().sessions
        answer = messages.to_trajectory(request.site_id, request.episode_id, assessment, courses, sessions)
        withhold(answer, known, current_identity)
        offered = (ideas.of_open(rupture, known, request.rupture_type, language) for rupture in assessment.ruptures)
        answer.ideas.extend(each for each in offered if each is not None)
        return answer

    async def DrawTrajectory(self, request: api.DrawTrajectoryRequest, context: Any) -> api.DrawTrajectoryResponse:
        """Return an episode's trajectory as SVG, drawn in a thread: nothing else waits for it."""
        asked = api.GetTrajectoryRequest(site_id=request.site_id, episode_id=request.episode_id)
        trajectory = await self.GetTrajectory(asked, context)
        return api.DrawTrajectoryResponse(svg=await asyncio.to_thread(svg_chart, trajectory))

    async def ListRuptures(self, request: api.ListRupturesRequest, context: Any) -> api.ListRupturesResponse:
        """Return one page of the ruptures of a site or of one episode."""
        if request.episode_id:
            _check("episode_id", request.episode_id)
        if request.page_size > MAX_PAGE:
            raise Permanent("page_size", f"{request.page_size} is above {MAX_PAGE}", "Ask for the rest by page_token.")
        size = request.page_size or DEFAULT_PAGE
        # One more than asked for tells whether there is a next page.
        found = await self._handlers.list_ruptures(
            request.site_id, request.episode_id, _position(request.page_token), size + 1
        )
        page = found[:size]
        token = f"{page[-1].episode_id}{_BETWEEN}{page[-1].rupture_id}" if len(found) > size else ""
        return api.ListRupturesResponse(ruptures=page, next_page_token=token)

    async def DismissRupture(self, request: api.DismissRuptureRequest, context: Any) -> api.DismissRuptureResponse:
        """Take the caller's word that a rupture was none."""
        _check("episode_id", request.episode_id)
        with as_permanent("reason"):
            reason = checked_reason(request.reason)
        now = self._clock.now()
        dismissal = Dismissal(
            request.rupture_id,
            current_identity().subject,
            reason,
            now.replace(microsecond=now.microsecond // 1000 * 1000),  # the precision that the database keeps
        )
        return api.DismissRuptureResponse(
            rupture=await self._handlers.dismiss(request.site_id, request.episode_id, dismissal)
        )

    async def GetSiteSummary(self, request: api.GetSiteSummaryRequest, context: Any) -> api.GetSiteSummaryResponse:
        """Return the site's figures over a period, with intervals, and without those of fewer than five clients."""
        summary = await self._summaries.of_site(
            request.site_id,
            site_messages.from_time(request, "since"),
            site_messages.from_time(request, "until"),
        )
        return site_messages.to_summary(request.site_id, summary)

    async def ListPolicies(self, request: api.ListPoliciesRequest, context: Any) -> api.ListPoliciesResponse:
        """Return every version and every activation of the site's own policies."""
        if request.instrument_id:
            _check("instrument_id", request.instrument_id)
        found, now = await self._policies.all_of(request.site_id, request.instrument_id)
        return site_messages.to_policies(found, now)

    async def SetPolicy(self, request: api.SetPolicyRequest, context: Any) -> api.SetPolicyResponse:
        """Make a version; nothing is watched by it until it is activated."""
        _check("instrument_id", request.instrument_id)
        definition = site_messages.from_definition(request)
        if definition is None:
            raise Permanent("policy", "is missing", "Start from what `attune scoring policies show` prints.")
        version = await self._policies.set(
            request.site_id,
            request.instrument_id,
            definition,
            site_messages.from_population(request),
            request.reason,
            current_identity().subject,
        )
        return api.SetPolicyResponse(version=site_messages.to_version(request.instrument_id, version))

    async def PreviewPolicy(
        self, request: api.PreviewPolicyRequest, context: Any
    ) -> AsyncGenerator[api.PreviewPolicyResponse, None]:
        """Replay the site's history under another policy; progress first, what would change last."""
        _check("instrument_id", request.instrument_id)
        steps = self._policies.preview(
            request.site_id,
            request.instrument_id,
            request.version,
            site_messages.from_definition(request),
            site_messages.from_population(request),
        )
        async with aclosing(steps):
            async for step in steps:
                result = None if step.result is None else site_messages.to_preview(step.result)
                yield api.PreviewPolicyResponse(episodes_done=step.done, episodes=step.of, preview=result)

    async def ActivatePolicy(
        self, request: api.ActivatePolicyRequest, context: Any
    ) -> AsyncGenerator[api.ActivatePolicyResponse, None]:
        """Put a version in force; with tell_history, progress follows."""
        _check("instrument_id", request.instrument_id)
        steps = self._policies.activate(
            request.site_id,
            request.instrument_id,
            request.version,
            request.reason,
            current_identity().subject,
            site_messages.from_time(request, "active_from"),
            request.tell_history,
        )
        async with aclosing(steps):
            async for step in steps:
                yield api.ActivatePolicyResponse(
                    activation=site_messages.to_activation(request.instrument_id, step.activation),
                    episodes_done=step.done,
                    episodes=step.of,
                    changed=step.changed,
                )

    async def Calibrate(
        self, request: api.CalibrateRequest, context: Any
    ) -> AsyncGenerator[api.CalibrateResponse, None]:
        """Estimate the site's population and set limits for a false-alarm target; progress first."""
        _check("instrument_id", request.instrument_id)
        steps = self._calibrations.of_site(
            request.site_id,
            request.instrument_id,
            request.target,
            current_identity().subject,
            activate=request.activate,
            reason=request.reason,
        )
        async with aclosing(steps):
            async for step in steps:
                yield site_messages.to_calibrated(request.instrument_id, step)


def _check(path: str, value: str) -> None:
    if not IDENTIFIER.fullmatch(value):
        raise Permanent(path, "is not an identifier", "Give 1 to 64 letters, digits and . _ : -")


def _position(token: str) -> tuple[str, str]:
    if not token:
        return "", ""
    episode_id, between, rupture_id = token.partition(_BETWEEN)
    if not between or not IDENTIFIER.fullmatch(episode_id) or not IDENTIFIER.fullmatch(rupture_id):
        raise Permanent("page_token", "is not one of ours", "Give the next_page_token of the page before.")
    return episode_id, rupture_id
