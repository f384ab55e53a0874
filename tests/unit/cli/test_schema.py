"""The schema that clinics get agrees with what Attune's own codec and rules accept."""

import json
import re
from importlib import resources
from pathlib import Path
from typing import Any

import pytest

from services.cli import schema
from services.cli.ingress import INGRESS, REGISTRY, Ingress
from services.cli.rules import REQUIRED
from services.dev.generate import COMMENTED, generate
from services.runtime import events
from services.runtime.errors import Permanent

ALL = [pytest.param(each, id=name) for name, each in INGRESS.items()]


def decode(event: dict[str, Any]) -> events.Event:
    key = event["data"].get("episode_id", "").encode()
    return events.decode(key, json.dumps(event).encode(), [("content-type", b"application/cloudevents+json")], REGISTRY)


def resolve(found: dict[str, Any], whole: dict[str, Any]) -> dict[str, Any]:
    reference = found.get("$ref")
    return whole["$defs"][reference.removeprefix("#/$defs/")] if reference else found


ANNOTATIONS = ("description", "title", "$schema", "$id", "$defs", "$ref")


def holds(keyword: str, limit: Any, value: Any, found: dict[str, Any]) -> bool:
    """Whether a value keeps one keyword; KeyError for one that is not known here."""
    checks = {
        "required": lambda: set(limit) <= set(value),
        "additionalProperties": lambda: set(value) <= set(found["properties"]),
        "enum": lambda: value in limit,
        "const": lambda: value == limit,
        "pattern": lambda: re.search(limit, value) is not None,
        "minimum": lambda: value >= limit,
        "maximum": lambda: value <= limit,
        "minLength": lambda: len(value) >= limit,
        "maxLength": lambda: len(value) <= limit,
        "minItems": lambda: len(value) >= limit,
        "maxItems": lambda: len(value) <= limit,
        "uniqueItems": lambda: len({json.dumps(item) for item in value}) == len(value),
        "format": lambda: events.parse_time(value) is not None,
        **dict.fromkeys(ANNOTATIONS, lambda: True),
    }
    return checks[keyword]()


def problems(value: Any, found: dict[str, Any], whole: dict[str, Any], path: str = "") -> list[str]:
    """A validator of just the keywords that our schemas use; an unknown keyword is a problem of its own."""
    found = {**found, **resolve(found, whole)}
    wrong: list[str] = []
    for keyword, limit in found.items():
        if keyword == "type":
            kinds = {
                "object": dict,
                "array": list,
                "string": str,
                "boolean": bool,
                "integer": int,
                "number": (int, float),
            }
            good = isinstance(value, kinds[limit])
        elif keyword == "properties":
            good = True
            for name, below in limit.items():
                wrong += problems(value[name], below, whole, f"{path}.{name}") if name in value else []
        elif keyword == "items":
            good = True
            for index, item in enumerate(value):
                wrong += problems(item, limit, whole, f"{path}[{index}]")
        else:
            good = holds(keyword, limit, value, found)
        if not good:
            wrong.append(f"{path}: {keyword}")
    return wrong


@pytest.mark.parametrize("ingress", ALL)
def test_the_example_is_valid_by_the_schema_and_by_the_codec(ingress: Ingress) -> None:
    found = schema.schema_of(ingress)
    assert problems(ingress.event(), found, found) == []
    event = decode(ingress.event("maple"))
    assert event.type == ingress.type
    assert event.site_id == "maple"
    assert isinstance(event.data, ingress.message)


@pytest.mark.parametrize("ingress", ALL)
def test_every_field_of_the_message_is_in_the_schema(ingress: Ingress) -> None:
    data = schema.schema_of(ingress)["properties"]["data"]
    assert set(data["properties"]) == {field.name for field in ingress.message.DESCRIPTOR.fields}
    assert set(data["required"]) == set(REQUIRED[ingress.message.DESCRIPTOR.name])


@pytest.mark.parametrize("ingress", ALL)
def test_an_unknown_field_is_refused_by_both(ingress: Ingress) -> None:
    event = ingress.event()
    event["data"]["mood"] = "sunny"
    found = schema.schema_of(ingress)
    assert problems(event, found, found) == [".data: additionalProperties"]
    with pytest.raises(Permanent, match="mood"):
        decode(event)


def test_comments_of_the_proto_files_are_told() -> None:
    found = schema.schema_of(INGRESS["attune.session.recorded.v1"])
    properties = found["properties"]["data"]["properties"]
    assert properties["scheduled_at"]["description"].startswith("When the session was booked to start")
    assert properties["late_minutes"]["maximum"] == 600


def test_a_required_enum_leaves_out_unspecified() -> None:
    status = schema.schema_of(INGRESS["attune.session.recorded.v1"])["properties"]["data"]["properties"]["status"]
    assert "SESSION_STATUS_HELD" in status["enum"]
    assert "SESSION_STATUS_UNSPECIFIED" not in status["enum"]


def test_every_reference_has_a_definition_and_no_definition_is_left_over() -> None:
    for ingress in INGRESS.values():
        found = schema.schema_of(ingress)
        used = set(re.findall(r"#/\$defs/(\w+)", json.dumps(found)))
        assert used == set(found["$defs"])


def test_the_commented_descriptors_are_those_of_the_proto_files(tmp_path: Path) -> None:
    generate(tmp_path)
    kept = resources.files("attune.clinic.v1").joinpath(schema.COMMENTED).read_bytes()
    assert kept == (tmp_path / COMMENTED).read_bytes(), "stale: run `make protos`"
