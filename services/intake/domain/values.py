"""The words of intake: closed lists and small values. Every list equals the one of the same name in the protos."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class Modality(StrEnum):
    """Who takes part in the therapy."""

    INDIVIDUAL = "individual"
    COUPLE = "couple"
    FAMILY = "family"
    GROUP = "group"


class CloseReason(StrEnum):
    """Why an episode of care ended."""

    COMPLETED = "completed"
    DROPPED_OUT = "dropped_out"
    TRANSFERRED = "transferred"
    OTHER = "other"


class SessionStatus(StrEnum):
    """What became of a booked session."""

    HELD = "held"
    NO_SHOW = "no_show"
    CANCELLED_BY_CLIENT = "cancelled_by_client"
    CANCELLED_BY_CLINIC = "cancelled_by_clinic"


class HomeworkDone(StrEnum):
    """How much was done of what the previous session asked for."""

    NONE_ASKED = "none_asked"
    FULLY = "fully"
    PARTLY = "partly"
    NOT = "not"


class Barrier(StrEnum):
    """What may stand between the client and the therapy."""

    LANGUAGE = "language"
    CULTURE = "culture"
    FEAR_OF_JUDGEMENT = "fear_of_judgement"
    PAST_HARM = "past_harm"
    PRACTICAL = "practical"


class CommunicationStyle(StrEnum):
    """How the client says what is difficult to say."""

    DIRECT = "direct"
    INDIRECT = "indirect"


class Visibility(StrEnum):
    """Who may see the client's ratings."""

    THERAPIST_AND_SUPERVISOR = "therapist_and_supervisor"
    THERAPIST_ONLY = "therapist_only"
    HELD = "held"  # the therapist sees them after the client agreed


class EpisodeStatus(StrEnum):
    """Where an episode of care stands."""

    OPEN = "open"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Agreement:
    """What intake agreed with the client. The texts are the clinic's own words and never leave intake on a topic."""

    goals: tuple[str, ...] = ()
    expectations: tuple[str, ...] = ()
    preferences: tuple[str, ...] = ()
    barriers: tuple[Barrier, ...] = ()
    communication_style: CommunicationStyle | None = None
    route_ruptures_past_therapist: bool = False


@dataclass(frozen=True, slots=True)
class Consent:
    """Whether the client agreed to be watched over, and who may see the ratings."""

    monitoring: bool
    visibility: Visibility
    given_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Homework:
    """Homework at one session: what became of the last, and whether there is a new one."""

    done: HomeworkDone
    agreed: bool = False
