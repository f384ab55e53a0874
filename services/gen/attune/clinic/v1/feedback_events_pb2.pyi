import datetime

from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Rater(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RATER_UNSPECIFIED: _ClassVar[Rater]
    RATER_CLIENT: _ClassVar[Rater]
    RATER_THERAPIST: _ClassVar[Rater]
    RATER_OBSERVER: _ClassVar[Rater]
RATER_UNSPECIFIED: Rater
RATER_CLIENT: Rater
RATER_THERAPIST: Rater
RATER_OBSERVER: Rater

class FeedbackSubmitted(_message.Message):
    __slots__ = ("response_id", "episode_id", "session_id", "client_id", "instrument_id", "instrument_version", "answers", "submitted_at", "revision", "partial", "rater")
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
    response_id: str
    episode_id: str
    session_id: str
    client_id: str
    instrument_id: str
    instrument_version: str
    answers: _containers.RepeatedCompositeFieldContainer[Answer]
    submitted_at: _timestamp_pb2.Timestamp
    revision: int
    partial: bool
    rater: Rater
    def __init__(self, response_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., session_id: _Optional[str] = ..., client_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., instrument_version: _Optional[str] = ..., answers: _Optional[_Iterable[_Union[Answer, _Mapping]]] = ..., submitted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revision: _Optional[int] = ..., partial: _Optional[bool] = ..., rater: _Optional[_Union[Rater, str]] = ...) -> None: ...

class Answer(_message.Message):
    __slots__ = ("item", "value")
    ITEM_FIELD_NUMBER: _ClassVar[int]
    VALUE_FIELD_NUMBER: _ClassVar[int]
    item: int
    value: float
    def __init__(self, item: _Optional[int] = ..., value: _Optional[float] = ...) -> None: ...
