"""An event's data: protobuf or JSON bytes to a checked message. What is wrong is named by its path from ``data``."""

import base64
import binascii
import json
import math
from collections.abc import Iterator
from typing import Any, NoReturn, TypeVar, cast

from google.protobuf import json_format, message_factory
from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.message import DecodeError, Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.runtime.errors import Permanent

M = TypeVar("M", bound=Message)
D = TypeVar("D", Descriptor, EnumDescriptor)

_TIMESTAMP = Timestamp.DESCRIPTOR.full_name
_FLOATS = (FieldDescriptor.CPPTYPE_DOUBLE, FieldDescriptor.CPPTYPE_FLOAT)
_WANTED = {
    FieldDescriptor.CPPTYPE_STRING: "is not a string",
    FieldDescriptor.CPPTYPE_BOOL: "is not true or false",
    FieldDescriptor.CPPTYPE_DOUBLE: "is not a number",
    FieldDescriptor.CPPTYPE_FLOAT: "is not a number",
    FieldDescriptor.CPPTYPE_INT32: "is not a whole number of 32 bits",
    FieldDescriptor.CPPTYPE_INT64: "is not a whole number of 64 bits",
    FieldDescriptor.CPPTYPE_UINT32: "is not a whole number from 0 to 4294967295",
    FieldDescriptor.CPPTYPE_UINT64: "is not a whole number from 0",
}


def from_protobuf(value: bytes, kind: type[M]) -> M:
    """Parse protobuf. Fields of a newer schema are ignored; values of an enum that we do not know are refused."""
    if not value:
        raise Permanent("data", "is empty", "Send the event's data.")
    message = kind()
    try:
        message.ParseFromString(value)
    except DecodeError as error:
        if "UTF-8" in str(error):
            raise Permanent("data", "has text that is not UTF-8", "Send every text as UTF-8.") from None
        reason = f"is not a whole {kind.DESCRIPTOR.full_name}"
        raise Permanent("data", reason, "It is truncated or of another type; send it again whole.") from None
    message.DiscardUnknownFields()
    return _checked(message)


def from_json(value: bytes, kind: type[M]) -> M:
    """Parse JSON bytes by protobuf's JSON mapping; names in snake_case and camelCase; unknown names are refused."""
    return from_object(parse_json(value, "data"), kind)


def from_object(value: object, kind: type[M]) -> M:
    """Turn parsed JSON into a message."""
    if not isinstance(value, dict):
        raise Permanent("data", "is not a JSON object", f"Send the fields of {kind.DESCRIPTOR.full_name} as an object.")
    message = kind()
    try:
        json_format.ParseDict(value, message)
    except (json_format.ParseError, ValueError, TypeError, OverflowError, AttributeError, RecursionError):
        _refuse(value, kind)
    return _checked(message)


def from_base64(value: object) -> bytes:
    """Decode the standard base64 of CloudEvents' ``data_base64``."""
    if not isinstance(value, str):
        raise Permanent("data_base64", "is not a string", "Send the bytes as base64 text.")
    try:
        return base64.b64decode(value, validate=True)
    except (binascii.Error, ValueError):
        raise Permanent("data_base64", "is not base64", "Send the bytes as base64 text.") from None


def parse_json(value: bytes, field: str) -> object:
    """Parse JSON strictly: UTF-8, no name twice, no NaN or Infinity."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        raise Permanent(field, "is not UTF-8", "Send JSON as UTF-8.") from None

    def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
        members = dict(pairs)
        if len(members) != len(pairs):
            names = [name for name, _ in pairs]
            twice = next(name for name in names if names.count(name) > 1)
            raise Permanent(field, f"has the member {_short(twice)} twice", "Send every member once.")
        return members

    def not_a_number(_constant: str) -> NoReturn:
        raise Permanent(field, "has NaN or Infinity, which is not JSON", "Leave the value out instead.")

    try:
        parsed: object = json.loads(text, object_pairs_hook=once, parse_constant=not_a_number)
    except json.JSONDecodeError as error:
        where = f"line {error.lineno} column {error.colno}"
        raise Permanent(field, f"is not JSON: {error.msg} at {where}", "Send one complete JSON object.") from None
    except ValueError:
        raise Permanent(field, "has a number that is too long", "Send numbers of at most 17 digits.") from None
    except RecursionError:
        raise Permanent(field, "is nested too deeply", "Send the fields of the event only.") from None
    return parsed


def check(message: Message, path: str = "data") -> None:
    """Refuse what protobuf lets through and no handler can use: unknown enum values, impossible times, NaN."""
    if isinstance(message, Timestamp):
        try:
            message.ToDatetime()
        except (ValueError, OverflowError):
            raise Permanent(path, "is not a time of the years 1 to 9999", "Send a valid timestamp.") from None
        return
    for field, value in message.ListFields():
        for where, item in _items(field, value, f"{path}.{field.name}"):
            _check_item(field, item, where)


def _checked(message: M) -> M:
    if not message.ByteSize():
        raise Permanent("data", "has none of the fields of its type", "Send the event's data.")
    check(message)
    return message


def _check_item(field: FieldDescriptor, item: Any, where: str) -> None:
    field = _value_field(field)
    if field.cpp_type == FieldDescriptor.CPPTYPE_MESSAGE:
        check(item, where)
    elif field.cpp_type == FieldDescriptor.CPPTYPE_ENUM:
        kind = _described(field.enum_type)
        if item not in kind.values_by_number:
            raise Permanent(where, f"{item} is not a value of {kind.name}", _known_values(kind))
    elif field.cpp_type in _FLOATS and not math.isfinite(item):
        raise Permanent(where, "is not a finite number", "Leave the value out instead.")


def _items(field: FieldDescriptor, value: Any, path: str) -> Iterator[tuple[str, Any]]:
    if _is_map(field):
        yield from ((f"{path}[{_short(str(name))}]", value[name]) for name in value)
    elif field.is_repeated:
        yield from ((f"{path}[{index}]", item) for index, item in enumerate(value))
    else:
        yield path, value


def _is_map(field: FieldDescriptor) -> bool:
    return field.message_type is not None and field.message_type.GetOptions().map_entry


def _value_field(field: FieldDescriptor) -> FieldDescriptor:
    """Return what describes one item: for a map, the field of its values."""
    return _described(field.message_type).fields_by_name["value"] if _is_map(field) else field


def _refuse(value: dict[str, Any], kind: type[Message]) -> NoReturn:
    """Find the first member that cannot be read, and name it: json_format's own messages have no path."""
    _locate(value, cast("Descriptor", kind.DESCRIPTOR), "data")
    raise Permanent("data", f"is not a {kind.DESCRIPTOR.full_name} in JSON", "Compare it with the schema of the event.")


def _locate(value: Any, descriptor: Descriptor, path: str) -> None:
    if not isinstance(value, dict):
        raise Permanent(path, "is not a JSON object", f"Send the fields of {descriptor.full_name} as an object.")
    fields = {name: field for field in descriptor.fields for name in (field.name, field.json_name)}
    for name, item in value.items():
        field = fields.get(name)
        where = f"{path}.{_short(name)}"
        if field is None:
            known = ", ".join(field.name for field in descriptor.fields)
            raise Permanent(where, f"is not a field of {descriptor.full_name}", f"Known: {known}.")
        if item is not None:
            _locate_field(item, field, where)


def _locate_field(value: Any, field: FieldDescriptor, where: str) -> None:
    items: list[tuple[str, Any]] = [(where, value)]
    if _is_map(field):
        if not isinstance(value, dict):
            raise Permanent(where, "is not a JSON object", "Send an object of names and values.")
        items = [(f"{where}[{_short(name)}]", item) for name, item in value.items()]
    elif field.is_repeated:
        if not isinstance(value, list):
            raise Permanent(where, "is not a list", "Send a list, even of one.")
        items = [(f"{where}[{index}]", item) for index, item in enumerate(value)]
    one = _value_field(field)
    for place, item in items:
        if one.message_type is not None and one.message_type.full_name != _TIMESTAMP:
            _locate(item, one.message_type, place)
        elif not _readable(item, one):
            raise Permanent(place, *_wanted(one))


def _readable(item: Any, field: FieldDescriptor) -> bool:
    """Tell whether json_format reads the item, by reading it alone into a message of the type that has the field."""
    alone = message_factory.GetMessageClass(_described(field.containing_type))()
    try:
        json_format.ParseDict({field.name: [item] if field.is_repeated else item}, alone)
    except (json_format.ParseError, ValueError, TypeError, OverflowError, AttributeError):
        return False
    return True


def _wanted(field: FieldDescriptor) -> tuple[str, str]:
    if field.enum_type is not None:
        return f"is not a value of {field.enum_type.name}", _known_values(field.enum_type)
    if field.message_type is not None:
        return "is not an RFC 3339 time with a time zone", "For example 2026-03-01T09:30:00Z."
    if field.type == FieldDescriptor.TYPE_BYTES:
        return "is not base64", "Send the bytes as base64 text."
    return _WANTED[field.cpp_type], "Send a value of the field's type."


def _known_values(kind: EnumDescriptor) -> str:
    return f"Known: {', '.join(value.name for value in kind.values if value.number)}."


def _described(descriptor: D | None) -> D:
    """Return the descriptor that this kind of field always has; the stubs cannot know."""
    assert descriptor is not None
    return descriptor


def _short(name: str) -> str:
    """Return a member's name, short and printable enough for a header."""
    return "".join(character if character.isprintable() else "?" for character in name[:64])
