import datetime

from attune.clinic.v1 import feedback_events_pb2 as _feedback_events_pb2
from attune.clinic.v1 import session_events_pb2 as _session_events_pb2
from attune.scoring.v1 import events_pb2 as _events_pb2
from attune.scoring.v1 import guidance_pb2 as _guidance_pb2
from attune.scoring.v1 import policies_pb2 as _policies_pb2
from attune.scoring.v1 import summaries_pb2 as _summaries_pb2
from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class ChangeCategory(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CHANGE_CATEGORY_UNSPECIFIED: _ClassVar[ChangeCategory]
    CHANGE_CATEGORY_RECOVERED: _ClassVar[ChangeCategory]
    CHANGE_CATEGORY_IMPROVED: _ClassVar[ChangeCategory]
    CHANGE_CATEGORY_UNCHANGED: _ClassVar[ChangeCategory]
    CHANGE_CATEGORY_DETERIORATED: _ClassVar[ChangeCategory]
    CHANGE_CATEGORY_HARMED: _ClassVar[ChangeCategory]

class Course(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COURSE_UNSPECIFIED: _ClassVar[Course]
    COURSE_ON_TRACK: _ClassVar[Course]
    COURSE_BEHIND: _ClassVar[Course]
    COURSE_NOT_ON_TRACK: _ClassVar[Course]
CHANGE_CATEGORY_UNSPECIFIED: ChangeCategory
CHANGE_CATEGORY_RECOVERED: ChangeCategory
CHANGE_CATEGORY_IMPROVED: ChangeCategory
CHANGE_CATEGORY_UNCHANGED: ChangeCategory
CHANGE_CATEGORY_DETERIORATED: ChangeCategory
CHANGE_CATEGORY_HARMED: ChangeCategory
COURSE_UNSPECIFIED: Course
COURSE_ON_TRACK: Course
COURSE_BEHIND: Course
COURSE_NOT_ON_TRACK: Course

class GetTrajectoryRequest(_message.Message):
    __slots__ = ("site_id", "episode_id", "language", "rupture_type")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    RUPTURE_TYPE_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    language: str
    rupture_type: _guidance_pb2.RuptureType
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., language: _Optional[str] = ..., rupture_type: _Optional[_Union[_guidance_pb2.RuptureType, str]] = ...) -> None: ...

class GetTrajectoryResponse(_message.Message):
    __slots__ = ("site_id", "episode_id", "series", "revision", "waiting", "engagement", "sessions", "ideas", "other_raters")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    SERIES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    ENGAGEMENT_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    IDEAS_FIELD_NUMBER: _ClassVar[int]
    OTHER_RATERS_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    series: _containers.RepeatedCompositeFieldContainer[Series]
    revision: int
    waiting: int
    engagement: _containers.RepeatedCompositeFieldContainer[Engagement]
    sessions: _containers.RepeatedCompositeFieldContainer[TrajectorySession]
    ideas: _containers.RepeatedCompositeFieldContainer[_guidance_pb2.RepairIdeas]
    other_raters: _containers.RepeatedCompositeFieldContainer[Series]
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., series: _Optional[_Iterable[_Union[Series, _Mapping]]] = ..., revision: _Optional[int] = ..., waiting: _Optional[int] = ..., engagement: _Optional[_Iterable[_Union[Engagement, _Mapping]]] = ..., sessions: _Optional[_Iterable[_Union[TrajectorySession, _Mapping]]] = ..., ideas: _Optional[_Iterable[_Union[_guidance_pb2.RepairIdeas, _Mapping]]] = ..., other_raters: _Optional[_Iterable[_Union[Series, _Mapping]]] = ...) -> None: ...

class DrawTrajectoryRequest(_message.Message):
    __slots__ = ("site_id", "episode_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ...) -> None: ...

class DrawTrajectoryResponse(_message.Message):
    __slots__ = ("svg",)
    SVG_FIELD_NUMBER: _ClassVar[int]
    svg: str
    def __init__(self, svg: _Optional[str] = ...) -> None: ...

class TrajectorySession(_message.Message):
    __slots__ = ("session_id", "at", "status")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    at: _timestamp_pb2.Timestamp
    status: _session_events_pb2.SessionStatus
    def __init__(self, session_id: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status: _Optional[_Union[_session_events_pb2.SessionStatus, str]] = ...) -> None: ...

class Engagement(_message.Message):
    __slots__ = ("client_id", "held", "missed", "cancelled", "answered", "homework_asked", "homework_done", "homework_partly")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    HELD_FIELD_NUMBER: _ClassVar[int]
    MISSED_FIELD_NUMBER: _ClassVar[int]
    CANCELLED_FIELD_NUMBER: _ClassVar[int]
    ANSWERED_FIELD_NUMBER: _ClassVar[int]
    HOMEWORK_ASKED_FIELD_NUMBER: _ClassVar[int]
    HOMEWORK_DONE_FIELD_NUMBER: _ClassVar[int]
    HOMEWORK_PARTLY_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    held: int
    missed: int
    cancelled: int
    answered: int
    homework_asked: int
    homework_done: int
    homework_partly: int
    def __init__(self, client_id: _Optional[str] = ..., held: _Optional[int] = ..., missed: _Optional[int] = ..., cancelled: _Optional[int] = ..., answered: _Optional[int] = ..., homework_asked: _Optional[int] = ..., homework_done: _Optional[int] = ..., homework_partly: _Optional[int] = ...) -> None: ...

class Series(_message.Message):
    __slots__ = ("client_id", "instrument_id", "instrument_version", "scale_min", "scale_max", "ratings", "ruptures", "no_information", "signals", "outcome", "rater", "withheld")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    SCALE_MIN_FIELD_NUMBER: _ClassVar[int]
    SCALE_MAX_FIELD_NUMBER: _ClassVar[int]
    RATINGS_FIELD_NUMBER: _ClassVar[int]
    RUPTURES_FIELD_NUMBER: _ClassVar[int]
    NO_INFORMATION_FIELD_NUMBER: _ClassVar[int]
    SIGNALS_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    RATER_FIELD_NUMBER: _ClassVar[int]
    WITHHELD_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    instrument_id: str
    instrument_version: str
    scale_min: float
    scale_max: float
    ratings: _containers.RepeatedCompositeFieldContainer[Rating]
    ruptures: _containers.RepeatedCompositeFieldContainer[_events_pb2.Rupture]
    no_information: bool
    signals: _containers.RepeatedCompositeFieldContainer[Signal]
    outcome: Outcome
    rater: _feedback_events_pb2.Rater
    withheld: int
    def __init__(self, client_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., instrument_version: _Optional[str] = ..., scale_min: _Optional[float] = ..., scale_max: _Optional[float] = ..., ratings: _Optional[_Iterable[_Union[Rating, _Mapping]]] = ..., ruptures: _Optional[_Iterable[_Union[_events_pb2.Rupture, _Mapping]]] = ..., no_information: _Optional[bool] = ..., signals: _Optional[_Iterable[_Union[Signal, _Mapping]]] = ..., outcome: _Optional[_Union[Outcome, _Mapping]] = ..., rater: _Optional[_Union[_feedback_events_pb2.Rater, str]] = ..., withheld: _Optional[int] = ...) -> None: ...

class Outcome(_message.Message):
    __slots__ = ("intake", "last", "measurements", "category", "reliable_change", "confidence", "unconfirmed", "cutoff", "cutoff_meaning", "course", "expected", "yellow", "red", "basis")
    INTAKE_FIELD_NUMBER: _ClassVar[int]
    LAST_FIELD_NUMBER: _ClassVar[int]
    MEASUREMENTS_FIELD_NUMBER: _ClassVar[int]
    CATEGORY_FIELD_NUMBER: _ClassVar[int]
    RELIABLE_CHANGE_FIELD_NUMBER: _ClassVar[int]
    CONFIDENCE_FIELD_NUMBER: _ClassVar[int]
    UNCONFIRMED_FIELD_NUMBER: _ClassVar[int]
    CUTOFF_FIELD_NUMBER: _ClassVar[int]
    CUTOFF_MEANING_FIELD_NUMBER: _ClassVar[int]
    COURSE_FIELD_NUMBER: _ClassVar[int]
    EXPECTED_FIELD_NUMBER: _ClassVar[int]
    YELLOW_FIELD_NUMBER: _ClassVar[int]
    RED_FIELD_NUMBER: _ClassVar[int]
    BASIS_FIELD_NUMBER: _ClassVar[int]
    intake: float
    last: float
    measurements: int
    category: ChangeCategory
    reliable_change: float
    confidence: float
    unconfirmed: bool
    cutoff: float
    cutoff_meaning: str
    course: Course
    expected: float
    yellow: float
    red: float
    basis: str
    def __init__(self, intake: _Optional[float] = ..., last: _Optional[float] = ..., measurements: _Optional[int] = ..., category: _Optional[_Union[ChangeCategory, str]] = ..., reliable_change: _Optional[float] = ..., confidence: _Optional[float] = ..., unconfirmed: _Optional[bool] = ..., cutoff: _Optional[float] = ..., cutoff_meaning: _Optional[str] = ..., course: _Optional[_Union[Course, str]] = ..., expected: _Optional[float] = ..., yellow: _Optional[float] = ..., red: _Optional[float] = ..., basis: _Optional[str] = ...) -> None: ...

class Rating(_message.Message):
    __slots__ = ("session_id", "at", "value", "baseline", "limit", "findings", "alarm", "facets", "therapist_id", "markers")
    class FacetsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    ALARM_FIELD_NUMBER: _ClassVar[int]
    FACETS_FIELD_NUMBER: _ClassVar[int]
    THERAPIST_ID_FIELD_NUMBER: _ClassVar[int]
    MARKERS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    at: _timestamp_pb2.Timestamp
    value: float
    baseline: float
    limit: float
    findings: _containers.RepeatedCompositeFieldContainer[_events_pb2.Finding]
    alarm: bool
    facets: _containers.ScalarMap[str, float]
    therapist_id: str
    markers: _containers.RepeatedCompositeFieldContainer[_events_pb2.Finding]
    def __init__(self, session_id: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., value: _Optional[float] = ..., baseline: _Optional[float] = ..., limit: _Optional[float] = ..., findings: _Optional[_Iterable[_Union[_events_pb2.Finding, _Mapping]]] = ..., alarm: _Optional[bool] = ..., facets: _Optional[_Mapping[str, float]] = ..., therapist_id: _Optional[str] = ..., markers: _Optional[_Iterable[_Union[_events_pb2.Finding, _Mapping]]] = ...) -> None: ...

class Signal(_message.Message):
    __slots__ = ("session_id", "at", "therapist_id", "findings", "markers")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    THERAPIST_ID_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    MARKERS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    at: _timestamp_pb2.Timestamp
    therapist_id: str
    findings: _containers.RepeatedCompositeFieldContainer[_events_pb2.Finding]
    markers: _containers.RepeatedCompositeFieldContainer[_events_pb2.Finding]
    def __init__(self, session_id: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., therapist_id: _Optional[str] = ..., findings: _Optional[_Iterable[_Union[_events_pb2.Finding, _Mapping]]] = ..., markers: _Optional[_Iterable[_Union[_events_pb2.Finding, _Mapping]]] = ...) -> None: ...

class DismissRuptureRequest(_message.Message):
    __slots__ = ("site_id", "episode_id", "rupture_id", "reason")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    RUPTURE_ID_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    rupture_id: str
    reason: str
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., rupture_id: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class DismissRuptureResponse(_message.Message):
    __slots__ = ("rupture",)
    RUPTURE_FIELD_NUMBER: _ClassVar[int]
    rupture: _events_pb2.Rupture
    def __init__(self, rupture: _Optional[_Union[_events_pb2.Rupture, _Mapping]] = ...) -> None: ...

class ListRupturesRequest(_message.Message):
    __slots__ = ("site_id", "episode_id", "page_size", "page_token")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    page_size: int
    page_token: str
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListRupturesResponse(_message.Message):
    __slots__ = ("ruptures", "next_page_token")
    RUPTURES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    ruptures: _containers.RepeatedCompositeFieldContainer[_events_pb2.Rupture]
    next_page_token: str
    def __init__(self, ruptures: _Optional[_Iterable[_Union[_events_pb2.Rupture, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetSiteSummaryRequest(_message.Message):
    __slots__ = ("site_id", "since", "until")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    def __init__(self, site_id: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class GetSiteSummaryResponse(_message.Message):
    __slots__ = ("site_id", "since", "until", "instruments", "responses", "caseloads", "notes")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    SINCE_FIELD_NUMBER: _ClassVar[int]
    UNTIL_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    RESPONSES_FIELD_NUMBER: _ClassVar[int]
    CASELOADS_FIELD_NUMBER: _ClassVar[int]
    NOTES_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    since: _timestamp_pb2.Timestamp
    until: _timestamp_pb2.Timestamp
    instruments: _containers.RepeatedCompositeFieldContainer[_summaries_pb2.InstrumentSummary]
    responses: _summaries_pb2.ResponseSummary
    caseloads: _containers.RepeatedCompositeFieldContainer[_summaries_pb2.Caseload]
    notes: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, site_id: _Optional[str] = ..., since: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., instruments: _Optional[_Iterable[_Union[_summaries_pb2.InstrumentSummary, _Mapping]]] = ..., responses: _Optional[_Union[_summaries_pb2.ResponseSummary, _Mapping]] = ..., caseloads: _Optional[_Iterable[_Union[_summaries_pb2.Caseload, _Mapping]]] = ..., notes: _Optional[_Iterable[str]] = ...) -> None: ...

class ListPoliciesRequest(_message.Message):
    __slots__ = ("site_id", "instrument_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    instrument_id: str
    def __init__(self, site_id: _Optional[str] = ..., instrument_id: _Optional[str] = ...) -> None: ...

class ListPoliciesResponse(_message.Message):
    __slots__ = ("versions", "activations", "active")
    class ActiveEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    VERSIONS_FIELD_NUMBER: _ClassVar[int]
    ACTIVATIONS_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FIELD_NUMBER: _ClassVar[int]
    versions: _containers.RepeatedCompositeFieldContainer[_policies_pb2.PolicyVersion]
    activations: _containers.RepeatedCompositeFieldContainer[_policies_pb2.PolicyActivation]
    active: _containers.ScalarMap[str, int]
    def __init__(self, versions: _Optional[_Iterable[_Union[_policies_pb2.PolicyVersion, _Mapping]]] = ..., activations: _Optional[_Iterable[_Union[_policies_pb2.PolicyActivation, _Mapping]]] = ..., active: _Optional[_Mapping[str, int]] = ...) -> None: ...

class SetPolicyRequest(_message.Message):
    __slots__ = ("site_id", "instrument_id", "policy", "population", "reason")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    POPULATION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    instrument_id: str
    policy: _struct_pb2.Struct
    population: _policies_pb2.Population
    reason: str
    def __init__(self, site_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., policy: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., population: _Optional[_Union[_policies_pb2.Population, _Mapping]] = ..., reason: _Optional[str] = ...) -> None: ...

class SetPolicyResponse(_message.Message):
    __slots__ = ("version",)
    VERSION_FIELD_NUMBER: _ClassVar[int]
    version: _policies_pb2.PolicyVersion
    def __init__(self, version: _Optional[_Union[_policies_pb2.PolicyVersion, _Mapping]] = ...) -> None: ...

class PreviewPolicyRequest(_message.Message):
    __slots__ = ("site_id", "instrument_id", "version", "policy", "population")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    POPULATION_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    instrument_id: str
    version: int
    policy: _struct_pb2.Struct
    population: _policies_pb2.Population
    def __init__(self, site_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., version: _Optional[int] = ..., policy: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., population: _Optional[_Union[_policies_pb2.Population, _Mapping]] = ...) -> None: ...

class PreviewPolicyResponse(_message.Message):
    __slots__ = ("episodes_done", "episodes", "preview")
    EPISODES_DONE_FIELD_NUMBER: _ClassVar[int]
    EPISODES_FIELD_NUMBER: _ClassVar[int]
    PREVIEW_FIELD_NUMBER: _ClassVar[int]
    episodes_done: int
    episodes: int
    preview: _policies_pb2.PolicyPreview
    def __init__(self, episodes_done: _Optional[int] = ..., episodes: _Optional[int] = ..., preview: _Optional[_Union[_policies_pb2.PolicyPreview, _Mapping]] = ...) -> None: ...

class ActivatePolicyRequest(_message.Message):
    __slots__ = ("site_id", "instrument_id", "version", "reason", "active_from", "tell_history")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    TELL_HISTORY_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    instrument_id: str
    version: int
    reason: str
    active_from: _timestamp_pb2.Timestamp
    tell_history: bool
    def __init__(self, site_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., version: _Optional[int] = ..., reason: _Optional[str] = ..., active_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., tell_history: _Optional[bool] = ...) -> None: ...

class ActivatePolicyResponse(_message.Message):
    __slots__ = ("activation", "episodes_done", "episodes", "changed")
    ACTIVATION_FIELD_NUMBER: _ClassVar[int]
    EPISODES_DONE_FIELD_NUMBER: _ClassVar[int]
    EPISODES_FIELD_NUMBER: _ClassVar[int]
    CHANGED_FIELD_NUMBER: _ClassVar[int]
    activation: _policies_pb2.PolicyActivation
    episodes_done: int
    episodes: int
    changed: int
    def __init__(self, activation: _Optional[_Union[_policies_pb2.PolicyActivation, _Mapping]] = ..., episodes_done: _Optional[int] = ..., episodes: _Optional[int] = ..., changed: _Optional[int] = ...) -> None: ...

class CalibrateRequest(_message.Message):
    __slots__ = ("site_id", "instrument_id", "target", "activate", "reason")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    TARGET_FIELD_NUMBER: _ClassVar[int]
    ACTIVATE_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    instrument_id: str
    target: float
    activate: bool
    reason: str
    def __init__(self, site_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., target: _Optional[float] = ..., activate: _Optional[bool] = ..., reason: _Optional[str] = ...) -> None: ...

class CalibrateResponse(_message.Message):
    __slots__ = ("episodes_done", "episodes", "version", "activation", "too_little_data", "figures")
    class FiguresEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    EPISODES_DONE_FIELD_NUMBER: _ClassVar[int]
    EPISODES_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ACTIVATION_FIELD_NUMBER: _ClassVar[int]
    TOO_LITTLE_DATA_FIELD_NUMBER: _ClassVar[int]
    FIGURES_FIELD_NUMBER: _ClassVar[int]
    episodes_done: int
    episodes: int
    version: _policies_pb2.PolicyVersion
    activation: _policies_pb2.PolicyActivation
    too_little_data: str
    figures: _containers.ScalarMap[str, float]
    def __init__(self, episodes_done: _Optional[int] = ..., episodes: _Optional[int] = ..., version: _Optional[_Union[_policies_pb2.PolicyVersion, _Mapping]] = ..., activation: _Optional[_Union[_policies_pb2.PolicyActivation, _Mapping]] = ..., too_little_data: _Optional[str] = ..., figures: _Optional[_Mapping[str, float]] = ...) -> None: ...
