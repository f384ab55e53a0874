import datetime

from attune.scoring.v1 import guidance_pb2 as _guidance_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Found(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    FOUND_UNSPECIFIED: _ClassVar[Found]
    FOUND_CONFIRMED: _ClassVar[Found]
    FOUND_NOT_CONFIRMED: _ClassVar[Found]

class AlertKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALERT_KIND_UNSPECIFIED: _ClassVar[AlertKind]
    ALERT_KIND_RISK: _ClassVar[AlertKind]
    ALERT_KIND_RUPTURE: _ClassVar[AlertKind]
    ALERT_KIND_OPERATIONAL: _ClassVar[AlertKind]
    ALERT_KIND_CASELOAD: _ClassVar[AlertKind]
    ALERT_KIND_TEST: _ClassVar[AlertKind]

class AlertStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ALERT_STATUS_UNSPECIFIED: _ClassVar[AlertStatus]
    ALERT_STATUS_TRIGGERED: _ClassVar[AlertStatus]
    ALERT_STATUS_ACKNOWLEDGED: _ClassVar[AlertStatus]
    ALERT_STATUS_CLOSED: _ClassVar[AlertStatus]
FOUND_UNSPECIFIED: Found
FOUND_CONFIRMED: Found
FOUND_NOT_CONFIRMED: Found
ALERT_KIND_UNSPECIFIED: AlertKind
ALERT_KIND_RISK: AlertKind
ALERT_KIND_RUPTURE: AlertKind
ALERT_KIND_OPERATIONAL: AlertKind
ALERT_KIND_CASELOAD: AlertKind
ALERT_KIND_TEST: AlertKind
ALERT_STATUS_UNSPECIFIED: AlertStatus
ALERT_STATUS_TRIGGERED: AlertStatus
ALERT_STATUS_ACKNOWLEDGED: AlertStatus
ALERT_STATUS_CLOSED: AlertStatus

class Alert(_message.Message):
    __slots__ = ("site_id", "alert_id", "kind", "status", "episode_id", "client_id", "therapist_id", "subject_id", "triggered_at", "acknowledged_by", "acknowledged_at", "closed_at", "close_reason", "step", "loop", "next_action_at", "revision", "findings", "snoozed_until", "recurrence_of", "last_triggered_at")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    ALERT_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    THERAPIST_ID_FIELD_NUMBER: _ClassVar[int]
    SUBJECT_ID_FIELD_NUMBER: _ClassVar[int]
    TRIGGERED_AT_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_BY_FIELD_NUMBER: _ClassVar[int]
    ACKNOWLEDGED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSE_REASON_FIELD_NUMBER: _ClassVar[int]
    STEP_FIELD_NUMBER: _ClassVar[int]
    LOOP_FIELD_NUMBER: _ClassVar[int]
    NEXT_ACTION_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    SNOOZED_UNTIL_FIELD_NUMBER: _ClassVar[int]
    RECURRENCE_OF_FIELD_NUMBER: _ClassVar[int]
    LAST_TRIGGERED_AT_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    alert_id: str
    kind: AlertKind
    status: AlertStatus
    episode_id: str
    client_id: str
    therapist_id: str
    subject_id: str
    triggered_at: _timestamp_pb2.Timestamp
    acknowledged_by: str
    acknowledged_at: _timestamp_pb2.Timestamp
    closed_at: _timestamp_pb2.Timestamp
    close_reason: str
    step: int
    loop: int
    next_action_at: _timestamp_pb2.Timestamp
    revision: int
    findings: Findings
    snoozed_until: _timestamp_pb2.Timestamp
    recurrence_of: str
    last_triggered_at: _timestamp_pb2.Timestamp
    def __init__(self, site_id: _Optional[str] = ..., alert_id: _Optional[str] = ..., kind: _Optional[_Union[AlertKind, str]] = ..., status: _Optional[_Union[AlertStatus, str]] = ..., episode_id: _Optional[str] = ..., client_id: _Optional[str] = ..., therapist_id: _Optional[str] = ..., subject_id: _Optional[str] = ..., triggered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., acknowledged_by: _Optional[str] = ..., acknowledged_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., close_reason: _Optional[str] = ..., step: _Optional[int] = ..., loop: _Optional[int] = ..., next_action_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ..., findings: _Optional[_Union[Findings, _Mapping]] = ..., snoozed_until: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., recurrence_of: _Optional[str] = ..., last_triggered_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Findings(_message.Message):
    __slots__ = ("found", "types", "tried")
    FOUND_FIELD_NUMBER: _ClassVar[int]
    TYPES_FIELD_NUMBER: _ClassVar[int]
    TRIED_FIELD_NUMBER: _ClassVar[int]
    found: Found
    types: _containers.RepeatedScalarFieldContainer[_guidance_pb2.RuptureType]
    tried: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, found: _Optional[_Union[Found, str]] = ..., types: _Optional[_Iterable[_Union[_guidance_pb2.RuptureType, str]]] = ..., tried: _Optional[_Iterable[str]] = ...) -> None: ...
