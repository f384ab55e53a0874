"""The gRPC door: ScoringService in terms of the handlers. It only reads."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attune.scoring.v1 import scoring_service_pb2 as api
from attune.scoring.v1 import scoring_service_pb2_grpc as grpc_api

from services.runtime.errors import Permanent
from services.runtime.events import IDENTIFIER
from services.runtime.identity import READ
from services.scoring import messages
from services.scoring.courses import SiteCourses
from services.scoring.handlers import Handlers

SERVICE_NAME = "attune.scoring.v1.ScoringService"

# What a caller's token must allow at the request's site, by method.
SCOPES: Mapping[str, str] = MappingProxyType({"GetTrajectory": READ, "ListRuptures": READ})

DEFAULT_PAGE = 100
MAX_PAGE = 500
_BETWEEN = "/"  # in a page token; no identifier contains it


class ScoringService(grpc_api.ScoringServiceServicer):
    """Reads requests, calls a handler, writes the answer. Sites, scopes, errors and audit are runtime.rpc's."""

    def __init__(self, handlers: Handlers, courses: SiteCourses) -> None:
        self._handlers = handlers
        self._courses = courses

    async def GetTrajectory(self, request: api.GetTrajectoryRequest, context: Any) -> api.GetTrajectoryResponse:
        """Return an episode's ratings, baselines, limits, ruptures and outcomes."""
        _check("episode_id", request.episode_id)
        assessment = await self._handlers.trajectory(request.site_id, request.episode_id)
        courses = await self._courses.for_assessment(request.site_id, assessment)
        return messages.to_trajectory(request.site_id, request.episode_id, assessment, courses)

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
