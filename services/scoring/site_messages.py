"""Between the protobuf messages about a whole site (figures, policies) and the domain, in both directions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any, cast

from attune.scoring.v1 import policies_pb2 as policies
from attune.scoring.v1 import scoring_service_pb2 as api
from attune.scoring.v1 import summaries_pb2 as summaries
from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message
from google.protobuf.struct_pb2 import Struct
from google.protobuf.timestamp_pb2 import Timestamp

from services.runtime.errors import Permanent
from services.scoring.domain.calibration import Calibration, TooFew
from services.scoring.domain.intervals import Median, Proportion
from services.scoring.domain.policy import Policy
from services.scoring.domain.population import AUTOCORRELATION, Population
from services.scoring.domain.preview import Load, PreviewResult, Shown, per_100
from services.scoring.domain.site_policy import BUILT_IN, Activation, SitePolicy, Version
from services.scoring.domain.summary import CaseloadFigures, InstrumentFigures, ResponseFigures, SiteSummary
from services.scoring.handlers.calibrations import Calibrated

NOTES = (
    "For support and supervision. Therapists' caseloads differ in who comes to them; no figure here ranks anybody.",
    "Intervals are at 95 %. They take sessions as independent, so those of rates per session are somewhat too narrow.",
    "Figures of different instruments, detectors or policy versions must not be compared with each other.",
)


def to_summary(site_id: str, summary: SiteSummary) -> api.GetSiteSummaryResponse:
    """Write the figures of a site."""
    return api.GetSiteSummaryResponse(
        site_id=site_id,
        since=summary.period.since,
        until=summary.period.until,
        instruments=[_instrument(name, figures) for name, figures in summary.instruments.items()],
        responses=_responses(summary.responses),
        caseloads=[_caseload(name, figures) for name, figures in summary.caseloads.items()],
        notes=NOTES,
    )


def _instrument(name: str, figures: InstrumentFigures | None) -> summaries.InstrumentSummary:
    if figures is None:
        return summaries.InstrumentSummary(instrument_id=name, suppressed=True)
    return summaries.InstrumentSummary(
        instrument_id=name,
        clients=figures.clients,
        rated_sessions=figures.rated_sessions,
        ruptures=figures.ruptures,
        rupture_rate=_proportion(figures.rupture_rate),
        clients_with_rupture=_proportion(figures.clients_with_rupture),
        repair_rate=_proportion(figures.repair_rate),
        still_open=figures.still_open,
        sessions_to_repair=_median(figures.sessions_to_repair),
        days_to_repair=_median(figures.days_to_repair),
        methods=figures.methods,
        policy_versions=figures.policy_versions,
    )


def _responses(figures: ResponseFigures | None) -> summaries.ResponseSummary:
    if figures is None:
        return summaries.ResponseSummary(suppressed=True)
    return summaries.ResponseSummary(
        clients=figures.clients,
        response_rate=_proportion(figures.response_rate),
        silent_clients=_proportion(figures.silent_clients),
    )


def _caseload(name: str, figures: CaseloadFigures | None) -> summaries.Caseload:
    if figures is None:
        return summaries.Caseload(therapist_id=name, suppressed=True)
    return summaries.Caseload(
        therapist_id=name,
        clients=figures.clients,
        rated_sessions=figures.rated_sessions,
        clients_with_rupture=_proportion(figures.clients_with_rupture),
        repair_rate=_proportion(figures.repair_rate),
        open_ruptures=figures.open_ruptures,
    )


def _proportion(each: Proportion) -> summaries.Proportion:
    return summaries.Proportion(count=each.count, of=each.of, value=each.value, low=each.low, high=each.high)


def _median(each: Median) -> summaries.Median:
    return summaries.Median(count=each.count, value=each.value, low=each.low, high=each.high)


def to_policies(found: Iterable[SitePolicy], now: datetime) -> api.ListPoliciesResponse:
    """Write policies with their versions, the built-in one first, and their activations."""
    answer = api.ListPoliciesResponse()
    for policy in found:
        answer.versions.append(_built_in(policy))
        answer.versions.extend(to_version(policy.instrument_id, each) for each in policy.versions)
        answer.activations.extend(to_activation(policy.instrument_id, each) for each in policy.activations)
        answer.active[policy.instrument_id] = policy.version_at(now)
    return answer


def _built_in(policy: SitePolicy) -> policies.PolicyVersion:
    watch = policy.watch(BUILT_IN)
    return policies.PolicyVersion(
        instrument_id=policy.instrument_id,
        version=BUILT_IN,
        policy=_definition(watch.policy),
        population=None if watch.population is None else to_population(watch.population),
        reason="What every site has from the start.",
    )


def _definition(policy: Policy) -> Struct:
    definition = Struct()
    definition.update(policy.to_dict())
    return definition


def to_version(instrument_id: str, version: Version) -> policies.PolicyVersion:
    """Write one version."""
    return policies.PolicyVersion(
        instrument_id=instrument_id,
        version=version.number,
        policy=_definition(version.policy),
        population=None if version.population is None else to_population(version.population),
        reason=version.reason,
        made_by=version.made_by,
        made_at=version.made_at,
    )


def to_population(population: Population) -> policies.Population:
    """Write what is usual among clients."""
    return policies.Population(
        mean=population.mean,
        between_sd=population.between_sd,
        within_sd=population.within_sd,
        sem=population.sem,
        version=population.version,
        provenance=population.provenance,
        assumed=population.assumed,
        autocorrelation=population.autocorrelation,
        slope=population.slope,
    )


def to_activation(instrument_id: str, activation: Activation) -> policies.PolicyActivation:
    """Write one activation; one from the beginning has no ``active_from``."""
    return policies.PolicyActivation(
        instrument_id=instrument_id,
        version=activation.version,
        active_from=activation.active_from,
        reason=activation.reason,
        activated_by=activation.activated_by,
        activated_at=activation.activated_at,
    )


def to_calibrated(instrument_id: str, step: Calibrated) -> api.CalibrateResponse:
    """Write one step of a calibration."""
    found = step.found
    figures = {}
    if isinstance(found, Calibration):
        figures = {
            **asdict(found.estimate),
            **{f"{name}_error": error for name, error in asdict(found.errors).items()},
            "clients": found.clients,
            "ratings": found.ratings,
            "set_aside": found.set_aside,
            "target": found.target,
            "k": found.k,
            "width": found.width,
            "expected_false_alarms": found.expected_false_alarms,
            "default_false_alarms": found.default_false_alarms,
        }
    return api.CalibrateResponse(
        episodes_done=step.done,
        episodes=step.of,
        version=to_version(instrument_id, step.version) if step.version else None,
        activation=to_activation(instrument_id, step.activation) if step.activation else None,
        too_little_data=found.sentence if isinstance(found, TooFew) else "",
        figures=figures,
    )


def from_definition(request: Message) -> dict[str, Any] | None:
    """Read a request's policy; None when it has none."""
    if not request.HasField("policy"):
        return None
    whole: dict[str, Any] = _whole_numbers(MessageToDict(cast(Message, getattr(request, "policy"))))  # noqa: B009
    return whole


def from_population(request: Message) -> Population | None:
    """Read a request's population; None when it has none."""
    if not request.HasField("population"):
        return None
    given: policies.Population = getattr(request, "population")  # noqa: B009
    return Population(
        mean=given.mean,
        between_sd=given.between_sd,
        within_sd=given.within_sd,
        sem=given.sem,
        version=given.version,
        provenance=given.provenance,
        assumed=given.assumed,
        autocorrelation=given.autocorrelation if given.HasField("autocorrelation") else AUTOCORRELATION,
        slope=given.slope,
    )


def from_time(request: Message, name: str) -> datetime | None:
    """Read a time of a request, to the millisecond; None when it is absent."""
    if not request.HasField(name):
        return None
    try:
        at = cast(Timestamp, getattr(request, name)).ToDatetime(tzinfo=UTC)
    except (ValueError, OverflowError):
        raise Permanent(name, "is not a date", "Give seconds since 1970 and nanoseconds.") from None
    return at.replace(microsecond=at.microsecond // 1000 * 1000)


def to_preview(result: PreviewResult) -> policies.PolicyPreview:
    """Write a comparison."""
    return policies.PolicyPreview(
        episodes=result.episodes,
        clients=result.clients,
        rated_sessions=result.rated_sessions,
        now=_load(result.now, result.rated_sessions),
        then=_load(result.then, result.rated_sessions),
        gained=result.gained,
        lost=result.lost,
        moved=result.moved,
        gained_ruptures=map(_shown, result.gained_ruptures),
        lost_ruptures=map(_shown, result.lost_ruptures),
    )


def _load(load: Load, rated: int) -> policies.PolicyLoad:
    return policies.PolicyLoad(
        ruptures=load.ruptures,
        ruptures_per_100=per_100(load.ruptures, rated),
        alarm_sessions=load.alarms,
        alarms_per_100=per_100(load.alarms, rated),
        clients_with_rupture=load.clients_with_rupture,
    )


def _shown(each: Shown) -> policies.RuptureChange:
    return policies.RuptureChange(
        episode_id=each.episode_id,
        rupture_id=each.rupture.rupture_id,
        opened_session_id=each.rupture.opened_session_id,
        opened_at=each.rupture.opened_at,
        explanation=each.rupture.explanation,
    )


def _whole_numbers(value: Any) -> Any:
    """A Struct has no whole numbers; where one was meant, there is nothing behind the point."""
    if isinstance(value, Mapping):
        return {name: _whole_numbers(each) for name, each in value.items()}
    if isinstance(value, list):
        return [_whole_numbers(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
