import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class PolicyVersion(_message.Message):
    __slots__ = ("instrument_id", "version", "policy", "population", "reason", "made_by", "made_at")
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    POLICY_FIELD_NUMBER: _ClassVar[int]
    POPULATION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    MADE_AT_FIELD_NUMBER: _ClassVar[int]
    instrument_id: str
    version: int
    policy: _struct_pb2.Struct
    population: Population
    reason: str
    made_by: str
    made_at: _timestamp_pb2.Timestamp
    def __init__(self, instrument_id: _Optional[str] = ..., version: _Optional[int] = ..., policy: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., population: _Optional[_Union[Population, _Mapping]] = ..., reason: _Optional[str] = ..., made_by: _Optional[str] = ..., made_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Population(_message.Message):
    __slots__ = ("mean", "between_sd", "within_sd", "sem", "version", "provenance", "assumed", "autocorrelation", "slope")
    MEAN_FIELD_NUMBER: _ClassVar[int]
    BETWEEN_SD_FIELD_NUMBER: _ClassVar[int]
    WITHIN_SD_FIELD_NUMBER: _ClassVar[int]
    SEM_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    PROVENANCE_FIELD_NUMBER: _ClassVar[int]
    ASSUMED_FIELD_NUMBER: _ClassVar[int]
    AUTOCORRELATION_FIELD_NUMBER: _ClassVar[int]
    SLOPE_FIELD_NUMBER: _ClassVar[int]
    mean: float
    between_sd: float
    within_sd: float
    sem: float
    version: str
    provenance: str
    assumed: bool
    autocorrelation: float
    slope: float
    def __init__(self, mean: _Optional[float] = ..., between_sd: _Optional[float] = ..., within_sd: _Optional[float] = ..., sem: _Optional[float] = ..., version: _Optional[str] = ..., provenance: _Optional[str] = ..., assumed: _Optional[bool] = ..., autocorrelation: _Optional[float] = ..., slope: _Optional[float] = ...) -> None: ...

class PolicyActivation(_message.Message):
    __slots__ = ("instrument_id", "version", "active_from", "reason", "activated_by", "activated_at")
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    ACTIVE_FROM_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    ACTIVATED_BY_FIELD_NUMBER: _ClassVar[int]
    ACTIVATED_AT_FIELD_NUMBER: _ClassVar[int]
    instrument_id: str
    version: int
    active_from: _timestamp_pb2.Timestamp
    reason: str
    activated_by: str
    activated_at: _timestamp_pb2.Timestamp
    def __init__(self, instrument_id: _Optional[str] = ..., version: _Optional[int] = ..., active_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[str] = ..., activated_by: _Optional[str] = ..., activated_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class PolicyLoad(_message.Message):
    __slots__ = ("ruptures", "ruptures_per_100", "alarm_sessions", "alarms_per_100", "clients_with_rupture")
    RUPTURES_FIELD_NUMBER: _ClassVar[int]
    RUPTURES_PER_100_FIELD_NUMBER: _ClassVar[int]
    ALARM_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    ALARMS_PER_100_FIELD_NUMBER: _ClassVar[int]
    CLIENTS_WITH_RUPTURE_FIELD_NUMBER: _ClassVar[int]
    ruptures: int
    ruptures_per_100: float
    alarm_sessions: int
    alarms_per_100: float
    clients_with_rupture: int
    def __init__(self, ruptures: _Optional[int] = ..., ruptures_per_100: _Optional[float] = ..., alarm_sessions: _Optional[int] = ..., alarms_per_100: _Optional[float] = ..., clients_with_rupture: _Optional[int] = ...) -> None: ...

class RuptureChange(_message.Message):
    __slots__ = ("episode_id", "rupture_id", "opened_session_id", "opened_at", "explanation")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    RUPTURE_ID_FIELD_NUMBER: _ClassVar[int]
    OPENED_SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    EXPLANATION_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    rupture_id: str
    opened_session_id: str
    opened_at: _timestamp_pb2.Timestamp
    explanation: str
    def __init__(self, episode_id: _Optional[str] = ..., rupture_id: _Optional[str] = ..., opened_session_id: _Optional[str] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., explanation: _Optional[str] = ...) -> None: ...

class PolicyPreview(_message.Message):
    __slots__ = ("episodes", "clients", "rated_sessions", "now", "then", "gained", "lost", "moved", "gained_ruptures", "lost_ruptures")
    EPISODES_FIELD_NUMBER: _ClassVar[int]
    CLIENTS_FIELD_NUMBER: _ClassVar[int]
    RATED_SESSIONS_FIELD_NUMBER: _ClassVar[int]
    NOW_FIELD_NUMBER: _ClassVar[int]
    THEN_FIELD_NUMBER: _ClassVar[int]
    GAINED_FIELD_NUMBER: _ClassVar[int]
    LOST_FIELD_NUMBER: _ClassVar[int]
    MOVED_FIELD_NUMBER: _ClassVar[int]
    GAINED_RUPTURES_FIELD_NUMBER: _ClassVar[int]
    LOST_RUPTURES_FIELD_NUMBER: _ClassVar[int]
    episodes: int
    clients: int
    rated_sessions: int
    now: PolicyLoad
    then: PolicyLoad
    gained: int
    lost: int
    moved: int
    gained_ruptures: _containers.RepeatedCompositeFieldContainer[RuptureChange]
    lost_ruptures: _containers.RepeatedCompositeFieldContainer[RuptureChange]
    def __init__(self, episodes: _Optional[int] = ..., clients: _Optional[int] = ..., rated_sessions: _Optional[int] = ..., now: _Optional[_Union[PolicyLoad, _Mapping]] = ..., then: _Optional[_Union[PolicyLoad, _Mapping]] = ..., gained: _Optional[int] = ..., lost: _Optional[int] = ..., moved: _Optional[int] = ..., gained_ruptures: _Optional[_Iterable[_Union[RuptureChange, _Mapping]]] = ..., lost_ruptures: _Optional[_Iterable[_Union[RuptureChange, _Mapping]]] = ...) -> None: ...
