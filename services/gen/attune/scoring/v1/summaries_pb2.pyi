import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Proportion(_message.Message):
    __slots__ = ("count", "of", "value", "low", "high")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    OF_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    count: int
    of: int
    value: float
    low: float
    high: float
    def __init__(self, count: _Optional[int] = ..., of: _Optional[int] = ..., value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class Median(_message.Message):
    __slots__ = ("count", "value", "low", "high")
    COUNT_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    LOW_FIELD_NUMBER: _ClassVar[int]
    HIGH_FIELD_NUMBER: _ClassVar[int]
    count: int
    value: float
    low: float
    high: float
    def __init__(self, count: _Optional[int] = ..., value: _Optional[float] = ..., low: _Optional[float] = ..., high: _Optional[float] = ...) -> None: ...

class InstrumentSummary(_message.Message):
    __slots__ = ("instrument_id", "suppressed", "clients", "rated_sessions", "ruptures", "rupture_rate", "clients_with_rupture", "repair_rate", "still_open", "sessions_to_repair", "days_to_repair", "methods", "policy_versions")
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSED_FIELD_NUMBER: _ClassVar[int]
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    RATED_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    RUPTURES_FIELD_NUMBER: _ClassVar[int]
    RUPTURE_RATE_FIELD_NUMBER: _ClassVar[int]
    CLIENTS_WITH_RUPTURE_FIELD_NUMBER: _ClassVar[int]
    REPAIR_RATE_FIELD_NUMBER: _ClassVar[int]
    STILL_OPEN_FIELD_NUMBER: _ClassVar[int]
    SESSIONS_TO_REPAIR_FIELD_NUMBER: _ClassVar[int]
    DAYS_TO_REPAIR_FIELD_NUMBER: _ClassVar[int]
    METHODS_FIELD_NUMBER: _ClassVar[int]
    POLICY_VERSIONS_FIELD_NUMBER: _ClassVar[int]
    instrument_id: str
    suppressed: bool
    clients: int
    rated_sessions: int
    ruptures: int
    rupture_rate: Proportion
    clients_with_rupture: Proportion
    repair_rate: Proportion
    still_open: int
    sessions_to_repair: Median
    days_to_repair: Median
    methods: _containers.RepeatedScalarFieldContainer[str]
    policy_versions: _containers.RepeatedScalarFieldContainer[int]
    def __init__(self, instrument_id: _Optional[str] = ..., suppressed: _Optional[bool] = ..., clients: _Optional[int] = ..., rated_sessions: _Optional[int] = ..., ruptures: _Optional[int] = ..., rupture_rate: _Optional[_Union[Proportion, _Mapping]] = ..., clients_with_rupture: _Optional[_Union[Proportion, _Mapping]] = ..., repair_rate: _Optional[_Union[Proportion, _Mapping]] = ..., still_open: _Optional[int] = ..., sessions_to_repair: _Optional[_Union[Median, _Mapping]] = ..., days_to_repair: _Optional[_Union[Median, _Mapping]] = ..., methods: _Optional[_Iterable[str]] = ..., policy_versions: _Optional[_Iterable[int]] = ...) -> None: ...

class ResponseSummary(_message.Message):
    __slots__ = ("suppressed", "clients", "response_rate", "silent_clients")
    SUPPRESSED_FIELD_NUMBER: _ClassVar[int]
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_RATE_FIELD_NUMBER: _ClassVar[int]
    SILENT_CLIENTS_FIELD_NUMBER: _ClassVar[int]
    suppressed: bool
    clients: int
    response_rate: Proportion
    silent_clients: Proportion
    def __init__(self, suppressed: _Optional[bool] = ..., clients: _Optional[int] = ..., response_rate: _Optional[_Union[Proportion, _Mapping]] = ..., silent_clients: _Optional[_Union[Proportion, _Mapping]] = ...) -> None: ...

class Caseload(_message.Message):
    __slots__ = ("therapist_id", "suppressed", "clients", "rated_sessions", "clients_with_rupture", "repair_rate", "open_ruptures")
    THERAPIST_ID_FIELD_NUMBER: _ClassVar[int]
    SUPPRESSED_FIELD_NUMBER: _ClassVar[int]
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    RATED_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    CLIENTS_WITH_RUPTURE_FIELD_NUMBER: _ClassVar[int]
    REPAIR_RATE_FIELD_NUMBER: _ClassVar[int]
    OPEN_RUPTURES_FIELD_NUMBER: _ClassVar[int]
    therapist_id: str
    suppressed: bool
    clients: int
    rated_sessions: int
    clients_with_rupture: Proportion
    repair_rate: Proportion
    open_ruptures: int
    def __init__(self, therapist_id: _Optional[str] = ..., suppressed: _Optional[bool] = ..., clients: _Optional[int] = ..., rated_sessions: _Optional[int] = ..., clients_with_rupture: _Optional[_Union[Proportion, _Mapping]] = ..., repair_rate: _Optional[_Union[Proportion, _Mapping]] = ..., open_ruptures: _Optional[int] = ...) -> None: ...

class CaseloadPattern(_message.Message):
    __slots__ = ("site_id", "pattern_id", "therapist_id", "client_ids", "rupture_ids", "first_opened_at", "last_opened_at", "clients_needed", "within_days", "revision")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    PATTERN_ID_FIELD_NUMBER: _ClassVar[int]
    THERAPIST_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    RUPTURE_IDS_FIELD_NUMBER: _ClassVar[int]
    FIRST_OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    LAST_OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    CLIENTS_NEEDED_FIELD_NUMBER: _ClassVar[int]
    WITHIN_DAYS_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    pattern_id: str
    therapist_id: str
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    rupture_ids: _containers.RepeatedScalarFieldContainer[str]
    first_opened_at: _timestamp_pb2.Timestamp
    last_opened_at: _timestamp_pb2.Timestamp
    clients_needed: int
    within_days: int
    revision: int
    def __init__(self, site_id: _Optional[str] = ..., pattern_id: _Optional[str] = ..., therapist_id: _Optional[str] = ..., client_ids: _Optional[_Iterable[str]] = ..., rupture_ids: _Optional[_Iterable[str]] = ..., first_opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., last_opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., clients_needed: _Optional[int] = ..., within_days: _Optional[int] = ..., revision: _Optional[int] = ...) -> None: ...
