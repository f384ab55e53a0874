"""The other services that the console asks: scoring for trajectories and figures, intake for episodes."""

from collections.abc import AsyncIterator

import grpc
from attune.intake.v1 import events_pb2 as intake
from attune.intake.v1 import intake_service_pb2 as intake_api
from attune.intake.v1 import intake_service_pb2_grpc as intake_grpc
from attune.scoring.v1 import scoring_service_pb2 as scoring_api
from attune.scoring.v1 import scoring_service_pb2_grpc as scoring_grpc
from google.protobuf.timestamp_pb2 import Timestamp

from services.runtime.rpc import calling

_PAGE = 500
# The page is there already, with the table; the first chart after a start takes its time (own).
_CHART_SECONDS = 10.0


class ScoringPeer:
    """ScoringService, to read. Calls take the deadline of the channel; Transient while it is away."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = scoring_grpc.ScoringServiceStub(channel)

    async def trajectory(self, site_id: str, episode_id: str, language: str) -> scoring_api.GetTrajectoryResponse:
        """Return an episode's trajectory, with ideas for repair in this language; NotFound when there is none."""
        request = scoring_api.GetTrajectoryRequest(site_id=site_id, episode_id=episode_id, language=language)
        with calling("scoring"):
            answer: scoring_api.GetTrajectoryResponse = await self._stub.GetTrajectory(request)
        return answer

    async def chart(self, site_id: str, episode_id: str) -> str:
        """Return an episode's trajectory as SVG; NotFound when there is none."""
        request = scoring_api.DrawTrajectoryRequest(site_id=site_id, episode_id=episode_id)
        with calling("scoring"):
            return str((await self._stub.DrawTrajectory(request, timeout=_CHART_SECONDS)).svg)

    async def summary(self, site_id: str, since: Timestamp, until: Timestamp) -> scoring_api.GetSiteSummaryResponse:
        """Return a site's figures over a period."""
        request = scoring_api.GetSiteSummaryRequest(site_id=site_id, since=since, until=until)
        with calling("scoring"):
            answer: scoring_api.GetSiteSummaryResponse = await self._stub.GetSiteSummary(request)
        return answer


class IntakePeer:
    """IntakeService, to read. Calls take the deadline of the channel; Transient while it is away."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = intake_grpc.IntakeServiceStub(channel)

    async def episode(self, site_id: str, episode_id: str) -> intake.Episode:
        """Return an episode; NotFound when the site has none of this id."""
        with calling("intake"):
            answer = await self._stub.GetEpisode(intake_api.GetEpisodeRequest(site_id=site_id, episode_id=episode_id))
        episode: intake.Episode = answer.episode
        return episode

    async def episodes(self, site_id: str) -> AsyncIterator[intake.Episode]:
        """Go through every episode of a site."""
        request = intake_api.ListEpisodesRequest(site_id=site_id, page_size=_PAGE)
        while True:
            with calling("intake"):
                answer = await self._stub.ListEpisodes(request)
            for episode in answer.episodes:
                yield episode
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token
