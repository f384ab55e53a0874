import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Modality(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    MODALITY_UNSPECIFIED: _ClassVar[Modality]
    MODALITY_INDIVIDUAL: _ClassVar[Modality]
    MODALITY_COUPLE: _ClassVar[Modality]
    MODALITY_FAMILY: _ClassVar[Modality]
    MODALITY_GROUP: _ClassVar[Modality]

class CloseReason(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    CLOSE_REASON_UNSPECIFIED: _ClassVar[CloseReason]
    CLOSE_REASON_COMPLETED: _ClassVar[CloseReason]
    CLOSE_REASON_DROPPED_OUT: _ClassVar[CloseReason]
    CLOSE_REASON_TRANSFERRED: _ClassVar[CloseReason]
    CLOSE_REASON_OTHER: _ClassVar[CloseReason]

class SessionStatus(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    SESSION_STATUS_UNSPECIFIED: _ClassVar[SessionStatus]
    SESSION_STATUS_HELD: _ClassVar[SessionStatus]
    SESSION_STATUS_NO_SHOW: _ClassVar[SessionStatus]
    SESSION_STATUS_CANCELLED_BY_CLIENT: _ClassVar[SessionStatus]
    SESSION_STATUS_CANCELLED_BY_CLINIC: _ClassVar[SessionStatus]

class HomeworkDone(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    HOMEWORK_DONE_UNSPECIFIED: _ClassVar[HomeworkDone]
    HOMEWORK_DONE_NONE_ASKED: _ClassVar[HomeworkDone]
    HOMEWORK_DONE_FULLY: _ClassVar[HomeworkDone]
    HOMEWORK_DONE_PARTLY: _ClassVar[HomeworkDone]
    HOMEWORK_DONE_NOT: _ClassVar[HomeworkDone]

class Barrier(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    BARRIER_UNSPECIFIED: _ClassVar[Barrier]
    BARRIER_LANGUAGE: _ClassVar[Barrier]
    BARRIER_CULTURE: _ClassVar[Barrier]
    BARRIER_FEAR_OF_JUDGEMENT: _ClassVar[Barrier]
    BARRIER_PAST_HARM: _ClassVar[Barrier]
    BARRIER_PRACTICAL: _ClassVar[Barrier]

class CommunicationStyle(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMUNICATION_STYLE_UNSPECIFIED: _ClassVar[CommunicationStyle]
    COMMUNICATION_STYLE_DIRECT: _ClassVar[CommunicationStyle]
    COMMUNICATION_STYLE_INDIRECT: _ClassVar[CommunicationStyle]

class Visibility(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    VISIBILITY_UNSPECIFIED: _ClassVar[Visibility]
    VISIBILITY_THERAPIST_AND_SUPERVISOR: _ClassVar[Visibility]
    VISIBILITY_THERAPIST_ONLY: _ClassVar[Visibility]
    VISIBILITY_HELD: _ClassVar[Visibility]
MODALITY_UNSPECIFIED: Modality
MODALITY_INDIVIDUAL: Modality
MODALITY_COUPLE: Modality
MODALITY_FAMILY: Modality
MODALITY_GROUP: Modality
CLOSE_REASON_UNSPECIFIED: CloseReason
CLOSE_REASON_COMPLETED: CloseReason
CLOSE_REASON_DROPPED_OUT: CloseReason
CLOSE_REASON_TRANSFERRED: CloseReason
CLOSE_REASON_OTHER: CloseReason
SESSION_STATUS_UNSPECIFIED: SessionStatus
SESSION_STATUS_HELD: SessionStatus
SESSION_STATUS_NO_SHOW: SessionStatus
SESSION_STATUS_CANCELLED_BY_CLIENT: SessionStatus
SESSION_STATUS_CANCELLED_BY_CLINIC: SessionStatus
HOMEWORK_DONE_UNSPECIFIED: HomeworkDone
HOMEWORK_DONE_NONE_ASKED: HomeworkDone
HOMEWORK_DONE_FULLY: HomeworkDone
HOMEWORK_DONE_PARTLY: HomeworkDone
HOMEWORK_DONE_NOT: HomeworkDone
BARRIER_UNSPECIFIED: Barrier
BARRIER_LANGUAGE: Barrier
BARRIER_CULTURE: Barrier
BARRIER_FEAR_OF_JUDGEMENT: Barrier
BARRIER_PAST_HARM: Barrier
BARRIER_PRACTICAL: Barrier
COMMUNICATION_STYLE_UNSPECIFIED: CommunicationStyle
COMMUNICATION_STYLE_DIRECT: CommunicationStyle
COMMUNICATION_STYLE_INDIRECT: CommunicationStyle
VISIBILITY_UNSPECIFIED: Visibility
VISIBILITY_THERAPIST_AND_SUPERVISOR: Visibility
VISIBILITY_THERAPIST_ONLY: Visibility
VISIBILITY_HELD: Visibility

class EpisodeOpened(_message.Message):
    __slots__ = ("episode_id", "client_ids", "therapist_id", "opened_at", "modality", "agreement", "consent")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_IDS_FIELD_NUMBER: _ClassVar[int]
    THERAPIST_ID_FIELD_NUMBER: _ClassVar[int]
    OPENED_AT_FIELD_NUMBER: _ClassVar[int]
    MODALITY_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    client_ids: _containers.RepeatedScalarFieldContainer[str]
    therapist_id: str
    opened_at: _timestamp_pb2.Timestamp
    modality: Modality
    agreement: Agreement
    consent: Consent
    def __init__(self, episode_id: _Optional[str] = ..., client_ids: _Optional[_Iterable[str]] = ..., therapist_id: _Optional[str] = ..., opened_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., modality: _Optional[_Union[Modality, str]] = ..., agreement: _Optional[_Union[Agreement, _Mapping]] = ..., consent: _Optional[_Union[Consent, _Mapping]] = ...) -> None: ...

class EpisodeUpdated(_message.Message):
    __slots__ = ("episode_id", "therapist_id", "agreement", "consent")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    THERAPIST_ID_FIELD_NUMBER: _ClassVar[int]
    AGREEMENT_FIELD_NUMBER: _ClassVar[int]
    CONSENT_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    therapist_id: str
    agreement: Agreement
    consent: Consent
    def __init__(self, episode_id: _Optional[str] = ..., therapist_id: _Optional[str] = ..., agreement: _Optional[_Union[Agreement, _Mapping]] = ..., consent: _Optional[_Union[Consent, _Mapping]] = ...) -> None: ...

class EpisodeClosed(_message.Message):
    __slots__ = ("episode_id", "closed_at", "reason")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    CLOSED_AT_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    closed_at: _timestamp_pb2.Timestamp
    reason: CloseReason
    def __init__(self, episode_id: _Optional[str] = ..., closed_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., reason: _Optional[_Union[CloseReason, str]] = ...) -> None: ...

class SessionRecorded(_message.Message):
    __slots__ = ("episode_id", "session_id", "scheduled_at", "status", "late_minutes", "therapist_id", "homework", "goals_reviewed", "next_session_at")
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    SCHEDULED_AT_FIELD_NUMBER: _ClassVar[int]
    STATUS_FIELD_NUMBER: _ClassVar[int]
    LATE_MINUTES_FIELD_NUMBER: _ClassVar[int]
    THERAPIST_ID_FIELD_NUMBER: _ClassVar[int]
    HOMEWORK_FIELD_NUMBER: _ClassVar[int]
    GOALS_REVIEWED_FIELD_NUMBER: _ClassVar[int]
    NEXT_SESSION_AT_FIELD_NUMBER: _ClassVar[int]
    episode_id: str
    session_id: str
    scheduled_at: _timestamp_pb2.Timestamp
    status: SessionStatus
    late_minutes: int
    therapist_id: str
    homework: Homework
    goals_reviewed: bool
    next_session_at: _timestamp_pb2.Timestamp
    def __init__(self, episode_id: _Optional[str] = ..., session_id: _Optional[str] = ..., scheduled_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., status: _Optional[_Union[SessionStatus, str]] = ..., late_minutes: _Optional[int] = ..., therapist_id: _Optional[str] = ..., homework: _Optional[_Union[Homework, _Mapping]] = ..., goals_reviewed: _Optional[bool] = ..., next_session_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Agreement(_message.Message):
    __slots__ = ("goals", "expectations", "preferences", "barriers", "communication_style", "route_ruptures_past_therapist")
    GOALS_FIELD_NUMBER: _ClassVar[int]
    EXPECTATIONS_FIELD_NUMBER: _ClassVar[int]
    PREFERENCES_FIELD_NUMBER: _ClassVar[int]
    BARRIERS_FIELD_NUMBER: _ClassVar[int]
    COMMUNICATION_STYLE_FIELD_NUMBER: _ClassVar[int]
    ROUTE_RUPTURES_PAST_THERAPIST_FIELD_NUMBER: _ClassVar[int]
    goals: _containers.RepeatedScalarFieldContainer[str]
    expectations: _containers.RepeatedScalarFieldContainer[str]
    preferences: _containers.RepeatedScalarFieldContainer[str]
    barriers: _containers.RepeatedScalarFieldContainer[Barrier]
    communication_style: CommunicationStyle
    route_ruptures_past_therapist: bool
    def __init__(self, goals: _Optional[_Iterable[str]] = ..., expectations: _Optional[_Iterable[str]] = ..., preferences: _Optional[_Iterable[str]] = ..., barriers: _Optional[_Iterable[_Union[Barrier, str]]] = ..., communication_style: _Optional[_Union[CommunicationStyle, str]] = ..., route_ruptures_past_therapist: _Optional[bool] = ...) -> None: ...

class Consent(_message.Message):
    __slots__ = ("monitoring", "visibility", "given_at")
    MONITORING_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    GIVEN_AT_FIELD_NUMBER: _ClassVar[int]
    monitoring: bool
    visibility: Visibility
    given_at: _timestamp_pb2.Timestamp
    def __init__(self, monitoring: _Optional[bool] = ..., visibility: _Optional[_Union[Visibility, str]] = ..., given_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Homework(_message.Message):
    __slots__ = ("done", "agreed")
    DONE_FIELD_NUMBER: _ClassVar[int]
    AGREED_FIELD_NUMBER: _ClassVar[int]
    done: HomeworkDone
    agreed: bool
    def __init__(self, done: _Optional[_Union[HomeworkDone, str]] = ..., agreed: _Optional[bool] = ...) -> None: ...
