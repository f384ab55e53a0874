import datetime

from google.protobuf import struct_pb2 as _struct_pb2
from google.protobuf import timestamp_pb2 as _timestamp_pb2
from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class OverrideKind(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    OVERRIDE_KIND_UNSPECIFIED: _ClassVar[OverrideKind]
    OVERRIDE_KIND_ADD: _ClassVar[OverrideKind]
    OVERRIDE_KIND_REMOVE: _ClassVar[OverrideKind]
    OVERRIDE_KIND_REPLACE: _ClassVar[OverrideKind]
OVERRIDE_KIND_UNSPECIFIED: OverrideKind
OVERRIDE_KIND_ADD: OverrideKind
OVERRIDE_KIND_REMOVE: OverrideKind
OVERRIDE_KIND_REPLACE: OverrideKind

class ApplyOnCallRequest(_message.Message):
    __slots__ = ("site_id", "section", "dry_run")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    SECTION_FIELD_NUMBER: _ClassVar[int]
    DRY_RUN_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    section: _struct_pb2.Struct
    dry_run: bool
    def __init__(self, site_id: _Optional[str] = ..., section: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., dry_run: _Optional[bool] = ...) -> None: ...

class ApplyOnCallResponse(_message.Message):
    __slots__ = ("changes",)
    CHANGES_FIELD_NUMBER: _ClassVar[int]
    changes: _containers.RepeatedCompositeFieldContainer[ConfigChange]
    def __init__(self, changes: _Optional[_Iterable[_Union[ConfigChange, _Mapping]]] = ...) -> None: ...

class ConfigChange(_message.Message):
    __slots__ = ("place", "before", "after")
    PLACE_FIELD_NUMBER: _ClassVar[int]
    BEFORE_FIELD_NUMBER: _ClassVar[int]
    AFTER_FIELD_NUMBER: _ClassVar[int]
    place: str
    before: str
    after: str
    def __init__(self, place: _Optional[str] = ..., before: _Optional[str] = ..., after: _Optional[str] = ...) -> None: ...

class GetOnCallRequest(_message.Message):
    __slots__ = ("site_id",)
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    def __init__(self, site_id: _Optional[str] = ...) -> None: ...

class GetOnCallResponse(_message.Message):
    __slots__ = ("section", "people", "rotas", "overrides")
    class PeopleEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _struct_pb2.Struct
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...
    class RotasEntry(_message.Message):
        __slots__ = ("key", "value")
        KEY_FIELD_NUMBER: _ClassVar[int]
        VALUE_FIELD_NUMBER: _ClassVar[int]
        key: str
        value: _struct_pb2.Struct
        def __init__(self, key: _Optional[str] = ..., value: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...
    SECTION_FIELD_NUMBER: _ClassVar[int]
    PEOPLE_FIELD_NUMBER: _ClassVar[int]
    ROTAS_FIELD_NUMBER: _ClassVar[int]
    OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    section: _struct_pb2.Struct
    people: _containers.MessageMap[str, _struct_pb2.Struct]
    rotas: _containers.MessageMap[str, _struct_pb2.Struct]
    overrides: _containers.RepeatedCompositeFieldContainer[Override]
    def __init__(self, section: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ..., people: _Optional[_Mapping[str, _struct_pb2.Struct]] = ..., rotas: _Optional[_Mapping[str, _struct_pb2.Struct]] = ..., overrides: _Optional[_Iterable[_Union[Override, _Mapping]]] = ...) -> None: ...

class PutPersonRequest(_message.Message):
    __slots__ = ("site_id", "person_id", "person")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    person_id: str
    person: _struct_pb2.Struct
    def __init__(self, site_id: _Optional[str] = ..., person_id: _Optional[str] = ..., person: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class PutPersonResponse(_message.Message):
    __slots__ = ("person",)
    PERSON_FIELD_NUMBER: _ClassVar[int]
    person: Person
    def __init__(self, person: _Optional[_Union[Person, _Mapping]] = ...) -> None: ...

class RemovePersonRequest(_message.Message):
    __slots__ = ("site_id", "person_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    person_id: str
    def __init__(self, site_id: _Optional[str] = ..., person_id: _Optional[str] = ...) -> None: ...

class RemovePersonResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class PutRotaRequest(_message.Message):
    __slots__ = ("site_id", "rota_id", "rota")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    ROTA_ID_FIELD_NUMBER: _ClassVar[int]
    ROTA_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    rota_id: str
    rota: _struct_pb2.Struct
    def __init__(self, site_id: _Optional[str] = ..., rota_id: _Optional[str] = ..., rota: _Optional[_Union[_struct_pb2.Struct, _Mapping]] = ...) -> None: ...

class PutRotaResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class RemoveRotaRequest(_message.Message):
    __slots__ = ("site_id", "rota_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    ROTA_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    rota_id: str
    def __init__(self, site_id: _Optional[str] = ..., rota_id: _Optional[str] = ...) -> None: ...

class RemoveRotaResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListPeopleRequest(_message.Message):
    __slots__ = ("site_id",)
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    def __init__(self, site_id: _Optional[str] = ...) -> None: ...

class ListPeopleResponse(_message.Message):
    __slots__ = ("people",)
    PEOPLE_FIELD_NUMBER: _ClassVar[int]
    people: _containers.RepeatedCompositeFieldContainer[Person]
    def __init__(self, people: _Optional[_Iterable[_Union[Person, _Mapping]]] = ...) -> None: ...

class Person(_message.Message):
    __slots__ = ("person_id", "roles", "contacts", "owner", "language")
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    CONTACTS_FIELD_NUMBER: _ClassVar[int]
    OWNER_FIELD_NUMBER: _ClassVar[int]
    LANGUAGE_FIELD_NUMBER: _ClassVar[int]
    person_id: str
    roles: _containers.RepeatedScalarFieldContainer[str]
    contacts: _containers.RepeatedCompositeFieldContainer[PersonContact]
    owner: str
    language: str
    def __init__(self, person_id: _Optional[str] = ..., roles: _Optional[_Iterable[str]] = ..., contacts: _Optional[_Iterable[_Union[PersonContact, _Mapping]]] = ..., owner: _Optional[str] = ..., language: _Optional[str] = ...) -> None: ...

class PersonContact(_message.Message):
    __slots__ = ("channel", "verified")
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    VERIFIED_FIELD_NUMBER: _ClassVar[int]
    channel: str
    verified: bool
    def __init__(self, channel: _Optional[str] = ..., verified: _Optional[bool] = ...) -> None: ...

class SendContactCodeRequest(_message.Message):
    __slots__ = ("site_id", "person_id", "channel")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    person_id: str
    channel: str
    def __init__(self, site_id: _Optional[str] = ..., person_id: _Optional[str] = ..., channel: _Optional[str] = ...) -> None: ...

class SendContactCodeResponse(_message.Message):
    __slots__ = ("expires_at",)
    EXPIRES_AT_FIELD_NUMBER: _ClassVar[int]
    expires_at: _timestamp_pb2.Timestamp
    def __init__(self, expires_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ConfirmContactRequest(_message.Message):
    __slots__ = ("site_id", "person_id", "channel", "code")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    CODE_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    person_id: str
    channel: str
    code: str
    def __init__(self, site_id: _Optional[str] = ..., person_id: _Optional[str] = ..., channel: _Optional[str] = ..., code: _Optional[str] = ...) -> None: ...

class ConfirmContactResponse(_message.Message):
    __slots__ = ("person",)
    PERSON_FIELD_NUMBER: _ClassVar[int]
    person: Person
    def __init__(self, person: _Optional[_Union[Person, _Mapping]] = ...) -> None: ...

class Override(_message.Message):
    __slots__ = ("override_id", "rota_id", "kind", "starts_at", "ends_at", "person_id", "instead_of", "author", "reason", "made_at", "swap_id")
    OVERRIDE_ID_FIELD_NUMBER: _ClassVar[int]
    ROTA_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    INSTEAD_OF_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    MADE_AT_FIELD_NUMBER: _ClassVar[int]
    SWAP_ID_FIELD_NUMBER: _ClassVar[int]
    override_id: str
    rota_id: str
    kind: OverrideKind
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    person_id: str
    instead_of: str
    author: str
    reason: str
    made_at: _timestamp_pb2.Timestamp
    swap_id: str
    def __init__(self, override_id: _Optional[str] = ..., rota_id: _Optional[str] = ..., kind: _Optional[_Union[OverrideKind, str]] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., person_id: _Optional[str] = ..., instead_of: _Optional[str] = ..., author: _Optional[str] = ..., reason: _Optional[str] = ..., made_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., swap_id: _Optional[str] = ...) -> None: ...

class AddOverrideRequest(_message.Message):
    __slots__ = ("site_id", "rota_id", "kind", "starts_at", "ends_at", "person_id", "instead_of", "author", "reason")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    ROTA_ID_FIELD_NUMBER: _ClassVar[int]
    KIND_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    INSTEAD_OF_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    rota_id: str
    kind: OverrideKind
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    person_id: str
    instead_of: str
    author: str
    reason: str
    def __init__(self, site_id: _Optional[str] = ..., rota_id: _Optional[str] = ..., kind: _Optional[_Union[OverrideKind, str]] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., person_id: _Optional[str] = ..., instead_of: _Optional[str] = ..., author: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class AddOverrideResponse(_message.Message):
    __slots__ = ("override",)
    OVERRIDE_FIELD_NUMBER: _ClassVar[int]
    override: Override
    def __init__(self, override: _Optional[_Union[Override, _Mapping]] = ...) -> None: ...

class RemoveOverrideRequest(_message.Message):
    __slots__ = ("site_id", "override_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    OVERRIDE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    override_id: str
    def __init__(self, site_id: _Optional[str] = ..., override_id: _Optional[str] = ...) -> None: ...

class RemoveOverrideResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class SwapShiftsRequest(_message.Message):
    __slots__ = ("site_id", "rota_id", "first_at", "first_person_id", "second_at", "second_person_id", "author", "reason")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    ROTA_ID_FIELD_NUMBER: _ClassVar[int]
    FIRST_AT_FIELD_NUMBER: _ClassVar[int]
    FIRST_PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    SECOND_AT_FIELD_NUMBER: _ClassVar[int]
    SECOND_PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    AUTHOR_FIELD_NUMBER: _ClassVar[int]
    REASON_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    rota_id: str
    first_at: _timestamp_pb2.Timestamp
    first_person_id: str
    second_at: _timestamp_pb2.Timestamp
    second_person_id: str
    author: str
    reason: str
    def __init__(self, site_id: _Optional[str] = ..., rota_id: _Optional[str] = ..., first_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., first_person_id: _Optional[str] = ..., second_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., second_person_id: _Optional[str] = ..., author: _Optional[str] = ..., reason: _Optional[str] = ...) -> None: ...

class SwapShiftsResponse(_message.Message):
    __slots__ = ("overrides",)
    OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    overrides: _containers.RepeatedCompositeFieldContainer[Override]
    def __init__(self, overrides: _Optional[_Iterable[_Union[Override, _Mapping]]] = ...) -> None: ...

class ListOverridesRequest(_message.Message):
    __slots__ = ("site_id",)
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    def __init__(self, site_id: _Optional[str] = ...) -> None: ...

class ListOverridesResponse(_message.Message):
    __slots__ = ("overrides",)
    OVERRIDES_FIELD_NUMBER: _ClassVar[int]
    overrides: _containers.RepeatedCompositeFieldContainer[Override]
    def __init__(self, overrides: _Optional[_Iterable[_Union[Override, _Mapping]]] = ...) -> None: ...

class WhoIsOnCallRequest(_message.Message):
    __slots__ = ("site_id", "at")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    AT_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    at: _timestamp_pb2.Timestamp
    def __init__(self, site_id: _Optional[str] = ..., at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class WhoIsOnCallResponse(_message.Message):
    __slots__ = ("shifts",)
    SHIFTS_FIELD_NUMBER: _ClassVar[int]
    shifts: _containers.RepeatedCompositeFieldContainer[Shift]
    def __init__(self, shifts: _Optional[_Iterable[_Union[Shift, _Mapping]]] = ...) -> None: ...

class Shift(_message.Message):
    __slots__ = ("rota_id", "starts_at", "ends_at", "person_ids")
    ROTA_ID_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    PERSON_IDS_FIELD_NUMBER: _ClassVar[int]
    rota_id: str
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    person_ids: _containers.RepeatedScalarFieldContainer[str]
    def __init__(self, rota_id: _Optional[str] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., person_ids: _Optional[_Iterable[str]] = ...) -> None: ...

class ListShiftsRequest(_message.Message):
    __slots__ = ("site_id", "rota_id", "starts_at", "ends_at")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    ROTA_ID_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    rota_id: str
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, site_id: _Optional[str] = ..., rota_id: _Optional[str] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class ListShiftsResponse(_message.Message):
    __slots__ = ("shifts",)
    SHIFTS_FIELD_NUMBER: _ClassVar[int]
    shifts: _containers.RepeatedCompositeFieldContainer[Shift]
    def __init__(self, shifts: _Optional[_Iterable[_Union[Shift, _Mapping]]] = ...) -> None: ...

class GetReadinessRequest(_message.Message):
    __slots__ = ("site_id", "days")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    DAYS_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    days: int
    def __init__(self, site_id: _Optional[str] = ..., days: _Optional[int] = ...) -> None: ...

class GetReadinessResponse(_message.Message):
    __slots__ = ("findings",)
    FINDINGS_FIELD_NUMBER: _ClassVar[int]
    findings: _containers.RepeatedCompositeFieldContainer[ReadinessFinding]
    def __init__(self, findings: _Optional[_Iterable[_Union[ReadinessFinding, _Mapping]]] = ...) -> None: ...

class ReadinessFinding(_message.Message):
    __slots__ = ("lack", "rota_id", "person_id", "channel", "starts_at", "ends_at")
    LACK_FIELD_NUMBER: _ClassVar[int]
    ROTA_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    CHANNEL_FIELD_NUMBER: _ClassVar[int]
    STARTS_AT_FIELD_NUMBER: _ClassVar[int]
    ENDS_AT_FIELD_NUMBER: _ClassVar[int]
    lack: str
    rota_id: str
    person_id: str
    channel: str
    starts_at: _timestamp_pb2.Timestamp
    ends_at: _timestamp_pb2.Timestamp
    def __init__(self, lack: _Optional[str] = ..., rota_id: _Optional[str] = ..., person_id: _Optional[str] = ..., channel: _Optional[str] = ..., starts_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., ends_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class Calendar(_message.Message):
    __slots__ = ("calendar_id", "rota_id", "person_id", "made_by", "made_at", "revoked_at")
    CALENDAR_ID_FIELD_NUMBER: _ClassVar[int]
    ROTA_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    MADE_BY_FIELD_NUMBER: _ClassVar[int]
    MADE_AT_FIELD_NUMBER: _ClassVar[int]
    REVOKED_AT_FIELD_NUMBER: _ClassVar[int]
    calendar_id: str
    rota_id: str
    person_id: str
    made_by: str
    made_at: _timestamp_pb2.Timestamp
    revoked_at: _timestamp_pb2.Timestamp
    def __init__(self, calendar_id: _Optional[str] = ..., rota_id: _Optional[str] = ..., person_id: _Optional[str] = ..., made_by: _Optional[str] = ..., made_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ..., revoked_at: _Optional[_Union[datetime.datetime, _timestamp_pb2.Timestamp, _Mapping]] = ...) -> None: ...

class CreateCalendarRequest(_message.Message):
    __slots__ = ("site_id", "rota_id", "person_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    ROTA_ID_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    rota_id: str
    person_id: str
    def __init__(self, site_id: _Optional[str] = ..., rota_id: _Optional[str] = ..., person_id: _Optional[str] = ...) -> None: ...

class CreateCalendarResponse(_message.Message):
    __slots__ = ("calendar", "url")
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    URL_FIELD_NUMBER: _ClassVar[int]
    calendar: Calendar
    url: str
    def __init__(self, calendar: _Optional[_Union[Calendar, _Mapping]] = ..., url: _Optional[str] = ...) -> None: ...

class RevokeCalendarRequest(_message.Message):
    __slots__ = ("site_id", "calendar_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    CALENDAR_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    calendar_id: str
    def __init__(self, site_id: _Optional[str] = ..., calendar_id: _Optional[str] = ...) -> None: ...

class RevokeCalendarResponse(_message.Message):
    __slots__ = ("calendar",)
    CALENDAR_FIELD_NUMBER: _ClassVar[int]
    calendar: Calendar
    def __init__(self, calendar: _Optional[_Union[Calendar, _Mapping]] = ...) -> None: ...

class ListCalendarsRequest(_message.Message):
    __slots__ = ("site_id",)
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    def __init__(self, site_id: _Optional[str] = ...) -> None: ...

class ListCalendarsResponse(_message.Message):
    __slots__ = ("calendars",)
    CALENDARS_FIELD_NUMBER: _ClassVar[int]
    calendars: _containers.RepeatedCompositeFieldContainer[Calendar]
    def __init__(self, calendars: _Optional[_Iterable[_Union[Calendar, _Mapping]]] = ...) -> None: ...
