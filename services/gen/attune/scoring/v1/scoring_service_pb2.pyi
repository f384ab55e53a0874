import datetime

from attune.clinic.v1 import session_events_pb2 as _session_events_pb2
from attune.scoring.v1 import events_pb2 as _events_pb2
from attune.scoring.v1 import guidance_pb2 as _guidance_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

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
    __slots__ = ("site_id", "episode_id", "series", "revision", "waiting", "sessions", "ideas")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    SERIES_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    WAITING_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    IDEAS_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    series: _containers.RepeatedCompositeFieldContainer[Series]
    revision: int
    waiting: int
    sessions: _containers.RepeatedCompositeFieldContainer[TrajectorySession]
    ideas: _containers.RepeatedCompositeFieldContainer[_guidance_pb2.RepairIdeas]
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., series: _Optional[_Iterable[_Union[Series, _Mapping]]] = ..., revision: _Optional[int] = ..., waiting: _Optional[int] = ..., sessions: _Optional[_Iterable[_Union[TrajectorySession, _Mapping]]] = ..., ideas: _Optional[_Iterable[_Union[_guidance_pb2.RepairIdeas, _Mapping]]] = ...) -> None: ...

class TrajectorySession(_message.Message):
    __slots__ = ("session_id", "at", "status")
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    session_id: str
    at: _timestamp_pb2.Timestamp
    status: _session_events_pb2.SessionStatus
    def __init__(self, session_id: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status: _Optional[_Union[_session_events_pb2.SessionStatus, str]] = ...) -> None: ...

class Series(_message.Message):
    __slots__ = ("client_id", "instrument_id", "instrument_version", "scale_min", "scale_max", "ratings", "ruptures", "no_information")
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    SCALE_MIN_FIELD_NUMBER: _ClassVar[int]
    SCALE_MAX_FIELD_NUMBER: _ClassVar[int]
    RATINGS_FIELD_NUMBER: _ClassVar[int]
    RUPTURES_FIELD_NUMBER: _ClassVar[int]
    NO_INFORMATION_FIELD_NUMBER: _ClassVar[int]
    client_id: str
    instrument_id: str
    instrument_version: str
    scale_min: float
    scale_max: float
    ratings: _containers.RepeatedCompositeFieldContainer[Rating]
    ruptures: _containers.RepeatedCompositeFieldContainer[_events_pb2.Rupture]
    no_information: bool
    def __init__(self, client_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., instrument_version: _Optional[str] = ..., scale_min: _Optional[float] = ..., scale_max: _Optional[float] = ..., ratings: _Optional[_Iterable[_Union[Rating, _Mapping]]] = ..., ruptures: _Optional[_Iterable[_Union[_events_pb2.Rupture, _Mapping]]] = ..., no_information: _Optional[bool] = ...) -> None: ...

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
