"""The gRPC door: IntakeService in terms of the handlers."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, cast

from attune.intake.v1 import intake_service_pb2 as api
from attune.intake.v1 import intake_service_pb2_grpc as grpc_api

from services.intake import messages
from services.intake.domain.reports import Closed, Opened, Recorded, Report, Updated
from services.intake.domain.rules import check_identifier
from services.intake.handlers import Handlers
from services.runtime.errors import Permanent, as_permanent
from services.runtime.identity import PUBLISH, READ

SERVICE_NAME = "attune.intake.v1.IntakeService"

# What a caller's token must allow at the request's site, by method.
SCOPES: Mapping[str, str] = MappingProxyType(
    {
        "OpenEpisode": PUBLISH,
        "UpdateEpisode": PUBLISH,
        "CloseEpisode": PUBLISH,
        "RecordSession": PUBLISH,
        "GetEpisode": READ,
        "ListEpisodes": READ,
        "GetSession": READ,
        "ListSessions": READ,
    }
)

DEFAULT_PAGE = 100
MAX_PAGE = 500
# A page ends early when it is as large as this: a message may have 1 MiB.
MAX_PAGE_BYTES = 512 * 1024


class IntakeService(grpc_api.IntakeServiceServicer):
    """Reads requests, calls a handler, writes the answer. Sites, scopes, errors and audit are runtime.rpc's."""

    def __init__(self, handlers: Handlers) -> None:
        self._handlers = handlers

    async def OpenEpisode(self, request: api.OpenEpisodeRequest, context: Any) -> api.OpenEpisodeResponse:
        """OK only when durable."""
        episode = await self._handlers.open_episode(cast(Report[Opened], _report(request)))
        return api.OpenEpisodeResponse(episode=messages.to_episode(episode))

    async def UpdateEpisode(self, request: api.UpdateEpisodeRequest, context: Any) -> api.UpdateEpisodeResponse:
        """OK only when durable."""
        episode = await self._handlers.update_episode(cast(Report[Updated], _report(request)))
        return api.UpdateEpisodeResponse(episode=messages.to_episode(episode))

    async def CloseEpisode(self, request: api.CloseEpisodeRequest, context: Any) -> api.CloseEpisodeResponse:
        """OK only when durable."""
        episode = await self._handlers.close_episode(cast(Report[Closed], _report(request)))
        return api.CloseEpisodeResponse(episode=messages.to_episode(episode))

    async def RecordSession(self, request: api.RecordSessionRequest, context: Any) -> api.RecordSessionResponse:
        """OK only when durable."""
        session = await self._handlers.record_session(cast(Report[Recorded], _report(request)))
        return api.RecordSessionResponse(session=messages.to_session(session))

    async def GetEpisode(self, request: api.GetEpisodeRequest, context: Any) -> api.GetEpisodeResponse:
        """Return the episode in full, texts included."""
        _check_ids(site_id=request.site_id, episode_id=request.episode_id)
        episode = await self._handlers.get_episode(request.site_id, request.episode_id)
        return api.GetEpisodeResponse(episode=messages.to_episode(episode))

    async def ListEpisodes(self, request: api.ListEpisodesRequest, context: Any) -> api.ListEpisodesResponse:
        """Return one page of the site's episodes."""
        _check_ids(site_id=request.site_id, **({"page_token": request.page_token} if request.page_token else {}))
        if request.page_size > MAX_PAGE:
            raise Permanent("page_size", f"{request.page_size} is above {MAX_PAGE}", "Ask for the rest by page_token.")
        size = request.page_size or DEFAULT_PAGE
        episodes = await self._handlers.list_episodes(request.site_id, request.page_token, size)
        response = api.ListEpisodesResponse()
        for episode in episodes:
            response.episodes.append(messages.to_episode(episode))
            if response.ByteSize() > MAX_PAGE_BYTES:
                break
        if response.episodes and (len(episodes) == size or len(response.episodes) < len(episodes)):
            response.next_page_token = response.episodes[-1].episode_id
        return response

    async def GetSession(self, request: api.GetSessionRequest, context: Any) -> api.GetSessionResponse:
        """Return one session."""
        _check_ids(site_id=request.site_id, session_id=request.session_id)
        session = await self._handlers.get_session(request.site_id, request.session_id)
        return api.GetSessionResponse(session=messages.to_session(session))

    async def ListSessions(self, request: api.ListSessionsRequest, context: Any) -> api.ListSessionsResponse:
        """Return an episode's sessions in the order of scheduled_at."""
        _check_ids(site_id=request.site_id, episode_id=request.episode_id)
        sessions = await self._handlers.list_sessions(request.site_id, request.episode_id)
        return api.ListSessionsResponse(sessions=map(messages.to_session, sessions))


Command = api.OpenEpisodeRequest | api.UpdateEpisodeRequest | api.CloseEpisodeRequest | api.RecordSessionRequest


def _report(request: Command) -> Report[Any]:
    with as_permanent(""):
        occurred_at = messages.required_instant(request, "occurred_at")
    said_in: Any = "session" if isinstance(request, api.RecordSessionRequest) else "episode"
    if not request.HasField(said_in):
        raise Permanent(said_in, "is missing", "Say what happened.")
    said = getattr(request, said_in)
    return messages.from_clinic(request.site_id, f"/sites/{request.site_id}/grpc", request.event_id, occurred_at, said)


def _check_ids(**ids: str) -> None:
    for path, value in ids.items():
        with as_permanent(""):
            check_identifier(path, value)
