import datetime

from attune.clinic.v1 import feedback_events_pb2 as _feedback_events_pb2
from attune.clinic.v1 import session_events_pb2 as _session_events_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RequestState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REQUEST_STATE_UNSPECIFIED: _ClassVar[RequestState]
    REQUEST_STATE_ISSUED: _ClassVar[RequestState]
    REQUEST_STATE_ANSWERED: _ClassVar[RequestState]
    REQUEST_STATE_EXPIRED: _ClassVar[RequestState]
    REQUEST_STATE_WITHDRAWN: _ClassVar[RequestState]
REQUEST_STATE_UNSPECIFIED: RequestState
REQUEST_STATE_ISSUED: RequestState
REQUEST_STATE_ANSWERED: RequestState
REQUEST_STATE_EXPIRED: RequestState
REQUEST_STATE_WITHDRAWN: RequestState

class Response(_message.Message):
    __slots__ = ("site_id", "response_id", "episode_id", "session_id", "client_id", "instrument_id", "instrument_version", "answers", "submitted_at", "revision", "partial", "rater", "edition", "visibility", "withheld", "visibility_revision")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    PARTIAL_FIELD_NUMBER: _ClassVar[int]
    RATER_FIELD_NUMBER: _ClassVar[int]
    EDITION_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    WITHHELD_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_REVISION_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    response_id: str
    episode_id: str
    session_id: str
    client_id: str
    instrument_id: str
    instrument_version: str
    answers: _containers.RepeatedCompositeFieldContainer[_feedback_events_pb2.Answer]
    submitted_at: _timestamp_pb2.Timestamp
    revision: int
    partial: bool
    rater: _feedback_events_pb2.Rater
    edition: int
    visibility: _session_events_pb2.Visibility
    withheld: bool
    visibility_revision: int
    def __init__(self, site_id: _Optional[str] = ..., response_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., session_id: _Optional[str] = ..., client_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., instrument_version: _Optional[str] = ..., answers: _Optional[_Iterable[_Union[_feedback_events_pb2.Answer, _Mapping]]] = ..., submitted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ..., partial: _Optional[bool] = ..., rater: _Optional[_Union[_feedback_events_pb2.Rater, str]] = ..., edition: _Optional[int] = ..., visibility: _Optional[_Union[_session_events_pb2.Visibility, str]] = ..., withheld: _Optional[bool] = ..., visibility_revision: _Optional[int] = ...) -> None: ...

class ResponseVisibility(_message.Message):
    __slots__ = ("site_id", "response_id", "episode_id", "visibility", "revision")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    response_id: str
    episode_id: str
    visibility: _session_events_pb2.Visibility
    revision: int
    def __init__(self, site_id: _Optional[str] = ..., response_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., visibility: _Optional[_Union[_session_events_pb2.Visibility, str]] = ..., revision: _Optional[int] = ...) -> None: ...

class RiskFlag(_message.Message):
    __slots__ = ("site_id", "flag_id", "episode_id", "session_id", "client_id", "response_id", "instrument_id", "items", "submitted_at")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    FLAG_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_AT_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    flag_id: str
    episode_id: str
    session_id: str
    client_id: str
    response_id: str
    instrument_id: str
    items: _containers.RepeatedScalarFieldContainer[int]
    submitted_at: _timestamp_pb2.Timestamp
    def __init__(self, site_id: _Optional[str] = ..., flag_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., session_id: _Optional[str] = ..., client_id: _Optional[str] = ..., response_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., items: _Optional[_Iterable[int]] = ..., submitted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class FeedbackRequest(_message.Message):
    __slots__ = ("site_id", "request_id", "episode_id", "session_id", "client_id", "instrument_id", "instrument_version", "language", "state", "issued_at", "notify_from", "expires_at", "ended_at", "revision", "opted_out", "rater", "also")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    REQUEST_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    ISSUED_AT_FIELD_NUMBER: _ClassVar[int]
    NOTIFY_FROM_FIELD_NUMBER: _ClassVar[int]
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    ENDED_AT_FIELD_NUMBER: _ClassVar[int]
    REVISION_FIELD_NUMBER: _ClassVar[int]
    OPTED_OUT_FIELD_NUMBER: _ClassVar[int]
    RATER_FIELD_NUMBER: _ClassVar[int]
    ALSO_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    request_id: str
    episode_id: str
    session_id: str
    client_id: str
    instrument_id: str
    instrument_version: str
    language: str
    state: RequestState
    issued_at: _timestamp_pb2.Timestamp
    notify_from: _timestamp_pb2.Timestamp
    expires_at: _timestamp_pb2.Timestamp
    ended_at: _timestamp_pb2.Timestamp
    revision: int
    opted_out: bool
    rater: _feedback_events_pb2.Rater
    also: _containers.RepeatedCompositeFieldContainer[AskedInstrument]
    def __init__(self, site_id: _Optional[str] = ..., request_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., session_id: _Optional[str] = ..., client_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., instrument_version: _Optional[str] = ..., language: _Optional[str] = ..., state: _Optional[_Union[RequestState, str]] = ..., issued_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., notify_from: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ended_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ..., opted_out: _Optional[bool] = ..., rater: _Optional[_Union[_feedback_events_pb2.Rater, str]] = ..., also: _Optional[_Iterable[_Union[AskedInstrument, _Mapping]]] = ...) -> None: ...

class AskedInstrument(_message.Message):
    __slots__ = ("instrument_id", "instrument_version")
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    instrument_id: str
    instrument_version: str
    def __init__(self, instrument_id: _Optional[str] = ..., instrument_version: _Optional[str] = ...) -> None: ...
