from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class Role(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    ROLE_UNSPECIFIED: _ClassVar[Role]
    ROLE_THERAPIST: _ClassVar[Role]
    ROLE_SUPERVISOR: _ClassVar[Role]
    ROLE_ON_CALL: _ClassVar[Role]
    ROLE_SITE_ADMIN: _ClassVar[Role]
    ROLE_OPERATOR: _ClassVar[Role]
ROLE_UNSPECIFIED: Role
ROLE_THERAPIST: Role
ROLE_SUPERVISOR: Role
ROLE_ON_CALL: Role
ROLE_SITE_ADMIN: Role
ROLE_OPERATOR: Role

class AddUserRequest(_message.Message):
    __slots__ = ("site_id", "username", "roles", "person_id", "therapist_id")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    THERAPIST_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    username: str
    roles: _containers.RepeatedScalarFieldContainer[Role]
    person_id: str
    therapist_id: str
    def __init__(self, site_id: _Optional[str] = ..., username: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[Role, str]]] = ..., person_id: _Optional[str] = ..., therapist_id: _Optional[str] = ...) -> None: ...

class Secret(_message.Message):
    __slots__ = ("password", "totp_uri")
    PASSWORD_FIELD_NUMBER: _ClassVar[int]
    TOTP_URI_FIELD_NUMBER: _ClassVar[int]
    password: str
    totp_uri: str
    def __init__(self, password: _Optional[str] = ..., totp_uri: _Optional[str] = ...) -> None: ...

class AddUserResponse(_message.Message):
    __slots__ = ("secret",)
    SECRET_FIELD_NUMBER: _ClassVar[int]
    secret: Secret
    def __init__(self, secret: _Optional[_Union[Secret, _Mapping]] = ...) -> None: ...

class ResetUserRequest(_message.Message):
    __slots__ = ("site_id", "username")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    username: str
    def __init__(self, site_id: _Optional[str] = ..., username: _Optional[str] = ...) -> None: ...

class ResetUserResponse(_message.Message):
    __slots__ = ("secret",)
    SECRET_FIELD_NUMBER: _ClassVar[int]
    secret: Secret
    def __init__(self, secret: _Optional[_Union[Secret, _Mapping]] = ...) -> None: ...

class DisableUserRequest(_message.Message):
    __slots__ = ("site_id", "username")
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    username: str
    def __init__(self, site_id: _Optional[str] = ..., username: _Optional[str] = ...) -> None: ...

class DisableUserResponse(_message.Message):
    __slots__ = ()
    def __init__(self) -> None: ...

class ListUsersRequest(_message.Message):
    __slots__ = ("site_id",)
    SITE_ID_FIELD_NUMBER: _ClassVar[int]
    site_id: str
    def __init__(self, site_id: _Optional[str] = ...) -> None: ...

class ListUsersResponse(_message.Message):
    __slots__ = ("users",)
    USERS_FIELD_NUMBER: _ClassVar[int]
    users: _containers.RepeatedCompositeFieldContainer[User]
    def __init__(self, users: _Optional[_Iterable[_Union[User, _Mapping]]] = ...) -> None: ...

class User(_message.Message):
    __slots__ = ("username", "roles", "person_id", "therapist_id")
    USERNAME_FIELD_NUMBER: _ClassVar[int]
    ROLES_FIELD_NUMBER: _ClassVar[int]
    PERSON_ID_FIELD_NUMBER: _ClassVar[int]
    THERAPIST_ID_FIELD_NUMBER: _ClassVar[int]
    username: str
    roles: _containers.RepeatedScalarFieldContainer[Role]
    person_id: str
    therapist_id: str
    def __init__(self, username: _Optional[str] = ..., roles: _Optional[_Iterable[_Union[Role, str]]] = ..., person_id: _Optional[str] = ..., therapist_id: _Optional[str] = ...) -> None: ...
