import datetime

from attune.clinic.v1 import session_events_pb2 as _session_events_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class EpisodeStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    EPISODE_STATUS_UNSPECIFIED: _ClassVar[EpisodeStatus]
    EPISODE_STATUS_OPEN: _ClassVar[EpisodeStatus]
    EPISODE_STATUS_CLOSED: _ClassVar[EpisodeStatus]
EPISODE_STATUS_UNSPECIFIED: EpisodeStatus
EPISODE_STATUS_OPEN: EpisodeStatus
EPISODE_STATUS_CLOSED: EpisodeStatus

class Episode(_message.Message):
    __slots__ = ("site_id", "episode_id", "client_ids", "therapist_id", "status", "opened_at", "closed_at", "close_reason", "modality", "agreement", "consent", "revision")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    THERAPIST_ID_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    CLOSE_REASON_FIELD_NUMBER: _ClassVar[int]
    MODALITY_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    therapist_id: str
    status: EpisodeStatus
    opened_at: _timestamp_pb2.Timestamp
    closed_at: _timestamp_pb2.Timestamp
    close_reason: _session_events_pb2.CloseReason
    modality: _session_events_pb2.Modality
    agreement: _session_events_pb2.Agreement
    consent: _session_events_pb2.Consent
    revision: int
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., client_ids: _Optional[_Iterable[str]] = ..., therapist_id: _Optional[str] = ..., status: _Optional[_Union[EpisodeStatus, str]] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., close_reason: _Optional[_Union[_session_events_pb2.CloseReason, str]] = ..., modality: _Optional[_Union[_session_events_pb2.Modality, str]] = ..., agreement: _Optional[_Union[_session_events_pb2.Agreement, _Mapping]] = ..., consent: _Optional[_Union[_session_events_pb2.Consent, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...

class Session(_message.Message):
    __slots__ = ("site_id", "episode_id", "session_id", "scheduled_at", "status", "late_minutes", "therapist_id", "homework", "goals_reviewed", "next_session_at", "revision")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_AT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    LATE_MINUTES_FIELD_NUMBER: _ClassVar[int]
    THERAPIST_ID_FIELD_NUMBER: _ClassVar[int]
    HOMEWORK_FIELD_NUMBER: _ClassVar[int]
    GOALS_REVIEWED_FIELD_NUMBER: _ClassVar[int]
    NEXT_SESSION_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    session_id: str
    scheduled_at: _timestamp_pb2.Timestamp
    status: _session_events_pb2.SessionStatus
    late_minutes: int
    therapist_id: str
    homework: _session_events_pb2.Homework
    goals_reviewed: bool
    next_session_at: _timestamp_pb2.Timestamp
    revision: int
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., session_id: _Optional[str] = ..., scheduled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status: _Optional[_Union[_session_events_pb2.SessionStatus, str]] = ..., late_minutes: _Optional[int] = ..., therapist_id: _Optional[str] = ..., homework: _Optional[_Union[_session_events_pb2.Homework, _Mapping]] = ..., goals_reviewed: _Optional[bool] = ..., next_session_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ...) -> None: ...
