import datetime

from attune.clinic.v1 import session_events_pb2 as _session_events_pb2
from attune.intake.v1 import events_pb2 as _events_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OpenEpisodeRequest(_message.Message):
    __slots__ = ("site_id", "event_id", "occurred_at", "episode")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    event_id: str
    occurred_at: _timestamp_pb2.Timestamp
    episode: _session_events_pb2.EpisodeOpened
    def __init__(self, site_id: _Optional[str] = ..., event_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., episode: _Optional[_Union[_session_events_pb2.EpisodeOpened, _Mapping]] = ...) -> None: ...

class OpenEpisodeResponse(_message.Message):
    __slots__ = ("episode",)
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    episode: _events_pb2.Episode
    def __init__(self, episode: _Optional[_Union[_events_pb2.Episode, _Mapping]] = ...) -> None: ...

class UpdateEpisodeRequest(_message.Message):
    __slots__ = ("site_id", "event_id", "occurred_at", "episode")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    event_id: str
    occurred_at: _timestamp_pb2.Timestamp
    episode: _session_events_pb2.EpisodeUpdated
    def __init__(self, site_id: _Optional[str] = ..., event_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., episode: _Optional[_Union[_session_events_pb2.EpisodeUpdated, _Mapping]] = ...) -> None: ...

class UpdateEpisodeResponse(_message.Message):
    __slots__ = ("episode",)
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    episode: _events_pb2.Episode
    def __init__(self, episode: _Optional[_Union[_events_pb2.Episode, _Mapping]] = ...) -> None: ...

class CloseEpisodeRequest(_message.Message):
    __slots__ = ("site_id", "event_id", "occurred_at", "episode")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    event_id: str
    occurred_at: _timestamp_pb2.Timestamp
    episode: _session_events_pb2.EpisodeClosed
    def __init__(self, site_id: _Optional[str] = ..., event_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., episode: _Optional[_Union[_session_events_pb2.EpisodeClosed, _Mapping]] = ...) -> None: ...

class CloseEpisodeResponse(_message.Message):
    __slots__ = ("episode",)
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    episode: _events_pb2.Episode
    def __init__(self, episode: _Optional[_Union[_events_pb2.Episode, _Mapping]] = ...) -> None: ...

class RecordSessionRequest(_message.Message):
    __slots__ = ("site_id", "event_id", "occurred_at", "session")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EVENT_ID_FIELD_NUMBER: _ClassVar[int]
    OCCURRED_AT_FIELD_NUMBER: _ClassVar[int]
    SESSION_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    event_id: str
    occurred_at: _timestamp_pb2.Timestamp
    session: _session_events_pb2.SessionRecorded
    def __init__(self, site_id: _Optional[str] = ..., event_id: _Optional[str] = ..., occurred_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., session: _Optional[_Union[_session_events_pb2.SessionRecorded, _Mapping]] = ...) -> None: ...

class RecordSessionResponse(_message.Message):
    __slots__ = ("session",)
    SESSION_FIELD_NUMBER: _ClassVar[int]
    session: _events_pb2.Session
    def __init__(self, session: _Optional[_Union[_events_pb2.Session, _Mapping]] = ...) -> None: ...

class GetEpisodeRequest(_message.Message):
    __slots__ = ("site_id", "episode_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ...) -> None: ...

class GetEpisodeResponse(_message.Message):
    __slots__ = ("episode",)
    EPISODE_FIELD_NUMBER: _ClassVar[int]
    episode: _events_pb2.Episode
    def __init__(self, episode: _Optional[_Union[_events_pb2.Episode, _Mapping]] = ...) -> None: ...

class ListEpisodesRequest(_message.Message):
    __slots__ = ("site_id", "page_size", "page_token")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    PAGE_SIZE_FIELD_NUMBER: _ClassVar[int]
    PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    page_size: int
    page_token: str
    def __init__(self, site_id: _Optional[str] = ..., page_size: _Optional[int] = ..., page_token: _Optional[str] = ...) -> None: ...

class ListEpisodesResponse(_message.Message):
    __slots__ = ("episodes", "next_page_token")
    EPISODES_FIELD_NUMBER: _ClassVar[int]
    NEXT_PAGE_TOKEN_FIELD_NUMBER: _ClassVar[int]
    episodes: _containers.RepeatedCompositeFieldContainer[_events_pb2.Episode]
    next_page_token: str
    def __init__(self, episodes: _Optional[_Iterable[_Union[_events_pb2.Episode, _Mapping]]] = ..., next_page_token: _Optional[str] = ...) -> None: ...

class GetSessionRequest(_message.Message):
    __slots__ = ("site_id", "session_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    SESSION_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    session_id: str
    def __init__(self, site_id: _Optional[str] = ..., session_id: _Optional[str] = ...) -> None: ...

class GetSessionResponse(_message.Message):
    __slots__ = ("session",)
    SESSION_FIELD_NUMBER: _ClassVar[int]
    session: _events_pb2.Session
    def __init__(self, session: _Optional[_Union[_events_pb2.Session, _Mapping]] = ...) -> None: ...

class ListSessionsRequest(_message.Message):
    __slots__ = ("site_id", "episode_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    EPISODE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    episode_id: str
    def __init__(self, site_id: _Optional[str] = ..., episode_id: _Optional[str] = ...) -> None: ...

class ListSessionsResponse(_message.Message):
    __slots__ = ("sessions",)
    SESSIONS_FIELD_NUMBER: _ClassVar[int]
    sessions: _containers.RepeatedCompositeFieldContainer[_events_pb2.Session]
    def __init__(self, sessions: _Optional[_Iterable[_Union[_events_pb2.Session, _Mapping]]] = ...) -> None: ...
