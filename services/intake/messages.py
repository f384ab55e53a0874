"""Between the protobuf messages of the wire and the domain, in both directions."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from enum import StrEnum
from types import MappingProxyType
from typing import TypeVar, cast

from attune.clinic.v1 import session_events_pb2 as clinic
from attune.intake.v1 import events_pb2 as intake
from google.protobuf.internal.enum_type_wrapper import EnumTypeWrapper
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.intake.domain.episode import Episode
from services.intake.domain.reports import Closed, Fact, Opened, Recorded, Report, Updated
from services.intake.domain.session import Session
from services.intake.domain.values import (
    Agreement,
    Barrier,
    CloseReason,
    CommunicationStyle,
    Consent,
    EpisodeStatus,
    Homework,
    HomeworkDone,
    Modality,
    SessionStatus,
    Visibility,
)
from services.runtime.errors import as_permanent
from services.runtime.events import Event

ClinicMessage = clinic.EpisodeOpened | clinic.EpisodeUpdated | clinic.EpisodeClosed | clinic.SessionRecorded

# What may arrive on clinic.session-events.v1, by ce_type.
REGISTRY: Mapping[str, type[Message]] = MappingProxyType(
    {
        "attune.episode.opened.v1": clinic.EpisodeOpened,
        "attune.episode.updated.v1": clinic.EpisodeUpdated,
        "attune.episode.closed.v1": clinic.EpisodeClosed,
        "attune.session.recorded.v1": clinic.SessionRecorded,
    }
)

# The proto list of each closed list of the domain, and what the proto's names start with.
LISTS: Mapping[type[StrEnum], tuple[EnumTypeWrapper, str]] = MappingProxyType(
    {
        Modality: (clinic.Modality, "MODALITY_"),
        CloseReason: (clinic.CloseReason, "CLOSE_REASON_"),
        SessionStatus: (clinic.SessionStatus, "SESSION_STATUS_"),
        HomeworkDone: (clinic.HomeworkDone, "HOMEWORK_DONE_"),
        Barrier: (clinic.Barrier, "BARRIER_"),
        CommunicationStyle: (clinic.CommunicationStyle, "COMMUNICATION_STYLE_"),
        Visibility: (clinic.Visibility, "VISIBILITY_"),
        EpisodeStatus: (intake.EpisodeStatus, "EPISODE_STATUS_"),
    }
)

E = TypeVar("E", bound=StrEnum)


def from_event(event: Event) -> Report[Fact]:
    """Read a clinic's event; Permanent names the field that cannot be read."""
    return from_clinic(event.site_id, event.source, event.id, event.time, cast(ClinicMessage, event.data))


def from_clinic(
    site_id: str, source: str, event_id: str, occurred_at: datetime, message: ClinicMessage
) -> Report[Fact]:
    """Read a clinic's message, whichever door it came through; Permanent names the field that cannot be read."""
    with as_permanent("data"):
        return Report(site_id, message.episode_id, source, event_id, _milliseconds(occurred_at), _fact(message))


def instant(message: Message, field: str, path: str = "") -> datetime | None:
    """Read a timestamp to the millisecond, which is what the database keeps; None when it is absent."""
    if not message.HasField(field):
        return None
    try:
        return _milliseconds(cast(Timestamp, getattr(message, field)).ToDatetime(tzinfo=UTC))
    except (ValueError, OverflowError):
        raise ValueError(f"{path or field}: is not a date; Give seconds since 1970 and nanoseconds.") from None


def required_instant(message: Message, field: str) -> datetime:
    """Read a timestamp that must be there."""
    value = instant(message, field)
    if value is None:
        raise ValueError(f"{field}: is missing; Give the time in UTC.")
    return value


def to_episode(episode: Episode) -> intake.Episode:
    """Write an episode in full, as the gRPC door shows it to the clinic that it belongs to."""
    message = intake.Episode(
        site_id=episode.site_id,
        episode_id=episode.episode_id,
        client_ids=episode.client_ids,
        therapist_id=episode.therapist_id,
        status=_name(episode.status),
        opened_at=episode.opened_at,
        closed_at=episode.closed_at,
        close_reason=_name_if_known(episode.close_reason),
        modality=_name(episode.modality),
        revision=episode.revision,
    )
    if episode.agreement is not None:
        message.agreement.CopyFrom(_to_agreement(episode.agreement))
    if episode.consent is not None:
        message.consent.CopyFrom(_to_consent(episode.consent))
    return message


def to_published_episode(episode: Episode) -> intake.Episode:
    """Write an episode for the topic: without the agreement's texts, which nobody downstream needs."""
    message = to_episode(episode)
    for text in ("goals", "expectations", "preferences"):
        message.agreement.ClearField(text)
    if episode.agreement is None:
        message.ClearField("agreement")
    return message


def to_session(session: Session) -> intake.Session:
    """Write a session, for the gRPC door and the topic alike."""
    message = intake.Session(
        site_id=session.site_id,
        episode_id=session.episode_id,
        session_id=session.session_id,
        scheduled_at=session.scheduled_at,
        status=_name(session.status),
        late_minutes=session.late_minutes,
        therapist_id=session.therapist_id,
        goals_reviewed=session.goals_reviewed,
        next_session_at=session.next_session_at,
        revision=session.revision,
    )
    if session.homework is not None:
        done = _name(session.homework.done)
        message.homework.CopyFrom(clinic.Homework(done=done, agreed=session.homework.agreed))
    return message


def _fact(message: ClinicMessage) -> Fact:
    match message:
        case clinic.EpisodeOpened():
            return Opened(
                client_ids=tuple(message.client_ids),
                therapist_id=message.therapist_id,
                opened_at=required_instant(message, "opened_at"),
                modality=_required("modality", Modality, message.modality),
                agreement=_agreement(message),
                consent=_consent(message),
            )
        case clinic.EpisodeUpdated():
            return Updated(
                therapist_id=message.therapist_id if message.HasField("therapist_id") else None,
                agreement=_agreement(message),
                consent=_consent(message),
            )
        case clinic.EpisodeClosed():
            return Closed(
                closed_at=required_instant(message, "closed_at"),
                reason=_required("reason", CloseReason, message.reason),
            )
        case clinic.SessionRecorded():
            return Recorded(
                session_id=message.session_id,
                scheduled_at=required_instant(message, "scheduled_at"),
                status=_required("status", SessionStatus, message.status),
                late_minutes=message.late_minutes,
                therapist_id=message.therapist_id,
                homework=_homework(message),
                goals_reviewed=message.goals_reviewed,
                next_session_at=instant(message, "next_session_at"),
            )


def _agreement(message: clinic.EpisodeOpened | clinic.EpisodeUpdated) -> Agreement | None:
    if not message.HasField("agreement"):
        return None
    agreement = message.agreement
    barriers = (
        _required(f"agreement.barriers[{index}]", Barrier, number) for index, number in enumerate(agreement.barriers)
    )
    return Agreement(
        goals=tuple(agreement.goals),
        expectations=tuple(agreement.expectations),
        preferences=tuple(agreement.preferences),
        barriers=tuple(barriers),
        communication_style=_optional(
            "agreement.communication_style", CommunicationStyle, agreement.communication_style
        ),
        route_ruptures_past_therapist=agreement.route_ruptures_past_therapist,
    )


def _consent(message: clinic.EpisodeOpened | clinic.EpisodeUpdated) -> Consent | None:
    if not message.HasField("consent"):
        return None
    consent = message.consent
    return Consent(
        monitoring=consent.monitoring,
        visibility=_required("consent.visibility", Visibility, consent.visibility),
        given_at=instant(consent, "given_at", "consent.given_at"),
    )


def _homework(message: clinic.SessionRecorded) -> Homework | None:
    if not message.HasField("homework"):
        return None
    homework = message.homework
    return Homework(done=_required("homework.done", HomeworkDone, homework.done), agreed=homework.agreed)


def _to_agreement(agreement: Agreement) -> clinic.Agreement:
    return clinic.Agreement(
        goals=agreement.goals,
        expectations=agreement.expectations,
        preferences=agreement.preferences,
        barriers=[_name(barrier) for barrier in agreement.barriers],
        communication_style=_name_if_known(agreement.communication_style),
        route_ruptures_past_therapist=agreement.route_ruptures_past_therapist,
    )


def _to_consent(consent: Consent) -> clinic.Consent:
    visibility = _name(consent.visibility)
    return clinic.Consent(monitoring=consent.monitoring, visibility=visibility, given_at=consent.given_at)


def _name(value: StrEnum) -> str:
    return LISTS[type(value)][1] + value.upper()


def _name_if_known(value: StrEnum | None) -> str | None:
    return None if value is None else _name(value)


def _optional(path: str, domain: type[E], number: int) -> E | None:
    return None if number == 0 else _required(path, domain, number)


def _required(path: str, domain: type[E], number: int) -> E:
    wrapper, prefix = LISTS[domain]
    # A number that this version does not know comes from a newer schema: refused, to be replayed after an upgrade.
    known = wrapper.DESCRIPTOR.values_by_number.get(number)
    if number == 0 or known is None:
        what = "is missing" if number == 0 else f"{number} is not known to this version"
        raise ValueError(f"{path}: {what}; Use {', '.join(map(_name, domain))}.")
    return domain(known.name.removeprefix(prefix).lower())


def _milliseconds(time: datetime) -> datetime:
    return time - timedelta(microseconds=time.microsecond % 1_000)
