"""Answers about a site's policies and figures, as scoring would give them."""

from collections.abc import Iterator
from typing import Any

import grpc
from attune.scoring.v1 import policies_pb2 as policies
from attune.scoring.v1 import scoring_service_pb2 as scoring
from attune.scoring.v1 import scoring_service_pb2_grpc
from attune.scoring.v1 import summaries_pb2 as summaries

POLICY = {
    "id": "strict",
    "version": "1",
    "detectors": [{"name": "ewma", "parameters": {"L": 2.5}}],
    "repair_sessions": 3,
}


def version(number: int = 1) -> policies.PolicyVersion:
    made = policies.PolicyVersion(instrument_id="srs", version=number, reason="too quiet", made_by="lead")
    made.policy.update(POLICY)
    return made


class FakePolicies(scoring_service_pb2_grpc.ScoringServiceServicer):  # type: ignore[misc]
    """The part of the fake server that is about policies and figures."""

    def _seen(self, request: Any, context: grpc.ServicerContext) -> None:
        raise NotImplementedError  # the whole fake's

    def GetSiteSummary(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        share = summaries.Proportion(count=3, of=12, value=0.25, low=0.0889, high=0.5323)
        median = summaries.Median(count=7, value=2, low=1, high=4)
        whole = summaries.InstrumentSummary(
            instrument_id="srs",
            clients=12,
            rated_sessions=90,
            ruptures=3,
            rupture_rate=share,
            sessions_to_repair=median,
        )
        return scoring.GetSiteSummaryResponse(
            site_id=request.site_id,
            since=request.since,
            until=request.until,
            instruments=[whole, summaries.InstrumentSummary(instrument_id="wai-sr", suppressed=True)],
            responses=summaries.ResponseSummary(suppressed=True),
            caseloads=[summaries.Caseload(therapist_id="th-1", clients=12, clients_with_rupture=share)],
            notes=["For support."],
        )

    def ListPolicies(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        activation = policies.PolicyActivation(instrument_id="srs", version=1, activated_by="lead", reason="agreed")
        return scoring.ListPoliciesResponse(versions=[version()], activations=[activation], active={"srs": 1})

    def SetPolicy(self, request: Any, context: grpc.ServicerContext) -> Any:
        self._seen(request, context)
        return scoring.SetPolicyResponse(version=version(4))

    def PreviewPolicy(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        self._seen(request, context)
        yield scoring.PreviewPolicyResponse(episodes_done=50, episodes=60)
        found = policies.PolicyPreview(episodes=60, clients=60, rated_sessions=900, gained=2, lost=1)
        found.now.ruptures_per_100, found.then.ruptures_per_100 = 1.5, 1.61
        found.gained_ruptures.add(episode_id="ep-9", opened_session_id="se-4", explanation="Tasks fell from 9 to 4.")
        yield scoring.PreviewPolicyResponse(episodes_done=60, episodes=60, preview=found)

    def ActivatePolicy(self, request: Any, context: grpc.ServicerContext) -> Iterator[Any]:
        self._seen(request, context)
        activation = policies.PolicyActivation(instrument_id="srs", version=request.version)
        activation.active_from.FromJsonString("2026-03-02T09:01:00Z")
        yield scoring.ActivatePolicyResponse(activation=activation)
        if request.tell_history:
            yield scoring.ActivatePolicyResponse(activation=activation, episodes_done=60, episodes=60, changed=7)
