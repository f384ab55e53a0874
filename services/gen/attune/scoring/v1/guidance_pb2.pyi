from google.protobuf.internal import containers as _containers
from google.protobuf.internal import enum_type_wrapper as _enum_type_wrapper
from google.protobuf import descriptor as _descriptor
from google.protobuf import message as _message
from collections.abc import Iterable as _Iterable, Mapping as _Mapping
from typing import ClassVar as _ClassVar, Optional as _Optional, Union as _Union

DESCRIPTOR: _descriptor.FileDescriptor

class RepairPhase(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    REPAIR_PHASE_UNSPECIFIED: _ClassVar[RepairPhase]
    REPAIR_PHASE_TAKING_UP: _ClassVar[RepairPhase]
    REPAIR_PHASE_LATER: _ClassVar[RepairPhase]

class RuptureType(int, metaclass=_enum_type_wrapper.EnumTypeWrapper):
    __slots__ = ()
    RUPTURE_TYPE_UNSPECIFIED: _ClassVar[RuptureType]
    RUPTURE_TYPE_WITHDRAWAL: _ClassVar[RuptureType]
    RUPTURE_TYPE_CONFRONTATION: _ClassVar[RuptureType]
REPAIR_PHASE_UNSPECIFIED: RepairPhase
REPAIR_PHASE_TAKING_UP: RepairPhase
REPAIR_PHASE_LATER: RepairPhase
RUPTURE_TYPE_UNSPECIFIED: RuptureType
RUPTURE_TYPE_WITHDRAWAL: RuptureType
RUPTURE_TYPE_CONFRONTATION: RuptureType

class RepairIdeas(_message.Message):
    __slots__ = ("rupture_id", "heading", "ideas")
    RUPTURE_ID_FIELD_NUMBER: _ClassVar[int]
    HEADING_FIELD_NUMBER: _ClassVar[int]
    IDEAS_FIELD_NUMBER: _ClassVar[int]
    rupture_id: str
    heading: str
    ideas: _containers.RepeatedCompositeFieldContainer[RepairIdea]
    def __init__(self, rupture_id: _Optional[str] = ..., heading: _Optional[str] = ..., ideas: _Optional[_Iterable[_Union[RepairIdea, _Mapping]]] = ...) -> None: ...

class RepairIdea(_message.Message):
    __slots__ = ("strategy_id", "phase", "phase_text", "text", "why", "source", "source_confirmed")
    STRATEGY_ID_FIELD_NUMBER: _ClassVar[int]
    PHASE_FIELD_NUMBER: _ClassVar[int]
    PHASE_TEXT_FIELD_NUMBER: _ClassVar[int]
    TEXT_FIELD_NUMBER: _ClassVar[int]
    WHY_FIELD_NUMBER: _ClassVar[int]
    SOURCE_FIELD_NUMBER: _ClassVar[int]
    SOURCE_CONFIRMED_FIELD_NUMBER: _ClassVar[int]
    strategy_id: str
    phase: RepairPhase
    phase_text: str
    text: str
    why: str
    source: str
    source_confirmed: bool
    def __init__(self, strategy_id: _Optional[str] = ..., phase: _Optional[_Union[RepairPhase, str]] = ..., phase_text: _Optional[str] = ..., text: _Optional[str] = ..., why: _Optional[str] = ..., source: _Optional[str] = ..., source_confirmed: _Optional[bool] = ...) -> None: ...
