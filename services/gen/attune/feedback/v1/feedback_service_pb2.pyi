import datetime

from attune.clinic.v1 import feedback_events_pb2 as _feedback_events_pb2
from attune.clinic.v1 import session_events_pb2 as _session_events_pb2
from attune.feedback.v1 import events_pb2 as _events_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class CommentState(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    COMMENT_STATE_UNSPECIFIED: _ClassVar[CommentState]
    COMMENT_STATE_SHOWN: _ClassVar[CommentState]
    COMMENT_STATE_WITHHELD: _ClassVar[CommentState]
    COMMENT_STATE_FORGOTTEN: _ClassVar[CommentState]
COMMENT_STATE_UNSPECIFIED: CommentState
COMMENT_STATE_SHOWN: CommentState
COMMENT_STATE_WITHHELD: CommentState
COMMENT_STATE_FORGOTTEN: CommentState

class SubmitResponseRequest(_message.Message):
    __slots__ = ("site_id", "event_id", "occurred_at", "response")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    event_id: str
    occurred_at: _timestamp_pb2.Timestamp
    response: _feedback_events_pb2.FeedbackSubmitted
    def __init__(self, site_id: _Optional[str] = ..., event_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., response: _Optional[_Union[_feedback_events_pb2.FeedbackSubmitted, _Mapping]] = ...) -> None: ...

class SubmitResponseResponse(_message.Message):
    __slots__ = ("response", "risk_flagged")
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    RISK_FLAGGED_FIELD_NUMBER: _ClassVar[int]
    response: _events_pb2.Response
    risk_flagged: bool
    def __init__(self, response: _Optional[_Union[_events_pb2.Response, _Mapping]] = ..., risk_flagged: _Optional[bool] = ...) -> None: ...

class GetResponseRequest(_message.Message):
    __slots__ = ("site_id", "response_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    response_id: str
    def __init__(self, site_id: _Optional[str] = ..., response_id: _Optional[str] = ...) -> None: ...

class GetResponseResponse(_message.Message):
    __slots__ = ("response",)
    RESPONSE_FIELD_NUMBER: _ClassVar[int]
    response: _events_pb2.Response
    def __init__(self, response: _Optional[_Union[_events_pb2.Response, _Mapping]] = ...) -> None: ...

class ListResponsesRequest(_message.Message):
    __slots__ = ("site_id", "episode_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ...) -> None: ...

class ListResponsesResponse(_message.Message):
    __slots__ = ("responses",)
    RESPONSES_FIELD_NUMBER: _ClassVar[int]
    responses: _containers.RepeatedCompositeFieldContainer[_events_pb2.Response]
    def __init__(self, responses: _Optional[_Iterable[_Union[_events_pb2.Response, _Mapping]]] = ...) -> None: ...

class ListInstrumentsRequest(_message.Message):
    __slots__ = ("site_id",)
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    def __init__(self, site_id: _Optional[str] = ...) -> None: ...

class ListInstrumentsResponse(_message.Message):
    __slots__ = ("instruments",)
    INSTRUMENTS_FIELD_NUMBER: _ClassVar[int]
    instruments: _containers.RepeatedCompositeFieldContainer[Instrument]
    def __init__(self, instruments: _Optional[_Iterable[_Union[Instrument, _Mapping]]] = ...) -> None: ...

class Instrument(_message.Message):
    __slots__ = ("instrument_id", "version", "title", "items", "item_min", "item_max", "risk_items", "licence", "validated")
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    ITEM_MIN_FIELD_NUMBER: _ClassVar[int]
    ITEM_MAX_FIELD_NUMBER: _ClassVar[int]
    RISK_ITEMS_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    VALIDATED_FIELD_NUMBER: _ClassVar[int]
    instrument_id: str
    version: str
    title: str
    items: int
    item_min: float
    item_max: float
    risk_items: _containers.RepeatedScalarFieldContainer[int]
    licence: str
    validated: bool
    def __init__(self, instrument_id: _Optional[str] = ..., version: _Optional[str] = ..., title: _Optional[str] = ..., items: _Optional[int] = ..., item_min: _Optional[float] = ..., item_max: _Optional[float] = ..., risk_items: _Optional[_Iterable[int]] = ..., licence: _Optional[str] = ..., validated: _Optional[bool] = ...) -> None: ...

class IssueRequestRequest(_message.Message):
    __slots__ = ("site_id", "episode_id", "session_id", "client_id", "language", "contact", "rater", "instrument_id", "instrument_version")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    CONTACT_FIELD_NUMBER: _ClassVar[int]
    RATER_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    session_id: str
    client_id: str
    language: str
    contact: Contact
    rater: _feedback_events_pb2.Rater
    instrument_id: str
    instrument_version: str
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ..., session_id: _Optional[str] = ..., client_id: _Optional[str] = ..., language: _Optional[str] = ..., contact: _Optional[_Union[Contact, _Mapping]] = ..., rater: _Optional[_Union[_feedback_events_pb2.Rater, str]] = ..., instrument_id: _Optional[str] = ..., instrument_version: _Optional[str] = ...) -> None: ...

class Contact(_message.Message):
    __slots__ = ("email", "sms")
    EMAIL_FIELD_NUMBER: _ClassVar[int]
    SMS_FIELD_NUMBER: _ClassVar[int]
    email: str
    sms: str
    def __init__(self, email: _Optional[str] = ..., sms: _Optional[str] = ...) -> None: ...

class IssueRequestResponse(_message.Message):
    __slots__ = ("request", "link", "qr_svg")
    REQUEST_FIELD_NUMBER: _ClassVar[int]
    LINK_FIELD_NUMBER: _ClassVar[int]
    QR_SVG_FIELD_NUMBER: _ClassVar[int]
    request: _events_pb2.FeedbackRequest
    link: str
    qr_svg: str
    def __init__(self, request: _Optional[_Union[_events_pb2.FeedbackRequest, _Mapping]] = ..., link: _Optional[str] = ..., qr_svg: _Optional[str] = ...) -> None: ...

class ListRequestsRequest(_message.Message):
    __slots__ = ("site_id", "episode_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ...) -> None: ...

class ListRequestsResponse(_message.Message):
    __slots__ = ("requests",)
    REQUESTS_FIELD_NUMBER: _ClassVar[int]
    requests: _containers.RepeatedCompositeFieldContainer[_events_pb2.FeedbackRequest]
    def __init__(self, requests: _Optional[_Iterable[_Union[_events_pb2.FeedbackRequest, _Mapping]]] = ...) -> None: ...

class LoadInstrumentRequest(_message.Message):
    __slots__ = ("site_id", "instrument_id", "instrument_version", "questionnaire", "licence", "mapping")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    QUESTIONNAIRE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    MAPPING_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    instrument_id: str
    instrument_version: str
    questionnaire: str
    licence: str
    mapping: QuestionnaireMapping
    def __init__(self, site_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., instrument_version: _Optional[str] = ..., questionnaire: _Optional[str] = ..., licence: _Optional[str] = ..., mapping: _Optional[_Union[QuestionnaireMapping, _Mapping]] = ...) -> None: ...

class QuestionnaireMapping(_message.Message):
    __slots__ = ("items", "answers", "skip")
    class ItemsEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: int
        def __init__(self, key: _Optional[str] = ..., value: _Optional[int] = ...) -> None: ...
    class AnswersEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: float
        def __init__(self, key: _Optional[str] = ..., value: _Optional[float] = ...) -> None: ...
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    ANSWERS_FIELD_NUMBER: _ClassVar[int]
    SKIP_FIELD_NUMBER: _ClassVar[int]
    items: _containers.ScalarMap[str, int]
    answers: _containers.ScalarMap[str, float]
    skip: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, items: _Optional[_Mapping[str, int]] = ..., answers: _Optional[_Mapping[str, float]] = ..., skip: _Optional[_Iterable[str]] = ...) -> None: ...

class LoadInstrumentResponse(_message.Message):
    __slots__ = ("loaded",)
    LOADED_FIELD_NUMBER: _ClassVar[int]
    loaded: LoadedInstrument
    def __init__(self, loaded: _Optional[_Union[LoadedInstrument, _Mapping]] = ...) -> None: ...

class RetireInstrumentRequest(_message.Message):
    __slots__ = ("site_id", "instrument_id", "instrument_version", "reason")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    instrument_id: str
    instrument_version: str
    reason: str
    def __init__(self, site_id: _Optional[str] = ..., instrument_id: _Optional[str] = ..., instrument_version: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class RetireInstrumentResponse(_message.Message):
    __slots__ = ("retired",)
    RETIRED_FIELD_NUMBER: _ClassVar[int]
    retired: LoadedInstrument
    def __init__(self, retired: _Optional[_Union[LoadedInstrument, _Mapping]] = ...) -> None: ...

class ListLoadedInstrumentsRequest(_message.Message):
    __slots__ = ("site_id",)
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    def __init__(self, site_id: _Optional[str] = ...) -> None: ...

class ListLoadedInstrumentsResponse(_message.Message):
    __slots__ = ("loaded",)
    LOADED_FIELD_NUMBER: _ClassVar[int]
    loaded: _containers.RepeatedCompositeFieldContainer[LoadedInstrument]
    def __init__(self, loaded: _Optional[_Iterable[_Union[LoadedInstrument, _Mapping]]] = ...) -> None: ...

class LoadedInstrument(_message.Message):
    __slots__ = ("instrument_id", "instrument_version", "edition", "title", "licence", "languages", "items", "loaded_at", "loaded_by", "url", "version", "retired_at", "retired_reason")
    INSTRUMENT_ID_FIELD_NUMBER: _ClassVar[int]
    INSTRUMENT_VERSION_FIELD_NUMBER: _ClassVar[int]
    EDITION_FIELD_NUMBER: _ClassVar[int]
    TITLE_FIELD_NUMBER: _ClassVar[int]
    LICENCE_FIELD_NUMBER: _ClassVar[int]
    LANGUAGES_FIELD_NUMBER: _ClassVar[int]
    ITEMS_FIELD_NUMBER: _ClassVar[int]
    LOADED_AT_FIELD_NUMBER: _ClassVar[int]
    LOADED_BY_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    VERSION_FIELD_NUMBER: _ClassVar[int]
    RETIRED_AT_FIELD_NUMBER: _ClassVar[int]
    RETIRED_REASON_FIELD_NUMBER: _ClassVar[int]
    instrument_id: str
    instrument_version: str
    edition: int
    title: str
    licence: str
    languages: _containers.RepeatedScalarFieldContainer[str]
    items: int
    loaded_at: _timestamp_pb2.Timestamp
    loaded_by: str
    url: str
    version: str
    retired_at: _timestamp_pb2.Timestamp
    retired_reason: str
    def __init__(self, instrument_id: _Optional[str] = ..., instrument_version: _Optional[str] = ..., edition: _Optional[int] = ..., title: _Optional[str] = ..., licence: _Optional[str] = ..., languages: _Optional[_Iterable[str]] = ..., items: _Optional[int] = ..., loaded_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., loaded_by: _Optional[str] = ..., url: _Optional[str] = ..., version: _Optional[str] = ..., retired_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., retired_reason: _Optional[str] = ...) -> None: ...

class ReadCommentsRequest(_message.Message):
    __slots__ = ("site_id", "episode_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ...) -> None: ...

class ReadCommentsResponse(_message.Message):
    __slots__ = ("comments",)
    COMMENTS_FIELD_NUMBER: _ClassVar[int]
    comments: _containers.RepeatedCompositeFieldContainer[Comment]
    def __init__(self, comments: _Optional[_Iterable[_Union[Comment, _Mapping]]] = ...) -> None: ...

class Comment(_message.Message):
    __slots__ = ("response_id", "session_id", "client_id", "submitted_at", "state", "visibility", "text")
    RESPONSE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    SUBMITTED_AT_FIELD_NUMBER: _ClassVar[int]
    STATE_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    response_id: str
    session_id: str
    client_id: str
    submitted_at: _timestamp_pb2.Timestamp
    state: CommentState
    visibility: _session_events_pb2.Visibility
    text: str
    def __init__(self, response_id: _Optional[str] = ..., session_id: _Optional[str] = ..., client_id: _Optional[str] = ..., submitted_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., state: _Optional[_Union[CommentState, str]] = ..., visibility: _Optional[_Union[_session_events_pb2.Visibility, str]] = ..., text: _Optional[str] = ...) -> None: ...

class SetVisibilityRequest(_message.Message):
    __slots__ = ("site_id", "response_id", "visibility")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    RESPONSE_ID_FIELD_NUMBER: _ClassVar[int]
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    response_id: str
    visibility: _session_events_pb2.Visibility
    def __init__(self, site_id: _Optional[str] = ..., response_id: _Optional[str] = ..., visibility: _Optional[_Union[_session_events_pb2.Visibility, str]] = ...) -> None: ...

class SetVisibilityResponse(_message.Message):
    __slots__ = ("visibility",)
    VISIBILITY_FIELD_NUMBER: _ClassVar[int]
    visibility: _session_events_pb2.Visibility
    def __init__(self, visibility: _Optional[_Union[_session_events_pb2.Visibility, str]] = ...) -> None: ...

class ForgetCommentsRequest(_message.Message):
    __slots__ = ("site_id", "client_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    CLIENT_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    client_id: str
    def __init__(self, site_id: _Optional[str] = ..., client_id: _Optional[str] = ...) -> None: ...

class ForgetCommentsResponse(_message.Message):
    __slots__ = ("forgotten",)
    FORGOTTEN_FIELD_NUMBER: _ClassVar[int]
    forgotten: bool
    def __init__(self, forgotten: _Optional[bool] = ...) -> None: ...

class RewrapKeysRequest(_message.Message):
    __slots__ = ("site_id",)
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    def __init__(self, site_id: _Optional[str] = ...) -> None: ...

class RewrapKeysResponse(_message.Message):
    __slots__ = ("rewrapped",)
    REWRAPPED_FIELD_NUMBER: _ClassVar[int]
    rewrapped: int
    def __init__(self, rewrapped: _Optional[int] = ...) -> None: ...
