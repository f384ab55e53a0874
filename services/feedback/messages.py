"""Between the protobuf messages of the wire and the domain, in both directions."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from types import MappingProxyType
from typing import cast

from attune.clinic.v1 import feedback_events_pb2 as clinic
from attune.feedback.v1 import events_pb2 as feedback
from attune.feedback.v1 import feedback_service_pb2 as api
from google.protobuf.message import Message

from services.feedback.domain.forms import Answer, Form, Rater
from services.feedback.domain.instruments import Instrument
from services.feedback.domain.risk import RiskFlag
from services.runtime.events import Event

FEEDBACK_SUBMITTED = "attune.feedback.submitted.v1"

# What may arrive on clinic.feedback-events.v1, by ce_type.
REGISTRY: Mapping[str, type[Message]] = MappingProxyType({FEEDBACK_SUBMITTED: clinic.FeedbackSubmitted})


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


def to_response(form: Form) -> feedback.Response:
    """Write the submission of a response that counts, for the gRPC door and the topic alike."""
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
