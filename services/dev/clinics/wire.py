"""How an event looks on Kafka: structured JSON, binary JSON, or binary protobuf.

Written from the CloudEvents specification alone, without Attune's own codec, as an outsider would.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from google.protobuf.json_format import MessageToDict
from google.protobuf.message import Message

from services.dev.clinics.story import SUBMITTED, Outgoing

SESSION_TOPIC = "clinic.session-events.v1"
FEEDBACK_TOPIC = "clinic.feedback-events.v1"

Header = tuple[str, bytes]


@dataclass(frozen=True, slots=True)
class Record:
    """A Kafka record, ready to send."""

    topic: str
    key: bytes
    value: bytes | None
    headers: list[Header]


def structured_json(event: Outgoing, token: str) -> Record:
    """CloudEvents structured mode; the whole event is one JSON object with the .proto file's field names."""
    envelope: dict[str, Any] = {
        "specversion": "1.0",
        **_attributes(event),
        "datacontenttype": "application/json",
        "data": plain(event.message),
    }
    return _record(event, _json(envelope), [("content-type", b"application/cloudevents+json; charset=UTF-8")], token)


def binary_json(event: Outgoing, token: str) -> Record:
    """CloudEvents binary mode with JSON data, in camelCase as protobuf's JSON mapping has it."""
    headers = [("content-type", b"application/json"), *_binary_headers(event)]
    return _record(event, _json(MessageToDict(event.message)), headers, token)


def binary_protobuf(event: Outgoing, token: str) -> Record:
    """CloudEvents binary mode with protobuf data."""
    headers = [("content-type", b"application/protobuf"), *_binary_headers(event)]
    return _record(event, event.message.SerializeToString(), headers, token)


def spoil(record: Record, kind: str) -> Record:
    """The record with what is wrong on the wire only; other kinds of rubbish are wrong already and stay as they are."""
    damage = _DAMAGE.get(kind)
    return record if damage is None else Record(record.topic, record.key, damage(record.value or b""), record.headers)


def plain(message: Message) -> dict[str, Any]:
    """Protobuf's JSON mapping with the names of the .proto file."""
    return MessageToDict(message, preserving_proto_field_name=True)


def _unknown_field(value: bytes) -> bytes:
    event = json.loads(value)
    event.get("data", event)["mood"] = "sunny"
    return _json(event)


_DAMAGE: dict[str, Callable[[bytes], bytes | None]] = {
    "not-utf8": lambda value: b"\xff\xfe" + value,
    "truncated": lambda value: value[:-3],
    "empty": lambda value: None,
    "unknown-field": _unknown_field,
}


def _record(event: Outgoing, value: bytes, headers: list[Header], token: str) -> Record:
    topic = FEEDBACK_TOPIC if event.type == SUBMITTED else SESSION_TOPIC
    return Record(topic, event.episode_id.encode(), value, [*headers, ("authorization", f"Bearer {token}".encode())])


def _attributes(event: Outgoing) -> dict[str, str]:
    return {
        "id": event.event_id,
        "source": f"/sites/{event.site}/practice-software",
        "type": event.type,
        "subject": f"episodes/{event.episode_id}",
        "time": event.time.isoformat(),
    }


def _binary_headers(event: Outgoing) -> list[Header]:
    attributes = {"specversion": "1.0", **_attributes(event)}
    return [(f"ce_{name}", value.encode()) for name, value in attributes.items()]


def _json(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()
