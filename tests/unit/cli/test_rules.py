"""What `attune schema` tells clinics is what the services' own validation asks: no more, and no less."""

import copy
import json
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

import pytest

from services.cli.ingress import INGRESS, REGISTRY, Ingress
from services.cli.rules import REQUIRED, RULES
from services.feedback import messages as feedback_messages
from services.feedback.domain import rules as feedback_rules
from services.intake import messages as intake_messages
from services.intake.domain import rules as intake_rules
from services.runtime import events
from services.runtime.errors import Permanent, as_permanent

NOW = datetime(2026, 12, 31, tzinfo=UTC)
BAD_ID = "-not an id-"
# Messages inside the data: how to reach an example of each.
NESTED: dict[str, tuple[str, tuple[Any, ...]]] = {
    "Answer": ("attune.feedback.submitted.v1", ("answers", 0)),
    "Agreement": ("attune.episode.opened.v1", ("agreement",)),
    "Consent": ("attune.episode.opened.v1", ("consent",)),
    "Homework": ("attune.session.recorded.v1", ("homework",)),
}


def accept(event: dict[str, Any]) -> None:
    """Take the event in as its service would; Permanent when it is refused."""
    key = str(event["subject"]).removeprefix("episodes/").encode()
    headers = [("content-type", b"application/cloudevents+json")]
    decoded = events.decode(key, json.dumps(event).encode(), headers, REGISTRY)
    if decoded.type == "attune.feedback.submitted.v1":
        with as_permanent("data"):
            feedback_rules.check(feedback_messages.from_event(decoded), NOW)
        return
    with as_permanent("data"):
        report = intake_messages.from_event(decoded)
        intake_rules.check_envelope(report, NOW)
        intake_rules.check_content(report, NOW)


def places() -> Iterator[tuple[str, Ingress, tuple[Any, ...]]]:
    """Each message with rules, and where it is in which event."""
    for ingress in INGRESS.values():
        yield ingress.message.DESCRIPTOR.name, ingress, ()
    for name, (kind, path) in NESTED.items():
        yield name, INGRESS[kind], path


def at(event: dict[str, Any], path: tuple[Any, ...]) -> dict[str, Any]:
    found: Any = event["data"]
    for step in path:
        found = found[step]
    target: dict[str, Any] = found
    return target


def breaches(rules: dict[str, Any]) -> Iterator[Any]:
    """Values that break one keyword each."""
    if "pattern" in rules:
        yield BAD_ID
    if "minimum" in rules:
        yield rules["minimum"] - 1
    if "maximum" in rules:
        yield rules["maximum"] + 1
    if rules.get("minItems"):
        yield []
    if "maxItems" in rules:
        yield [f"t{number}" for number in range(rules["maxItems"] + 1)]
    items = rules.get("items", {})
    if "pattern" in items:
        yield [BAD_ID]
    if "maxLength" in items:
        yield ["x" * (items["maxLength"] + 1)]


REQUIREMENTS = [
    pytest.param(ingress, path, field, id=f"{name}.{field}")
    for name, ingress, path in places()
    for field in REQUIRED.get(name, ())
    # A number's absence is its zero on the wire; what a missing answer's value means is for the schema alone to say.
    if f"{name}.{field}" != "Answer.value"
]
BREACHES = [
    pytest.param(ingress, path, field, value, id=f"{name}.{field}-{number}")
    for name, ingress, path in places()
    for rule, keywords in RULES.items()
    for number, value in enumerate(breaches(dict(keywords)))
    if rule.startswith(f"{name}.") and (field := rule.partition(".")[2])
]


@pytest.mark.parametrize("ingress", [pytest.param(each, id=name) for name, each in INGRESS.items()])
def test_the_example_is_accepted_and_so_is_one_with_nothing_but_what_is_required(ingress: Ingress) -> None:
    accept(ingress.event())
    event = ingress.event()
    required = REQUIRED[ingress.message.DESCRIPTOR.name]
    event["data"] = {name: value for name, value in event["data"].items() if name in required}
    if ingress.type == "attune.episode.updated.v1":
        event["data"]["therapist_id"] = "th-2"  # an update that changes nothing is refused, which no keyword can say
    accept(event)


@pytest.mark.parametrize(("ingress", "path", "field"), REQUIREMENTS)
def test_what_the_schema_requires_the_service_requires(ingress: Ingress, path: tuple[Any, ...], field: str) -> None:
    event = copy.deepcopy(ingress.event())
    del at(event, path)[field]
    with pytest.raises(Permanent) as refused:
        accept(event)
    assert field in refused.value.field


@pytest.mark.parametrize(("ingress", "path", "field", "value"), BREACHES)
def test_what_the_schema_forbids_the_service_refuses(
    ingress: Ingress, path: tuple[Any, ...], field: str, value: Any
) -> None:
    event = copy.deepcopy(ingress.event())
    at(event, path)[field] = value
    with pytest.raises(Permanent):
        accept(event)
