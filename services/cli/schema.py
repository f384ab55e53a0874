"""JSON Schema (draft 2020-12) of the ingress events, from the protobuf descriptors, their comments and the rules."""

from __future__ import annotations

from functools import cache
from importlib import resources
from typing import Any, cast

from google.protobuf.descriptor import Descriptor, EnumDescriptor, FieldDescriptor
from google.protobuf.descriptor_pb2 import FileDescriptorSet

from services.cli.ingress import EXAMPLE_SITE, INGRESS, LOCAL_ID, SOURCE, Ingress
from services.cli.rules import REQUIRED, RULES

DIALECT = "https://json-schema.org/draft/2020-12/schema"
# Descriptors with the comments of the .proto files; `make protos` writes it beside the generated code.
COMMENTED = "descriptors.binpb"
_MESSAGE_FIELD, _ENUM_VALUE = 2, 2  # field numbers of the lists in DescriptorProto and EnumDescriptorProto
_FILE_MESSAGES, _FILE_ENUMS = 4, 5  # field numbers of the lists in FileDescriptorProto

_INTEGER_LIMITS: dict[int, tuple[int, int]] = {
    FieldDescriptor.TYPE_UINT32: (0, 2**32 - 1),
    FieldDescriptor.TYPE_INT32: (-(2**31), 2**31 - 1),
}
_SIMPLE: dict[int, dict[str, Any]] = {
    FieldDescriptor.TYPE_STRING: {"type": "string"},
    FieldDescriptor.TYPE_BOOL: {"type": "boolean"},
    FieldDescriptor.TYPE_DOUBLE: {"type": "number"},
}


def schema_of(ingress: Ingress) -> dict[str, Any]:
    """The schema of one event type as a structured-mode CloudEvent."""
    definitions: dict[str, Any] = {}
    data = _message_schema(cast(Descriptor, ingress.message.DESCRIPTOR), definitions)
    return {
        "$schema": DIALECT,
        "$id": f"urn:attune:{ingress.type}",
        "title": ingress.type,
        "description": f"{ingress.purpose} Publish it to {ingress.topic} with the episode_id as the key.",
        "type": "object",
        "required": ["specversion", "id", "source", "type", "subject", "time", "data"],
        "properties": {
            "specversion": {"const": "1.0"},
            "id": {
                "type": "string",
                "minLength": 1,
                "description": "Your own id of this event; the same again changes nothing.",
            },
            "source": {"type": "string", "pattern": SOURCE.pattern, "description": "/sites/<your site>/<your system>"},
            "type": {"const": ingress.type},
            "subject": {"type": "string", "pattern": f"^episodes/{LOCAL_ID}$"},
            "time": {"type": "string", "format": "date-time", "description": "When it happened at the clinic."},
            "datacontenttype": {"const": "application/json"},
            "traceparent": {"type": "string", "description": "W3C trace context."},
            "data": data,
        },
        "$defs": definitions,
    }


def document(site: str = EXAMPLE_SITE) -> dict[str, Any]:
    """Schema and valid example (from `site`) of every ingress event, by type."""
    return {
        name: {"topic": each.topic, "key": "data.episode_id", "schema": schema_of(each), "example": each.event(site)}
        for name, each in INGRESS.items()
    }


def _message_schema(descriptor: Descriptor, definitions: dict[str, Any]) -> dict[str, Any]:
    properties = {field.name: _field_schema(field, definitions) for field in descriptor.fields}
    schema: dict[str, Any] = {"type": "object", "properties": properties, "additionalProperties": False}
    if required := REQUIRED.get(descriptor.name):
        schema["required"] = list(required)
    if comment := _comments().get(descriptor.full_name):
        schema["description"] = comment
    return schema


def _field_schema(field: FieldDescriptor, definitions: dict[str, Any]) -> dict[str, Any]:
    message = field.containing_type.name if field.containing_type is not None else ""
    rules = dict(RULES.get(f"{message}.{field.name}", {}))
    schema: dict[str, Any]
    if field.enum_type is not None and field.name in REQUIRED.get(message, ()):
        schema = _without_unspecified(field.enum_type)
    elif field.is_repeated:
        items = {**_value_schema(field, definitions), **rules.pop("items", {})}
        schema = {"type": "array", "items": items, **rules}
    else:
        schema = {**_value_schema(field, definitions), **rules}
    if comment := _comments().get(field.full_name):
        schema["description"] = comment
    return schema


def _value_schema(field: FieldDescriptor, definitions: dict[str, Any]) -> dict[str, Any]:
    if field.type in _SIMPLE:
        return dict(_SIMPLE[field.type])
    if field.type in _INTEGER_LIMITS:
        low, high = _INTEGER_LIMITS[field.type]
        return {"type": "integer", "minimum": low, "maximum": high}
    if field.enum_type is not None:
        definitions.setdefault(field.enum_type.name, _enum_schema(field.enum_type))
        return {"$ref": f"#/$defs/{field.enum_type.name}"}
    if field.message_type is None:
        raise NotImplementedError(f"{field.full_name}: its protobuf type has no JSON Schema here yet")
    if field.message_type.full_name == "google.protobuf.Timestamp":
        return {"type": "string", "format": "date-time"}
    if field.message_type.name not in definitions:
        definitions[field.message_type.name] = {}  # held while it is made, should a message hold itself
        definitions[field.message_type.name] = _message_schema(field.message_type, definitions)
    return {"$ref": f"#/$defs/{field.message_type.name}"}


def _enum_schema(descriptor: EnumDescriptor) -> dict[str, Any]:
    schema: dict[str, Any] = {"type": "string", "enum": [value.name for value in descriptor.values]}
    told = [
        f"{value.name}: {text}"
        for value in descriptor.values
        if (text := _comments().get(_value_name(descriptor, value.name)))
    ]
    if told:
        schema["description"] = " ".join(told)
    return schema


def _without_unspecified(descriptor: EnumDescriptor) -> dict[str, Any]:
    return {"type": "string", "enum": [value.name for value in descriptor.values if value.number != 0]}


def _value_name(descriptor: EnumDescriptor, value: str) -> str:
    return f"{descriptor.full_name}.{value}"


@cache
def _comments() -> dict[str, str]:
    """Leading comments by full name of message, field, enum and enum value."""
    packed = resources.files("attune.clinic.v1").joinpath(COMMENTED).read_bytes()
    found: dict[str, str] = {}
    for file in FileDescriptorSet.FromString(packed).file:
        by_path = {
            tuple(place.path): " ".join(place.leading_comments.split()) for place in file.source_code_info.location
        }
        for number, message in enumerate(file.message_type):
            name = f"{file.package}.{message.name}"
            found[name] = by_path.get((_FILE_MESSAGES, number), "")
            for index, field in enumerate(message.field):
                found[f"{name}.{field.name}"] = by_path.get((_FILE_MESSAGES, number, _MESSAGE_FIELD, index), "")
        for number, enum in enumerate(file.enum_type):
            name = f"{file.package}.{enum.name}"
            for index, value in enumerate(enum.value):
                found[f"{name}.{value.name}"] = by_path.get((_FILE_ENUMS, number, _ENUM_VALUE, index), "")
    return {name: text for name, text in found.items() if text}
