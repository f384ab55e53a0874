"""Between the protobuf messages of the wire and the domain, in both directions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict
from datetime import UTC, datetime
from types import MappingProxyType
from typing import cast

from attune.clinic.v1 import feedback_events_pb2 as clinic_feedback
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.feedback.v1 import events_pb2 as feedback
from attune.intake.v1 import events_pb2 as intake
from attune.scoring.v1 import events_pb2 as scoring
from attune.scoring.v1 import scoring_service_pb2 as api
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.runtime.errors import Permanent
from services.scoring.domain.assess import Assessment, Rating, Score, Series, Signal
from services.scoring.domain.caseload import Word
from services.scoring.domain.change import Category
from services.scoring.domain.detectors import Finding
from services.scoring.domain.difference import Kind, told_revision
from services.scoring.domain.guidance import Background, Barrier, Style
from services.scoring.domain.inputs import Homework, Rater, Response, Session, SessionStatus
from services.scoring.domain.instruments import Kind as Measured
from services.scoring.domain.known import CareReport
from services.scoring.domain.outcomes import Bands, Course, TooFew, outcome
from services.scoring.domain.ruptures import Rupture, Status
from services.scoring.domain.seeing import Sight, Visibility

# What may arrive on the topics of intake and feedback and on our own, by ce_type.
REGISTRY: Mapping[str, type[Message]] = MappingProxyType(
    {
        "attune.episode.changed.v1": intake.Episode,
        "attune.session.changed.v1": intake.Session,
        "attune.response.recorded.v1": feedback.Response,
        "attune.response.visibility-changed.v1": feedback.ResponseVisibility,
        **{f"attune.{kind}.v1": scoring.Rupture for kind in Kind if kind is not Kind.SCORE_COMPUTED},
    }
)

_SESSION_STATUS: Mapping[int, SessionStatus] = MappingProxyType(
    {
        clinic.SESSION_STATUS_HELD: SessionStatus.HELD,
        clinic.SESSION_STATUS_NO_SHOW: SessionStatus.NO_SHOW,
        clinic.SESSION_STATUS_CANCELLED_BY_CLIENT: SessionStatus.CANCELLED_BY_CLIENT,
        clinic.SESSION_STATUS_CANCELLED_BY_CLINIC: SessionStatus.CANCELLED_BY_CLINIC,
    }
)

_STATUS_TOLD: Mapping[SessionStatus, clinic.SessionStatus] = MappingProxyType(
    {SessionStatus.UNKNOWN: clinic.SESSION_STATUS_UNSPECIFIED}
    | {status: cast(clinic.SessionStatus, number) for number, status in _SESSION_STATUS.items()}
)
_HOMEWORK: Mapping[int, Homework] = MappingProxyType(
    {
        clinic.HOMEWORK_DONE_NONE_ASKED: Homework.NONE_ASKED,
        clinic.HOMEWORK_DONE_FULLY: Homework.FULLY,
        clinic.HOMEWORK_DONE_PARTLY: Homework.PARTLY,
        clinic.HOMEWORK_DONE_NOT: Homework.NOT_DONE,
    }
)

_RATER: Mapping[int, Rater] = MappingProxyType(
    {
        clinic_feedback.RATER_UNSPECIFIED: Rater.CLIENT,  # from before it was told
        clinic_feedback.RATER_CLIENT: Rater.CLIENT,
        clinic_feedback.RATER_THERAPIST: Rater.THERAPIST,
        clinic_feedback.RATER_OBSERVER: Rater.OBSERVER,
    }
)
_RATER_TOLD: Mapping[Rater, clinic_feedback.Rater] = MappingProxyType(
    {rater: cast(clinic_feedback.Rater, number) for number, rater in _RATER.items()}
)

# A rupture that is open, and one that was not repaired in time: the client is still down.
_STANDING = frozenset({scoring.RUPTURE_STATUS_OPEN, scoring.RUPTURE_STATUS_UNREPAIRED})

_STATUS: Mapping[Status, scoring.RuptureStatus] = MappingProxyType(
    {
        Status.OPEN: scoring.RUPTURE_STATUS_OPEN,
        Status.REPAIRED: scoring.RUPTURE_STATUS_REPAIRED,
        Status.UNREPAIRED: scoring.RUPTURE_STATUS_UNREPAIRED,
        Status.ENDED: scoring.RUPTURE_STATUS_ENDED,
        Status.DISMISSED: scoring.RUPTURE_STATUS_DISMISSED,
        Status.WITHDRAWN: scoring.RUPTURE_STATUS_WITHDRAWN,
    }
)

_CATEGORY: Mapping[Category, api.ChangeCategory] = MappingProxyType(
    {
        Category.RECOVERED: api.CHANGE_CATEGORY_RECOVERED,
        Category.IMPROVED: api.CHANGE_CATEGORY_IMPROVED,
        Category.UNCHANGED: api.CHANGE_CATEGORY_UNCHANGED,
        Category.DETERIORATED: api.CHANGE_CATEGORY_DETERIORATED,
        Category.HARMED: api.CHANGE_CATEGORY_HARMED,
    }
)
_COURSE: Mapping[Course, api.Course] = MappingProxyType(
    {
        Course.UNKNOWN: api.COURSE_UNSPECIFIED,
        Course.ON_TRACK: api.COURSE_ON_TRACK,
        Course.BEHIND: api.COURSE_BEHIND,
        Course.NOT_ON_TRACK: api.COURSE_NOT_ON_TRACK,
    }
)
_NO_BANDS: Mapping[str, Bands | TooFew] = MappingProxyType({})


# Values that a newer intake may send and that are not known here choose nothing.
_VISIBILITY: Mapping[int, Visibility] = MappingProxyType(
    {clinic.Visibility.Value(f"VISIBILITY_{each.name}"): each for each in Visibility if each is not Visibility.UNKNOWN}
)
_BARRIERS: Mapping[int, Barrier] = MappingProxyType(
    {clinic.Barrier.Value(f"BARRIER_{each.name}"): each for each in Barrier}
)
_STYLES: Mapping[int, Style] = MappingProxyType(
    {clinic.CommunicationStyle.Value(f"COMMUNICATION_STYLE_{each.name}"): each for each in Style}
)


def from_episode(message: intake.Episode, at: datetime) -> CareReport:
    """Read an episode; ``at`` is when what this revision reports happened."""
    _required(message, "therapist_id")
    closed = message.status == intake.EPISODE_STATUS_CLOSED
    return CareReport(
        revision=_revision(message.revision),
        at=_milliseconds(at),
        therapist_id=message.therapist_id,
        closed_at=_required_time(message, "closed_at") if closed else None,
        # Without a record of consent nothing is known to be refused; with one, its word counts.
        monitoring=message.consent.monitoring if message.HasField("consent") else True,
        background=Background(
            barriers=tuple(_BARRIERS[each] for each in message.agreement.barriers if each in _BARRIERS),
            style=_STYLES.get(message.agreement.communication_style),
        ),
        visibility=_VISIBILITY.get(message.consent.visibility, Visibility.UNKNOWN),
    )


def from_session(message: intake.Session) -> tuple[Session, int]:
    """Read a session and its revision."""
    _required(message, "session_id")
    session = Session(
        session_id=message.session_id,
        scheduled_at=_required_time(message, "scheduled_at"),
        therapist_id=message.therapist_id,
        next_session_at=_time(message, "next_session_at"),
        # A status that is newer than this code says nothing to it.
        status=_SESSION_STATUS.get(message.status, SessionStatus.UNKNOWN),
        homework=_HOMEWORK.get(message.homework.done, Homework.UNKNOWN),
    )
    return session, _revision(message.revision)


def from_response(message: feedback.Response) -> Response:
    """Read a response."""
    for name in ("response_id", "session_id", "client_id", "instrument_id", "instrument_version"):
        _required(message, name)
    if message.rater not in _RATER:
        # Nobody's answers may be taken for the client's.
        raise Permanent("data.rater", f"{message.rater} is not known", "Replay after an upgrade of scoring.")
    return Response(
        response_id=message.response_id,
        revision=_revision(message.revision),
        session_id=message.session_id,
        client_id=message.client_id,
        instrument_id=message.instrument_id,
        instrument_version=message.instrument_version,
        answers=tuple(sorted((answer.item, answer.value) for answer in message.answers)),
        submitted_at=_required_time(message, "submitted_at"),
        rater=_RATER[message.rater],
    )


def sight_of(message: feedback.Response) -> Sight | None:
    """Read the client's word on who may see a response; None when there is none."""
    visibility = _VISIBILITY.get(message.visibility)
    return None if visibility is None else Sight(visibility, message.visibility_revision)


def from_visibility_change(message: feedback.ResponseVisibility) -> tuple[str, Sight]:
    """Read which response it is about, and who may see it now."""
    _required(message, "response_id")
    # A value that is newer than this code must not show more than it means.
    visibility = _VISIBILITY.get(message.visibility, Visibility.HELD)
    return message.response_id, Sight(visibility, _revision(message.revision))


def from_rupture(message: scoring.Rupture) -> Word:
    """Read what a rupture of our own says about its therapist's caseload."""
    for name in ("rupture_id", "client_id", "therapist_id"):
        _required(message, name)
    return Word(
        rupture_id=message.rupture_id,
        client_id=message.client_id,
        opened_at=_required_time(message, "opened_at"),
        stands=message.status in _STANDING,
        revision=_revision(message.revision),
    )


def to_score(site_id: str, episode_id: str, score: Score, revision: int) -> scoring.Score:
    """Write a score."""
    return scoring.Score(
        site_id=site_id,
        episode_id=episode_id,
        session_id=score.session_id,
        client_id=score.client_id,
        response_id=score.response_id,
        response_revision=score.response_revision,
        instrument_id=score.instrument_id,
        instrument_version=score.instrument_version,
        total=score.total,
        subscales=score.subscales,
        missing_items=score.missing,
        revision=revision,
        rater=_RATER_TOLD[score.rater],
    )


def to_rupture(site_id: str, episode_id: str, rupture: Rupture, revision: int) -> scoring.Rupture:
    """Write a rupture."""
    return scoring.Rupture(
        site_id=site_id,
        rupture_id=rupture.rupture_id,
        episode_id=episode_id,
        client_id=rupture.client_id,
        therapist_id=rupture.therapist_id,
        instrument_id=rupture.instrument_id,
        status=_STATUS[rupture.status],
        opened_session_id=rupture.opened_session_id,
        opened_at=rupture.opened_at,
        closed_session_id=rupture.closed_session_id,
        closed_at=rupture.closed_at,
        findings=map(_finding, rupture.findings),
        baseline=rupture.baseline,
        depth=rupture.depth,
        facet=rupture.facet,
        explanation=rupture.explanation,
        next_session_at=rupture.next_session_at,
        revision=revision,
        sessions=rupture.sessions,
        recurring=rupture.recurring,
        facets_before=rupture.facets_before,
        facets_lowest=rupture.facets_lowest,
        facets_after=rupture.facets_after,
    )


def to_trajectory(
    site_id: str,
    episode_id: str,
    assessment: Assessment,
    bands: Mapping[str, Bands | TooFew] = _NO_BANDS,
    sessions: Iterable[Session] = (),
) -> api.GetTrajectoryResponse:
    """Write a whole assessment, as the gRPC door shows it; ``bands`` are the site's expected courses by instrument."""
    revision = told_revision(assessment.revision)
    return api.GetTrajectoryResponse(
        site_id=site_id,
        episode_id=episode_id,
        series=[
            _series(site_id, episode_id, series, revision, bands.get(series.instrument.id))
            for series in assessment.series
        ],
        other_raters=[_series(site_id, episode_id, series, revision, None) for series in assessment.others],
        revision=revision,
        waiting=assessment.waiting,
        engagement=[api.Engagement(**asdict(each)) for each in assessment.engagement],
        sessions=[
            api.TrajectorySession(session_id=each.session_id, at=each.scheduled_at, status=_STATUS_TOLD[each.status])
            for each in sorted(sessions, key=lambda session: (session.scheduled_at, session.session_id))
        ],
    )


def _series(site_id: str, episode_id: str, series: Series, revision: int, bands: Bands | TooFew | None) -> api.Series:
    return api.Series(
        client_id=series.client_id,
        instrument_id=series.instrument.id,
        instrument_version=series.version,
        scale_min=series.instrument.total_min,
        scale_max=series.instrument.total_max,
        ratings=map(_rating, series.ratings),
        ruptures=[to_rupture(site_id, episode_id, rupture, revision) for rupture in series.ruptures],
        no_information=series.no_information,
        signals=map(_signal, series.signals),
        outcome=_outcome(series, bands) if series.instrument.kind is Measured.OUTCOME else None,
        rater=_RATER_TOLD[series.rater],
    )


def _outcome(series: Series, bands: Bands | TooFew | None) -> api.Outcome | None:
    found = outcome(series.instrument, series.values, bands)
    if found is None:
        return None
    reliable, cutoff, expected = found.reliable, found.cutoff, found.expected
    return api.Outcome(
        intake=found.intake,
        last=found.last,
        measurements=found.measurements,
        category=_CATEGORY[found.category] if found.category else None,
        reliable_change=reliable.value if reliable else None,
        confidence=reliable.confidence if reliable else None,
        unconfirmed=reliable is not None and not reliable.confirmed,
        cutoff=cutoff.value if cutoff else None,
        cutoff_meaning=cutoff.meaning if cutoff else "",
        course=_COURSE[found.course],
        expected=expected.value if expected else None,
        yellow=expected.yellow if expected else None,
        red=expected.red if expected else None,
        basis=found.basis,
    )


def _rating(rating: Rating) -> api.Rating:
    return api.Rating(
        session_id=rating.session_id,
        at=rating.at,
        value=rating.value,
        baseline=rating.baseline,
        limit=rating.limit,
        findings=map(_finding, rating.findings),
        alarm=rating.alarm,
        facets=rating.facets,
        therapist_id=rating.therapist_id,
        markers=map(_finding, rating.markers),
    )


def _signal(signal: Signal) -> api.Signal:
    return api.Signal(
        session_id=signal.session_id,
        at=signal.at,
        therapist_id=signal.therapist_id,
        findings=map(_finding, signal.findings),
        markers=map(_finding, signal.markers),
    )


def _finding(finding: Finding) -> scoring.Finding:
    return scoring.Finding(
        detector=finding.detector,
        detector_version=finding.version,
        parameters=finding.parameters,
        baseline=finding.baseline,
        limit=finding.limit,
        statistic=finding.statistic,
        value=finding.value,
    )


def _required(message: Message, name: str) -> None:
    if not getattr(message, name):
        raise Permanent(
            f"data.{name}", "is missing", "The service that sent it is newer or at fault; replay after a fix."
        )


def _revision(number: int) -> int:
    if number < 1:
        raise Permanent("data.revision", "is missing", "Revisions count from 1.")
    return number


def _time(message: Message, name: str) -> datetime | None:
    if not message.HasField(name):
        return None
    try:
        return _milliseconds(cast(Timestamp, getattr(message, name)).ToDatetime(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise Permanent(f"data.{name}", "is not a date", "Give seconds since 1970 and nanoseconds.") from None


def _required_time(message: Message, name: str) -> datetime:
    found = _time(message, name)
    if found is None:
        raise Permanent(
            f"data.{name}", "is missing", "The service that sent it is newer or at fault; replay after a fix."
        )
    return found


def _milliseconds(at: datetime) -> datetime:
    """The precision that the database keeps, so that what is compared is the same before and after."""
    return at.replace(microsecond=at.microsecond // 1000 * 1000)
