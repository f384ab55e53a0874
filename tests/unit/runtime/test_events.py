"""The CloudEvents codec: the three modes in, one mode out, and a reason for every kind of rubbish."""

import base64
import contextlib
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from attune.clinic.v1 import feedback_events_pb2 as feedback
from attune.clinic.v1 import session_events_pb2 as clinic
from google.protobuf import json_format
from hypothesis import given
from hypothesis import strategies as st

from services.runtime import events
from services.runtime.errors import Permanent

OPENED = "attune.episode.opened.v1"
SUBMITTED = "attune.feedback.submitted.v1"
REGISTRY: events.Registry = {OPENED: clinic.EpisodeOpened, SUBMITTED: feedback.FeedbackSubmitted}
TIME = datetime(2026, 3, 1, 9, 30, tzinfo=UTC)
EPISODE: dict[str, Any] = {
    "episode_id": "e-1",
    "client_ids": ["c-1"],
    "therapist_id": "t-1",
    "opened_at": "2026-03-01T09:00:00Z",
    "modality": "MODALITY_INDIVIDUAL",
}
RESPONSE: dict[str, Any] = {
    "episode_id": "e-1",
    "response_id": "r-1",
    "answers": [{"item": 1, "value": 7.5}, {"item": 2, "value": 3}],
}


def message() -> clinic.EpisodeOpened:
    return json_format.ParseDict(EPISODE, clinic.EpisodeOpened())


def headers(content_type: str = events.PROTOBUF, **changes: str | None) -> list[tuple[str, bytes]]:
    named: dict[str, str | None] = {
        "ce_specversion": "1.0",
        "ce_id": "01",
        "ce_source": "/sites/north/ehr",
        "ce_type": OPENED,
        "ce_subject": "episodes/e-1",
        "ce_time": "2026-03-01T09:30:00Z",
        "content-type": content_type,
        "traceparent": "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    }
    named |= {name.replace("content_type", "content-type"): value for name, value in changes.items()}
    return [(name, value.encode()) for name, value in named.items() if value is not None]


def envelope(**changes: Any) -> bytes:
    attributes: dict[str, Any] = {
        "specversion": "1.0",
        "id": "01",
        "source": "/sites/north/ehr",
        "type": OPENED,
        "time": "2026-03-01T09:30:00Z",
        "data": EPISODE,
    }
    return json.dumps({name: value for name, value in (attributes | changes).items() if value is not ...}).encode()


def refused(
    value: bytes | None, given_headers: list[tuple[str, bytes]], key: bytes | None = b"e-1", **options: int
) -> Permanent:
    with pytest.raises(Permanent) as caught:
        events.decode(key, value, given_headers, REGISTRY, **options)
    assert caught.value.reason
    assert caught.value.advice, "every refusal says what to do"
    return caught.value


def test_the_three_modes_mean_the_same() -> None:
    raw = message().SerializeToString()
    structured = [("content-type", b"application/cloudevents+json; charset=UTF-8")]
    camel = {
        "episodeId": "e-1",
        "clientIds": ["c-1"],
        "therapistId": "t-1",
        "openedAt": EPISODE["opened_at"],
        "modality": 1,
    }
    read = [
        events.decode(b"e-1", raw, headers(), REGISTRY),
        events.decode(b"e-1", json.dumps(EPISODE).encode(), headers(events.JSON), REGISTRY),
        events.decode(b"e-1", json.dumps(camel).encode(), headers("application/json; charset=utf-8"), REGISTRY),
        events.decode(b"e-1", envelope(), structured, REGISTRY),
        events.decode(
            b"e-1",
            envelope(data=..., data_base64=base64.b64encode(raw).decode(), datacontenttype=events.PROTOBUF),
            structured,
            REGISTRY,
        ),
    ]
    for event in read:
        assert event.data == message()
        assert (event.id, event.site_id, event.key, event.time) == ("01", "north", "e-1", TIME)


def test_what_we_write_we_read() -> None:
    event = events.make(
        site_id="north",
        service="intake",
        type=OPENED,
        key="e-1",
        subject="episodes/e-1",
        cause="01",
        revision=3,
        time=TIME,
        data=message(),
        traceparent="00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01",
    )
    key, value, written = events.encode(event)
    assert dict(written)["content-type"] == b"application/protobuf"
    assert dict(written)["ce_source"] == b"/sites/north/intake"
    assert events.decode(key, value, written, REGISTRY) == event
    assert events.encode(event) == (key, value, written), "the same event is the same bytes"


def test_ids_of_ours_never_change() -> None:
    # A changed id would make every repeated event a new one: the value is part of the wire contract.
    assert events.derived_id("a", "b", 1) == "cb57c99f-d5e8-5ac7-8bb6-8ea8f16d8761"
    ids = {events.derived_id(*parts) for parts in [("a", "b", 1), ("a", "b", 2), ("a", "c", 1), ("ab", "", 1)]}
    assert len(ids) == 4


def test_one_event_of_two_sites_has_two_ids() -> None:
    common: dict[str, Any] = {
        "service": "intake", "type": OPENED, "key": "e", "subject": "", "cause": "1", "revision": 1, "time": TIME,
        "data": message(),
    }  # fmt: skip
    assert events.make(site_id="north", **common).id != events.make(site_id="south", **common).id


@pytest.mark.parametrize("key", ["", "e-1"])
def test_an_empty_value_is_never_written(key: str) -> None:
    data = clinic.EpisodeOpened() if key else message()
    with pytest.raises(ValueError, match="needs a key and data"):
        events.encode(events.Event("1", "/sites/a/b", OPENED, "", TIME, data, key))


@pytest.mark.parametrize("value", [None, b""])
def test_tombstone(value: bytes | None) -> None:
    assert refused(value, headers()).field == "value"


def test_too_large() -> None:
    wrong = refused(b"x" * 65_537, headers(), max_bytes=events.INGRESS_MAX_BYTES)
    assert wrong.field == "value"
    assert "65537" in wrong.reason


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"ce_specversion": None}, "ce_specversion"),
        ({"ce_specversion": "0.3"}, "ce_specversion"),
        ({"ce_id": None}, "ce_id"),
        ({"ce_id": " "}, "ce_id"),
        ({"ce_id": "x" * 257}, "ce_id"),
        ({"ce_id": "a\nb"}, "ce_id"),
        ({"ce_source": None}, "ce_source"),
        ({"ce_source": "urn:north"}, "ce_source"),
        ({"ce_source": "/sites//ehr"}, "ce_source"),
        ({"ce_source": "/sites/north"}, "ce_source"),
        ({"ce_type": None}, "ce_type"),
        ({"ce_time": None}, "ce_time"),
        ({"ce_time": "yesterday"}, "ce_time"),
        ({"ce_time": "2026-03-01T09:30:00"}, "ce_time"),
        ({"ce_time": "2026-02-30T09:30:00Z"}, "ce_time"),
        ({"ce_time": "0001-01-01T00:00:00+10:00"}, "ce_time"),
        ({"ce_subject": "episodes/e-2"}, "ce_subject"),
        ({"ce_dataschema": "urn:attune:attune.clinic.v2.EpisodeOpened"}, "ce_dataschema"),
        ({"content_type": None}, "content-type"),
        ({"content_type": "text/plain"}, "content-type"),
        ({"content_type": "application/cloudevents-batch+json"}, "content-type"),
        ({"content_type": "application/json; charset=latin-1"}, "content-type"),
    ],
)
def test_headers_that_are_wrong(changes: dict[str, str | None], field: str) -> None:
    assert refused(message().SerializeToString(), headers(**changes)).field == field


@pytest.mark.parametrize("kind", ["attune.episode.opened.v2", "attune.nonsense", "x" * 200])
def test_an_unknown_type_names_the_known(kind: str) -> None:
    wrong = refused(message().SerializeToString(), headers(ce_type=kind))
    assert wrong.field == "ce_type"
    assert OPENED in wrong.advice
    assert len(wrong.reason) < 150


def test_headers_that_are_no_text_or_contradict() -> None:
    assert refused(b"x", [*headers(ce_id=None), ("ce_id", b"\xff")]).field == "ce_id"
    assert refused(b"x", [*headers(), ("ce_id", b"02")]).field == "ce_id"


@pytest.mark.parametrize(
    ("key", "field"), [(None, "key"), (b"", "key"), (b"e-2", "key"), (b"\xff\xfe", "key"), (b"a b", "key")]
)
def test_the_key_keeps_the_order(key: bytes | None, field: str) -> None:
    assert refused(message().SerializeToString(), headers(ce_subject=None), key).field == field


def test_protobuf_that_is_truncated_or_not_text() -> None:
    raw = message().SerializeToString()
    assert refused(raw[:-3], headers()).field == "data"
    not_text = refused(b"\x0a\x02\xff\xfe", headers())
    assert (not_text.field, "UTF-8" in not_text.reason) == ("data", True)
    assert refused(b"\xf8\x3f\x01", headers()).field == "data", "only fields that are unknown"


def test_a_newer_schema() -> None:
    raw = message().SerializeToString()
    newer = events.decode(b"e-1", raw + b"\xfa\x3f\x03new", headers(), REGISTRY)
    assert newer.data == message(), "a field that was added is ignored"
    enum = refused(raw + b"\x28\x63", headers())
    assert enum.field == "data.modality"
    assert "99" in enum.reason
    assert "MODALITY_GROUP" in enum.advice


def test_a_time_that_is_none() -> None:
    event = message()
    event.opened_at.seconds = 10**15
    assert refused(event.SerializeToString(), headers()).field == "data.opened_at"


@pytest.mark.parametrize(
    ("data", "field"),
    [
        ({**EPISODE, "mood": 1}, "data.mood"),
        ({**EPISODE, "agreement": {"goal": []}}, "data.agreement.goal"),
        ({**EPISODE, "agreement": [1]}, "data.agreement"),
        ({**EPISODE, "agreement": {"goals": ["a", 1]}}, "data.agreement.goals[1]"),
        ({**EPISODE, "agreement": {"barriers": ["BARRIER_LANGUAGE", "SEA"]}}, "data.agreement.barriers[1]"),
        ({**EPISODE, "modality": "SOLO"}, "data.modality"),
        ({**EPISODE, "modality": 99}, "data.modality"),
        ({**EPISODE, "opened_at": "yesterday"}, "data.opened_at"),
        ({**EPISODE, "client_ids": "c-1"}, "data.client_ids"),
        ({**EPISODE, "client_ids": [1]}, "data.client_ids[0]"),
        ({**EPISODE, "therapist_id": 1}, "data.therapist_id"),
        ({**EPISODE, "consent": {"monitoring": "yes"}}, "data.consent.monitoring"),
        ([EPISODE], "data"),
        ("text", "data"),
        ({}, "data"),
    ],
)
def test_json_that_is_wrong_is_named_by_its_path(data: object, field: str) -> None:
    assert refused(json.dumps(data).encode(), headers(events.JSON)).field == field


@pytest.mark.parametrize(
    ("answer", "field"),
    [
        ({"item": -1, "value": 1}, "data.answers[2].item"),
        ({"item": 1.5, "value": 1}, "data.answers[2].item"),
        ({"item": 2**40, "value": 1}, "data.answers[2].item"),
        ({"item": 1, "value": "ten"}, "data.answers[2].value"),
        ({"item": 1, "value": "NaN"}, "data.answers[2].value"),
        ({"item": 1, "value": "Infinity"}, "data.answers[2].value"),
        (7, "data.answers[2]"),
    ],
)
def test_an_answer_is_named_by_its_index(answer: object, field: str) -> None:
    body = json.dumps({**RESPONSE, "answers": [*RESPONSE["answers"], answer]}).encode()
    assert refused(body, headers(events.JSON, ce_type=SUBMITTED)).field == field


@pytest.mark.parametrize(
    "body",
    [
        b"\xff\xfe",
        b"{",
        b'{"episode_id": "e-1", "episode_id": "e-2"}',
        b'{"episode_id": NaN}',
        b'{"episode_id": ' + b"1" * 5000 + b"}",
        b"[" * 50_000,
        b'{"episode_id": "\\ud800"}',
    ],
)
def test_json_that_is_none(body: bytes) -> None:
    assert refused(body, headers(events.JSON)).field.startswith("data")


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"specversion": ...}, "specversion"),
        ({"specversion": "2.0"}, "specversion"),
        ({"id": ...}, "id"),
        ({"id": 7}, "id"),
        ({"source": "north"}, "source"),
        ({"type": "attune.episode.opened.v2"}, "type"),
        ({"time": ...}, "time"),
        ({"data": ...}, "data"),
        ({"data": "text"}, "data"),
        ({"data": {"episode_id": "e-1", "mood": 1}}, "data.mood"),
        ({"data": ..., "data_base64": "%%%"}, "data_base64"),
        ({"data": ..., "data_base64": 5}, "data_base64"),
        ({"data_base64": "AAAA"}, "data"),
        ({"datacontenttype": "text/xml"}, "datacontenttype"),
        ({"datacontenttype": events.PROTOBUF}, "data"),
        ({"subject": "episodes/e-9"}, "subject"),
    ],
)
def test_structured_events_that_are_wrong(changes: dict[str, Any], field: str) -> None:
    assert refused(envelope(**changes), [("content-type", b"application/cloudevents+json")]).field == field


@pytest.mark.parametrize("body", [b"[]", b"null", b"{", b"\xff", b"[" * 50_000])
def test_structured_rubbish(body: bytes) -> None:
    assert refused(body, [("content-type", b"application/cloudevents+json")]).field == "value"


def test_a_refusal_quotes_no_data() -> None:
    secret = "Mrs Doe, born 1970"
    for data in ({**EPISODE, "modality": secret}, {**EPISODE, "opened_at": secret}, {**EPISODE, "client_ids": secret}):
        wrong = refused(json.dumps(data).encode(), headers(events.JSON))
        assert secret not in str(wrong)


def test_extensions_of_a_clinic_are_ignored() -> None:
    event = events.decode(
        b"e-1", envelope(partitionkey="x", ward=5), [("content-type", events.STRUCTURED.encode())], REGISTRY
    )
    assert event.id == "01"


EARLIEST = datetime(2, 1, 1)  # noqa: DTZ001  hypothesis wants it naive
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))])
NAMES = st.sampled_from([*EPISODE, "agreement", "goals", "consent", "x"])
LEAVES = st.none() | st.booleans() | st.floats() | st.integers() | st.text()
JSON_VALUES = st.recursive(LEAVES, lambda inner: st.lists(inner) | st.dictionaries(NAMES, inner), max_leaves=8)
MODES = st.sampled_from([events.JSON, events.PROTOBUF, events.STRUCTURED])


@given(st.datetimes(timezones=ZONES, min_value=EARLIEST))
def test_times_come_back(time: datetime) -> None:
    assert events.parse_time(events.format_time(time)) == time


@given(st.binary(max_size=200), st.binary(max_size=30), MODES)
def test_any_bytes_are_an_event_or_a_permanent_error(value: bytes, key: bytes, content_type: str) -> None:
    with contextlib.suppress(Permanent):
        events.decode(key, value, headers(content_type), REGISTRY)


@given(JSON_VALUES)
def test_any_json_is_an_event_or_a_permanent_error(data: object) -> None:
    body = json.dumps(data).encode("utf-8", "surrogatepass")
    with contextlib.suppress(Permanent):
        events.decode(b"e-1", body, headers(events.JSON), REGISTRY)
