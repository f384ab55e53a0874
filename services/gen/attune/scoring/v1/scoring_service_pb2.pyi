import datetime

from attune.scoring.v1 import events_pb2 as _events_pb2
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
    __slots__ = ("site_id", "episode_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ...) -> None: ...

class GetTrajectoryResponse(_message.Message):
    __slots__ = ("site_id", "episode_id", "series", "revision", "waiting")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    SERIES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    series: _containers.RepeatedCompositeFieldContainer[Series]
    revision: int
    waiting: int
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., series: _Optional[_Iterable[_Union[Series, _Mapping]]] = ..., revision: _Optional[int] = ..., waiting: _Optional[int] = ...) -> None: ...

class Series(_message.Message):
    __slots__ = ("client_id", "instrument_id", "instrument_version", "scale_min", "scale_max", "ratings", "ruptures", "no_information", "outcome")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    SCALE_MIN_FIELD_NUMBER: _ClassVar[int]
    SCALE_MAX_FIELD_NUMBER: _ClassVar[int]
    RATINGS_FIELD_NUMBER: _ClassVar[int]
    RUPTURES_FIELD_NUMBER: _ClassVar[int]
    NO_INFORMATION_FIELD_NUMBER: _ClassVar[int]
    OUTCOME_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    instrument_id: str
    instrument_version: str
    scale_min: float
    scale_max: float
    ratings: _containers.RepeatedCompositeFieldContainer[Rating]
    ruptures: _containers.RepeatedCompositeFieldContainer[_events_pb2.Rupture]
    no_information: bool
    outcome: Outcome
    def __init__(self, client_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., instrument_version: _Optional[str] = ..., scale_min: _Optional[float] = ..., scale_max: _Optional[float] = ..., ratings: _Optional[_Iterable[_Union[Rating, _Mapping]]] = ..., ruptures: _Optional[_Iterable[_Union[_events_pb2.Rupture, _Mapping]]] = ..., no_information: _Optional[bool] = ..., outcome: _Optional[_Union[Outcome, _Mapping]] = ...) -> None: ...

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
    __slots__ = ("session_id", "at", "value", "baseline", "limit", "findings", "alarm", "facets", "therapist_id")
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
    session_id: str
    at: _timestamp_pb2.Timestamp
    value: float
    baseline: float
    limit: float
    findings: _containers.RepeatedCompositeFieldContainer[_events_pb2.Finding]
    alarm: bool
    facets: _containers.ScalarMap[str, float]
    therapist_id: str
    def __init__(self, session_id: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., value: _Optional[float] = ..., baseline: _Optional[float] = ..., limit: _Optional[float] = ..., findings: _Optional[_Iterable[_Union[_events_pb2.Finding, _Mapping]]] = ..., alarm: _Optional[bool] = ..., facets: _Optional[_Mapping[str, float]] = ..., therapist_id: _Optional[str] = ...) -> None: ...

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
