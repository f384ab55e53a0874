"""The other services that feedback calls: intake for whose session it is, alerting for a risk flag."""

import grpc
from attune.alerting.v1 import alerting_service_pb2 as alerting_api
from attune.alerting.v1 import alerting_service_pb2_grpc as alerting_grpc
from attune.intake.v1 import intake_service_pb2 as intake_api
from attune.intake.v1 import intake_service_pb2_grpc as intake_grpc

from services.feedback import messages
from services.feedback.domain.risk import RiskFlag
from services.runtime.errors import NotFound, Permanent, Transient
from services.runtime.rpc import calling


class IntakePeer:
    """IntakeService, as ``whereabouts`` asks it. Calls take the deadline of the channel."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = intake_grpc.IntakeServiceStub(channel)

    async def episode_of(self, site_id: str, session_id: str) -> str | None:
        """Return the episode that a session belongs to; None when intake has no such session."""
        try:
            with calling("intake"):
                answer = await self._stub.GetSession(
                    intake_api.GetSessionRequest(site_id=site_id, session_id=session_id)
                )
        except NotFound:
            return None
        except Permanent as refusal:
            raise _useless(refusal) from refusal
        return str(answer.session.episode_id)

    async def clients_of(self, site_id: str, episode_id: str) -> frozenset[str] | None:
        """Return the clients of an episode; None when intake has no such episode."""
        try:
            with calling("intake"):
                answer = await self._stub.GetEpisode(
                    intake_api.GetEpisodeRequest(site_id=site_id, episode_id=episode_id)
                )
        except NotFound:
            return None
        except Permanent as refusal:
            raise _useless(refusal) from refusal
        return frozenset(answer.episode.client_ids)


class AlertingPeer:
    """AlertingService, as ``handoff`` needs it. Calls take the deadline of the channel."""

    def __init__(self, channel: grpc.aio.Channel) -> None:
        self._stub = alerting_grpc.AlertingServiceStub(channel)

    async def raise_risk_flag(self, flag: RiskFlag) -> None:
        """Return once alerting has the flag durably."""
        with calling("alerting"):
            await self._stub.RaiseRiskFlag(
                alerting_api.RaiseRiskFlagRequest(site_id=flag.site_id, flag=messages.to_risk_flag(flag))
            )


def _useless(refusal: Permanent) -> Transient:
    # Intake refuses the question itself, for example our token: that says nothing about the form.
    return Transient(f"intake refused to say ({type(refusal).__name__} at {refusal.field})")
