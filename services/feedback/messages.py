"""Between the protobuf messages of the wire and the domain, in both directions."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import cast

from attune.clinic.v1 import feedback_events_pb2 as clinic
from attune.clinic.v1 import session_events_pb2 as sessions
from attune.feedback.v1 import events_pb2 as feedback
from attune.feedback.v1 import feedback_service_pb2 as api
from attune.intake.v1 import events_pb2 as intake
from google.protobuf.message import Message

from services.feedback.domain.forms import Answer, Form, Rater
from services.feedback.domain.instruments import Instrument
from services.feedback.domain.requests import Asking, Care, Request, Session, State, Visibility
from services.feedback.domain.responses import Response
from services.feedback.domain.risk import RiskFlag
from services.runtime.events import Event

FEEDBACK_SUBMITTED = "attune.feedback.submitted.v1"

EPISODE_CHANGED = "attune.episode.changed.v1"
SESSION_CHANGED = "attune.session.changed.v1"

# What feedback understands, by ce_type.
REGISTRY: Mapping[str, type[Message]] = MappingProxyType(
    {
        FEEDBACK_SUBMITTED: clinic.FeedbackSubmitted,
        EPISODE_CHANGED: intake.Episode,
        SESSION_CHANGED: intake.Session,
    }
)

_VISIBILITIES: Mapping[int, Visibility] = MappingProxyType(
    {
        sessions.VISIBILITY_THERAPIST_AND_SUPERVISOR: Visibility.THERAPIST_AND_SUPERVISOR,
        sessions.VISIBILITY_THERAPIST_ONLY: Visibility.THERAPIST_ONLY,
        sessions.VISIBILITY_HELD: Visibility.HELD,
    }
)
_TOLD: Mapping[Visibility, sessions.Visibility] = MappingProxyType(
    {visibility: cast(sessions.Visibility, number) for number, visibility in _VISIBILITIES.items()}
)
_STATES: Mapping[State, feedback.RequestState] = MappingProxyType(
    {
        State.ISSUED: feedback.REQUEST_STATE_ISSUED,
        State.ANSWERED: feedback.REQUEST_STATE_ANSWERED,
        State.EXPIRED: feedback.REQUEST_STATE_EXPIRED,
        State.WITHDRAWN: feedback.REQUEST_STATE_WITHDRAWN,
    }
)


def from_event(event: Event) -> Form:
    """Read a clinic's event. Nothing is refused here: risk is looked for first."""
    return from_clinic(event.site_id, cast(clinic.FeedbackSubmitted, event.data))


def from_clinic(site_id: str, message: clinic.FeedbackSubmitted) -> Form:
    """Read a clinic's message, whichever door it came through."""
    return Form(
        site_id=site_id,
        response_id=message.response_id,
        episode_id=message.episode_id,
        session_id=message.session_id,
        client_id=message.client_id,
        instrument_id=message.instrument_id,
        instrument_version=message.instrument_version,
        answers=tuple(Answer(answer.item, answer.value) for answer in message.answers),
        submitted_at=instant(message, "submitted_at"),
        revision=message.revision,
        partial=message.partial,
        # Most clinics send clients' answers only, and say nothing.
        rater=message.rater or Rater.CLIENT,
    )


def to_care(message: intake.Episode) -> Care:
    """Read what asking needs of an episode. Without a recorded consent nobody is asked."""
    return Care(
        revision=message.revision,
        monitoring=message.consent.monitoring,
        visibility=_VISIBILITIES.get(message.consent.visibility, Visibility.UNKNOWN),
        client_ids=tuple(message.client_ids),
        therapist_id=message.therapist_id,
    )


def to_session(message: intake.Session) -> Session | None:
    """Read what asking needs of a session; None when it does not say when it was."""
    scheduled_at = instant(message, "scheduled_at")
    if scheduled_at is None:
        return None
    held = message.status == sessions.SESSION_STATUS_HELD
    return Session(message.session_id, message.revision, held, scheduled_at)


def instant(message: Message, field: str) -> datetime | None:
    """Read a timestamp to the millisecond, which is what the database keeps; None when it is absent or is no date."""
    if not message.HasField(field):
        return None
    try:
        return milliseconds(getattr(message, field).ToDatetime(tzinfo=UTC))
    except (ValueError, OverflowError):
        return None


def milliseconds(time: datetime) -> datetime:
    """Cut a time to the millisecond."""
    return time - timedelta(microseconds=time.microsecond % 1_000)


def to_response(response: Response) -> feedback.Response:
    """Write the submission of a response that counts, for the gRPC door and the topic alike. Never its comment."""
    form = response.current
    return feedback.Response(
        site_id=form.site_id,
        response_id=form.response_id,
        episode_id=form.episode_id,
        session_id=form.session_id,
        client_id=form.client_id,
        instrument_id=form.instrument_id,
        instrument_version=form.instrument_version,
        answers=[clinic.Answer(item=answer.item, value=answer.value) for answer in form.answers],
        submitted_at=form.submitted_at,
        revision=form.revision,
        partial=form.partial,
        rater=cast(clinic.Rater, form.rater),
        edition=form.edition,
        visibility=to_visibility(response.visibility),
        visibility_revision=len(response.talks),
    )


def to_visibility(visibility: Visibility | None) -> sessions.Visibility:
    """Write who may see something; unspecified when nobody has said it."""
    return _TOLD.get(visibility or Visibility.UNKNOWN, sessions.VISIBILITY_UNSPECIFIED)


def from_visibility(number: int) -> Visibility:
    """Read who may see something."""
    return _VISIBILITIES.get(number, Visibility.UNKNOWN)


def to_visibility_change(response: Response) -> feedback.ResponseVisibility:
    """Write that the last word on who may see a response has changed."""
    form = response.current
    return feedback.ResponseVisibility(
        site_id=form.site_id,
        response_id=form.response_id,
        episode_id=form.episode_id,
        visibility=to_visibility(response.visibility),
        revision=len(response.talks),
    )


def to_risk_flag(flag: RiskFlag) -> feedback.RiskFlag:
    """Write a risk flag: the same message on the topic and in the direct call."""
    return feedback.RiskFlag(
        site_id=flag.site_id,
        flag_id=flag.flag_id,
        episode_id=flag.episode_id,
        session_id=flag.session_id,
        client_id=flag.client_id,
        response_id=flag.response_id,
        instrument_id=flag.instrument_id,
        items=flag.items,
        submitted_at=flag.submitted_at,
    )


def to_request(asking: Asking, request: Request) -> feedback.FeedbackRequest:
    """Write a request, without its link, for the gRPC door and the topic alike."""
    return feedback.FeedbackRequest(
        site_id=asking.site_id,
        request_id=request.request_id,
        episode_id=asking.episode_id,
        session_id=request.session_id,
        client_id=request.client_id,
        instrument_id=request.instrument_id,
        instrument_version=request.instrument_version,
        language=request.language,
        state=_STATES[request.state],
        issued_at=request.issued_at,
        notify_from=request.notify_from,
        expires_at=request.expires_at,
        ended_at=request.ended_at,
        revision=request.revision,
        rater=cast(clinic.Rater, request.rater),
        also=[
            feedback.AskedInstrument(instrument_id=name, instrument_version=version) for name, version in request.also
        ],
        opted_out=request.client_id in asking.opted_out,
    )


def to_instrument(instrument: Instrument) -> api.Instrument:
    """Write a catalogue entry. The range is that of the widest item."""
    return api.Instrument(
        instrument_id=instrument.instrument_id,
        version=instrument.version,
        title=instrument.title,
        items=len(instrument.items),
        item_min=min(item.minimum for item in instrument.items),
        item_max=max(item.maximum for item in instrument.items),
        risk_items=sorted(instrument.risk),
        licence=instrument.licence,
        validated=instrument.validated,
    )
