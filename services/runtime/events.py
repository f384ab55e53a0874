"""CloudEvents 1.0 on Kafka: binary protobuf, binary JSON and structured JSON in; binary protobuf out.

Everything that is wrong with an incoming record is a ``Permanent`` that names the field as its sender wrote it and says
what to do. Reasons never repeat a value of the data: they end in headers of dead letters and in logs.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from uuid import UUID, uuid5

from google.protobuf.message import Message

from services.runtime.errors import Permanent
from services.runtime.payload import from_base64, from_json, from_object, from_protobuf, parse_json

SPEC_VERSION = "1.0"
PROTOBUF = "application/protobuf"
JSON = "application/json"
STRUCTURED = "application/cloudevents+json"
# The largest event that a clinic may send, and the largest between our services (the state folded of many reports).
INGRESS_MAX_BYTES = 64 * 1024
MAX_BYTES = 1024 * 1024
# Ids and sources are kept in documents and headers for ever; 256 characters hold every UUID, ULID and URN in use.
MAX_ATTRIBUTE_CHARACTERS = 256
# uuid5(NAMESPACE_URL, "https://attune.invalid/events"): fixed for ever, or the ids of repeated events would change.
NAMESPACE = UUID("caba8cb2-b088-5b6b-a256-610f3e3e7dcc")

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
_SOURCE = re.compile(r"/sites/(?P<site>[A-Za-z0-9][A-Za-z0-9._:-]{0,63})/[^\s]+")
_RFC3339 = re.compile(r"(\d{4}-\d{2}-\d{2})[Tt](\d{2}:\d{2}:\d{2})(?:\.(\d+))?([Zz]|[+-]\d{2}:\d{2})", re.ASCII)

Registry = Mapping[str, type[Message]]
Headers = Sequence[tuple[str, bytes]]


@dataclass(frozen=True, slots=True)
class Event:
    """A CloudEvent with its decoded data. ``key`` is the Kafka key: the episode whose events stay in order."""

    id: str
    source: str
    type: str
    subject: str
    time: datetime
    data: Message
    key: str
    traceparent: str | None = None

    @property
    def site_id(self) -> str:
        """The site that the source names."""
        return site_of(self.source)


def site_of(source: str) -> str:
    """Return the site in ``/sites/<site>/...``; empty when the source is not of that form."""
    match = _SOURCE.fullmatch(source)
    return match["site"] if match else ""


def derived_id(cause: str, kind: str, revision: int) -> str:
    """Return the id of the one event of this kind and revision that the cause can ever make."""
    return str(uuid5(NAMESPACE, f"{cause}\n{kind}\n{revision}"))


def make(
    *,
    site_id: str,
    service: str,
    type: str,
    key: str,
    subject: str,
    cause: str,
    revision: int,
    time: datetime,
    data: Message,
    traceparent: str | None = None,
) -> Event:
    """Build an event of ours. ``cause`` names what made it (an event id, or an aggregate), unique within the site."""
    return Event(
        id=derived_id(f"{site_id}/{cause}", type, revision),
        source=f"/sites/{site_id}/{service}",
        type=type,
        subject=subject,
        time=time,
        data=data,
        key=key,
        traceparent=traceparent,
    )


def encode(event: Event) -> tuple[bytes, bytes, list[tuple[str, bytes]]]:
    """Return key, value and headers of the event in binary protobuf mode; the same event gives the same bytes."""
    value = event.data.SerializeToString(deterministic=True)
    if not event.key or not value:
        # On a compacted topic an empty value is a deletion, and without a key there is no order: never by accident.
        raise ValueError(f"an event of type {event.type} needs a key and data")
    attributes = {
        "ce_specversion": SPEC_VERSION,
        "ce_id": event.id,
        "ce_source": event.source,
        "ce_type": event.type,
        "ce_subject": event.subject,
        "ce_time": format_time(event.time),
        "content-type": PROTOBUF,
        "traceparent": event.traceparent,
    }
    headers = [(name, text.encode()) for name, text in attributes.items() if text]
    return event.key.encode(), value, headers


def decode(
    key: bytes | None, value: bytes | None, headers: Headers, registry: Registry, *, max_bytes: int = MAX_BYTES
) -> Event:
    """Read a record in any of the three modes; raise ``Permanent`` naming the first field that is wrong."""
    if not value:
        raise Permanent("value", "is empty", "Send the event's data; an empty value would mean a deletion.")
    if len(value) > max_bytes:
        raise Permanent("value", f"has {len(value)} bytes; the limit is {max_bytes}", "Send a smaller event.")
    named = _header_map(headers)
    content_type = _media_type(named.get("content-type"))
    if content_type == STRUCTURED:
        return _structured(key, value, registry)
    if content_type not in (PROTOBUF, JSON):
        raise Permanent(
            "content-type",
            "is missing" if not content_type else f"{_shown(content_type)} is not supported",
            f"Set the header to {PROTOBUF}, {JSON} or {STRUCTURED}.",
        )
    attributes = {name.removeprefix("ce_"): text for name, text in named.items() if name.startswith("ce_")}
    attributes["traceparent"] = named.get("traceparent") or attributes.get("traceparent", "")
    envelope = _Envelope(attributes, prefix="ce_")
    message_type = envelope.message_type(registry)
    data = from_protobuf(value, message_type) if content_type == PROTOBUF else from_json(value, message_type)
    return envelope.event(key, data)


def format_time(time: datetime) -> str:
    """Return an aware time as RFC 3339 in UTC."""
    if time.tzinfo is None:
        raise ValueError("an event's time needs a time zone")
    return time.astimezone(UTC).isoformat().replace("+00:00", "Z")


def parse_time(text: str) -> datetime:
    """Read an RFC 3339 time, to the microsecond, as UTC; ValueError when it is none."""
    match = _RFC3339.fullmatch(text)
    if not match:
        raise ValueError("not an RFC 3339 time with a time zone")
    day, clock, fraction, zone = match.groups()
    offset = "+00:00" if zone in "Zz" else zone
    try:
        return datetime.fromisoformat(f"{day}T{clock}.{(fraction or '0')[:6]:<06}{offset}").astimezone(UTC)
    except OverflowError:
        raise ValueError("outside the years 1 to 9999") from None


class _Envelope:
    """The attributes of one event; ``prefix`` is how its sender wrote their names."""

    def __init__(self, attributes: Mapping[str, str], prefix: str) -> None:
        self._attributes = attributes
        self._prefix = prefix
        version = self._required("specversion", f"Set it to {SPEC_VERSION}.")
        if version != SPEC_VERSION:
            raise self._wrong("specversion", f"{_shown(version)} is not supported", f"Set it to {SPEC_VERSION}.")
        self.id = self._required("id", "Set an id that is unique for the source; a retry repeats it.")
        self.source = self._required("source", "Set it to /sites/<site>/<system>.")
        self.type = self._required("type", "Set the event's type.")
        self.time = self._time()
        if not site_of(self.source):
            raise self._wrong("source", "does not name a site", "Set it to /sites/<site>/<system>.")

    def message_type(self, registry: Registry) -> type[Message]:
        known = registry.get(self.type)
        if known is None:
            raise self._wrong(
                "type",
                f"{_shown(self.type)} is not a known type",
                f"Known here: {', '.join(sorted(registry)) or 'none'}.",
            )
        schema = self._attributes.get("dataschema", "")
        name = known.DESCRIPTOR.full_name
        if schema and re.split(r"[/:#]", schema)[-1] != name:
            raise self._wrong("dataschema", f"is not the schema of {self.type}", f"Leave it out or end it with {name}.")
        return known

    def event(self, key: bytes | None, data: Message) -> Event:
        text = _key(key)
        episode = str(getattr(data, "episode_id", ""))
        if episode and episode != text:
            raise Permanent("key", "differs from data.episode_id", "Use the episode_id as the record's key.")
        subject = self._attributes.get("subject", "")
        if subject.startswith("episodes/") and subject != f"episodes/{text}":
            raise self._wrong("subject", "names another episode than the key", "Set it to episodes/<episode_id>.")
        trace = self._attributes.get("traceparent") or None
        return Event(self.id, self.source, self.type, subject, self.time, data, text, trace)

    def _required(self, name: str, advice: str) -> str:
        text = self._attributes.get(name, "")
        if not text.strip():
            raise self._wrong(name, "is missing", advice)
        if len(text) > MAX_ATTRIBUTE_CHARACTERS:
            raise self._wrong(name, f"is longer than {MAX_ATTRIBUTE_CHARACTERS} characters", "Shorten it.")
        if not text.isprintable():
            raise self._wrong(name, "has control characters", "Remove them.")
        return text

    def _time(self) -> datetime:
        advice = "Set when it happened as RFC 3339, for example 2026-03-01T09:30:00Z."
        try:
            return parse_time(self._required("time", advice))
        except ValueError:
            raise self._wrong("time", "is not an RFC 3339 time with a time zone", advice) from None

    def _wrong(self, name: str, reason: str, advice: str) -> Permanent:
        return Permanent(self._prefix + name, reason, advice)


def _structured(key: bytes | None, value: bytes, registry: Registry) -> Event:
    envelope_json = parse_json(value, "value")
    if not isinstance(envelope_json, dict):
        raise Permanent("value", "is not a JSON object", "Send one event as one object; batches are not supported.")
    attributes: dict[str, str] = {}
    for name, attribute in envelope_json.items():
        if name in ("data", "data_base64") or attribute is None:
            continue
        if not isinstance(attribute, str):
            if name in _TEXT_ATTRIBUTES:
                raise Permanent(name, "is not a string", "Write it in quotes.")
            continue  # an extension attribute that we do not use
        attributes[name] = attribute
    envelope = _Envelope(attributes, prefix="")
    message_type = envelope.message_type(registry)
    return envelope.event(key, _structured_data(envelope_json, attributes, message_type))


_TEXT_ATTRIBUTES = frozenset(
    {"specversion", "id", "source", "type", "subject", "time", "datacontenttype", "dataschema", "traceparent"}
)


def _structured_data(envelope: Mapping[str, object], attributes: Mapping[str, str], kind: type[Message]) -> Message:
    content_type = _media_type(attributes.get("datacontenttype")) or JSON
    if content_type not in (JSON, PROTOBUF):
        raise Permanent("datacontenttype", f"{_shown(content_type)} is not supported", f"Use {JSON} or {PROTOBUF}.")
    if envelope.get("data") is not None and envelope.get("data_base64") is not None:
        raise Permanent("data", "is given twice, as data and as data_base64", "Leave one out.")
    if envelope.get("data_base64") is not None:
        raw = from_base64(envelope["data_base64"])
        return from_protobuf(raw, kind) if content_type == PROTOBUF else from_json(raw, kind)
    if envelope.get("data") is None:
        raise Permanent("data", "is missing", "Send the event's data as an object, or as data_base64.")
    if content_type == PROTOBUF:
        raise Permanent("data", "cannot hold protobuf", f"Send it as data_base64, or set datacontenttype to {JSON}.")
    return from_object(envelope["data"], kind)


def _header_map(headers: Headers) -> dict[str, str]:
    """Return the headers that decide about the event, by lower-case name."""
    named: dict[str, str] = {}
    for raw_name, raw in headers:
        name = raw_name.lower()
        if not (name.startswith("ce_") or name in ("content-type", "traceparent")) or raw is None:
            continue
        try:
            text = raw.decode()
        except UnicodeDecodeError:
            raise Permanent(name, "is not UTF-8", "Send the header as UTF-8 text.") from None
        if named.setdefault(name, text) != text:
            raise Permanent(name, "is given twice, differently", "Send the header once.")
    return named


def _media_type(text: str | None) -> str:
    """Return the media type without parameters; a charset other than UTF-8 is refused."""
    media_type, _, parameters = (text or "").partition(";")
    charset = re.search(r"charset\s*=\s*\"?([^\s;\"]+)", parameters, re.IGNORECASE)
    if charset and charset[1].lower() not in ("utf-8", "utf8", "us-ascii"):
        raise Permanent("content-type", "names a charset that is not supported", "Send UTF-8.")
    return media_type.strip().lower()


def _key(key: bytes | None) -> str:
    if not key:
        raise Permanent("key", "is missing", "Use the episode_id as the record's key: it keeps the episode's order.")
    try:
        text = key.decode()
    except UnicodeDecodeError:
        raise Permanent("key", "is not UTF-8", "Use the episode_id as the record's key.") from None
    if not IDENTIFIER.fullmatch(text):
        raise Permanent("key", "is not an identifier", "Use the episode_id: 1 to 64 letters, digits and . _ : -")
    return text


def _shown(text: str) -> str:
    """Quote what the sender wrote in an attribute, short enough for a header."""
    return repr(text if len(text) <= 80 else text[:77] + "...")
