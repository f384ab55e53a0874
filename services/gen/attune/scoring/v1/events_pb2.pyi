import datetime

from attune.clinic.v1 import feedback_events_pb2 as _feedback_events_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RuptureStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUPTURE_STATUS_UNSPECIFIED: _ClassVar[RuptureStatus]
    RUPTURE_STATUS_OPEN: _ClassVar[RuptureStatus]
    RUPTURE_STATUS_REPAIRED: _ClassVar[RuptureStatus]
    RUPTURE_STATUS_UNREPAIRED: _ClassVar[RuptureStatus]
    RUPTURE_STATUS_ENDED: _ClassVar[RuptureStatus]
    RUPTURE_STATUS_DISMISSED: _ClassVar[RuptureStatus]
    RUPTURE_STATUS_WITHDRAWN: _ClassVar[RuptureStatus]
RUPTURE_STATUS_UNSPECIFIED: RuptureStatus
RUPTURE_STATUS_OPEN: RuptureStatus
RUPTURE_STATUS_REPAIRED: RuptureStatus
RUPTURE_STATUS_UNREPAIRED: RuptureStatus
RUPTURE_STATUS_ENDED: RuptureStatus
RUPTURE_STATUS_DISMISSED: RuptureStatus
RUPTURE_STATUS_WITHDRAWN: RuptureStatus

class Score(_message.Message):
    __slots__ = ("site_id", "episode_id", "session_id", "client_id", "response_id", "response_revision", "instrument_id", "instrument_version", "total", "subscales", "missing_items", "revision", "rater")
    class SubscalesEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_REVISION_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    TOTAL_FIELD_NUMBER: _ClassVar[int]
    SUBSCALES_FIELD_NUMBER: _ClassVar[int]
    MISSING_ITEMS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    RATER_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    session_id: str
    client_id: str
    response_id: str
    response_revision: int
    instrument_id: str
    instrument_version: str
    total: float
    subscales: _containers.ScalarMap[str, float]
    missing_items: _containers.RepeatedScalarFieldContainer[int]
    revision: int
    rater: _feedback_events_pb2.Rater
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., session_id: _Optional[str] = ..., client_id: _Optional[str] = ..., response_id: _Optional[str] = ..., response_revision: _Optional[int] = ..., instrument_id: _Optional[str] = ..., instrument_version: _Optional[str] = ..., total: _Optional[float] = ..., subscales: _Optional[_Mapping[str, float]] = ..., missing_items: _Optional[_Iterable[int]] = ..., revision: _Optional[int] = ..., rater: _Optional[_Union[_feedback_events_pb2.Rater, str]] = ...) -> None: ...

class Rupture(_message.Message):
    __slots__ = ("site_id", "rupture_id", "episode_id", "client_id", "therapist_id", "instrument_id", "status", "opened_session_id", "opened_at", "closed_session_id", "closed_at", "findings", "baseline", "depth", "facet", "explanation", "next_session_at", "revision", "sessions", "recurring", "facets_before", "facets_lowest", "facets_after")
    class FacetsBeforeEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class FacetsLowestEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    class FacetsAfterEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    RUPTURE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    THERAPIST_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OPENED_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSED_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    DEPTH_FIELD_NUMBER: _ClassVar[int]
    FACET_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    NEXT_SESSION_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    RECURRING_FIELD_NUMBER: _ClassVar[int]
    FACETS_BEFORE_FIELD_NUMBER: _ClassVar[int]
    FACETS_LOWEST_FIELD_NUMBER: _ClassVar[int]
    FACETS_AFTER_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    rupture_id: str
    episode_id: str
    client_id: str
    therapist_id: str
    instrument_id: str
    status: RuptureStatus
    opened_session_id: str
    opened_at: _timestamp_pb2.Timestamp
    closed_session_id: str
    closed_at: _timestamp_pb2.Timestamp
    findings: _containers.RepeatedCompositeFieldContainer[Finding]
    baseline: float
    depth: float
    facet: str
    explanation: str
    next_session_at: _timestamp_pb2.Timestamp
    revision: int
    sessions: int
    recurring: bool
    facets_before: _containers.ScalarMap[str, float]
    facets_lowest: _containers.ScalarMap[str, float]
    facets_after: _containers.ScalarMap[str, float]
    def __init__(self, site_id: _Optional[str] = ..., rupture_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., client_id: _Optional[str] = ..., therapist_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., status: _Optional[_Union[RuptureStatus, str]] = ..., opened_session_id: _Optional[str] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_session_id: _Optional[str] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., findings: _Optional[_Iterable[_Union[Finding, _Mapping]]] = ..., baseline: _Optional[float] = ..., depth: _Optional[float] = ..., facet: _Optional[str] = ..., explanation: _Optional[str] = ..., next_session_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ..., sessions: _Optional[int] = ..., recurring: _Optional[bool] = ..., facets_before: _Optional[_Mapping[str, float]] = ..., facets_lowest: _Optional[_Mapping[str, float]] = ..., facets_after: _Optional[_Mapping[str, float]] = ...) -> None: ...

class Finding(_message.Message):
    __slots__ = ("detector", "detector_version", "parameters", "baseline", "limit", "statistic", "value")
    class ParametersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    DETECTOR_FIELD_NUMBER: _ClassVar[int]
    DETECTOR_VERSION_FIELD_NUMBER: _ClassVar[int]
    PARAMETERS_FIELD_NUMBER: _ClassVar[int]
    BASELINE_FIELD_NUMBER: _ClassVar[int]
    LIMIT_FIELD_NUMBER: _ClassVar[int]
    STATISTIC_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    detector: str
    detector_version: str
    parameters: _containers.ScalarMap[str, float]
    baseline: float
    limit: float
    statistic: float
    value: float
    def __init__(self, detector: _Optional[str] = ..., detector_version: _Optional[str] = ..., parameters: _Optional[_Mapping[str, float]] = ..., baseline: _Optional[float] = ..., limit: _Optional[float] = ..., statistic: _Optional[float] = ..., value: _Optional[float] = ...) -> None: ...
