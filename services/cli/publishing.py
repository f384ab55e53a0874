"""CloudEvents from a file to Kafka: each is checked by Attune's own codec, sent as structured JSON, and confirmed."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from kafka import KafkaProducer

from services.cli.errors import USAGE, Problem
from services.cli.ingress import INGRESS, REGISTRY, SOURCE
from services.runtime import events

CONTENT_TYPE = b"application/cloudevents+json"
TIMEOUT_MS = 15_000


@dataclass(frozen=True, slots=True)
class Prepared:
    """One event, ready for Kafka."""

    id: str
    type: str
    site: str
    topic: str
    key: bytes
    value: bytes
    headers: list[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Published:
    """One event that the broker acknowledged."""

    id: str
    type: str
    topic: str
    partition: int
    offset: int


def parse(text: str) -> list[dict[str, Any]]:
    """The events in a text: one JSON object, an array of them, or one object a line."""
    found = list(_values(text))
    if not found:
        raise Problem("there is no event in the input; see `attune schema --example` for one", USAGE)
    for number, event in enumerate(found, start=1):
        if not isinstance(event, dict):
            raise Problem(f"event {number} is not a JSON object; see `attune schema --example` for one", USAGE)
    return found


def _values(text: str) -> Iterator[Any]:
    decoder, place = json.JSONDecoder(), 0
    text = text.strip()
    while place < len(text):
        try:
            value, place = decoder.raw_decode(text, place)
        except ValueError as error:
            raise Problem(f"not JSON: {error}; send one event, an array, or one event a line", USAGE) from error
        while place < len(text) and text[place].isspace():
            place += 1
        if isinstance(value, list):
            yield from value
        else:
            yield value


def prepare(event: Mapping[str, Any], token: str) -> Prepared:
    """The Kafka record of one event; raises Permanent or Problem naming the field when Attune would refuse it."""
    kind = event.get("type")
    ingress = INGRESS.get(str(kind))
    if ingress is None:
        raise Problem(f"type: {kind!r} is not an event that clinics publish; `attune schema` lists them", USAGE)
    source = SOURCE.match(str(event.get("source", "")))
    if source is None:
        raise Problem(f"source: {event.get('source')!r} must be /sites/<your site>/<your system>", USAGE)
    value = json.dumps(event, ensure_ascii=False, separators=(",", ":")).encode()
    data = event.get("data")
    key = str(data.get("episode_id") or data.get("episodeId") or "").encode() if isinstance(data, dict) else b""
    headers = [("content-type", CONTENT_TYPE), ("authorization", f"Bearer {token}".encode())]
    checked = events.decode(key, value, headers, REGISTRY)
    return Prepared(checked.id, checked.type, source.group(1), ingress.topic, key, value, headers)


def send(bootstrap: str, prepared: list[Prepared]) -> Iterator[Published]:
    """Send in order; each is yielded once the broker has it on disk on every in-sync replica. Raises KafkaError."""
    producer = KafkaProducer(
        bootstrap_servers=bootstrap,
        acks="all",
        max_block_ms=TIMEOUT_MS,
        request_timeout_ms=TIMEOUT_MS - 5_000,
        delivery_timeout_ms=TIMEOUT_MS,
    )
    try:
        for one in prepared:
            placed = producer.send(one.topic, key=one.key, value=one.value, headers=one.headers).get(
                timeout=TIMEOUT_MS / 1000
            )
            yield Published(one.id, one.type, placed.topic, placed.partition, placed.offset)
    finally:
        producer.close(timeout=5)
