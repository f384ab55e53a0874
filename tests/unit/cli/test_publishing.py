import json
from typing import Any

import pytest

from services.cli.errors import USAGE, Problem
from services.cli.ingress import INGRESS
from services.cli.publishing import parse, prepare
from services.runtime.errors import Permanent


def event(**changes: Any) -> dict[str, Any]:
    return {**INGRESS["attune.session.recorded.v1"].event(), **changes}


@pytest.mark.parametrize(
    "text",
    [
        json.dumps(event(id="a")) + "\n" + json.dumps(event(id="b")),
        json.dumps([event(id="a"), event(id="b")]),
        json.dumps(event(id="a"), indent=2) + "\n\n" + json.dumps(event(id="b"), indent=2) + "\n",
    ],
    ids=["one a line", "array", "pretty, one after another"],
)
def test_events_are_read_however_they_are_written_down(text: str) -> None:
    assert [each["id"] for each in parse(text)] == ["a", "b"]


@pytest.mark.parametrize("text", ["", "  \n", "[]", "{", "[1]", '"text"'])
def test_what_holds_no_events_is_a_usage_error(text: str) -> None:
    with pytest.raises(Problem) as caught:
        parse(text)
    assert caught.value.code == USAGE


def test_a_record_has_key_token_and_content_type() -> None:
    made = prepare(event(), "secret")
    assert made.topic == "clinic.session-events.v1"
    assert made.key == b"ep-2026-0417"
    assert made.site == "harbour"
    assert dict(made.headers) == {"content-type": b"application/cloudevents+json", "authorization": b"Bearer secret"}
    assert json.loads(made.value) == event()


def test_camel_case_is_taken() -> None:
    data = {
        "episodeId": "ep-1",
        "sessionId": "se-1",
        "scheduledAt": "2026-09-08T08:00:00Z",
        "status": "SESSION_STATUS_HELD",
    }
    assert prepare(event(data=data, subject="episodes/ep-1"), "t").key == b"ep-1"


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "attune.invoice.paid.v1"}, "type: 'attune.invoice.paid.v1'"),
        ({"source": "somewhere"}, "source: 'somewhere' must be"),
    ],
)
def test_what_has_no_topic_or_site_is_refused_before_it_is_sent(changes: dict[str, Any], message: str) -> None:
    with pytest.raises(Problem, match=message):
        prepare(event(**changes), "t")


@pytest.mark.parametrize(
    ("changes", "field"),
    [({"time": "yesterday"}, "time"), ({"data": {"episode_id": "e", "mood": 1}}, "mood"), ({"data": "text"}, "data")],
)
def test_what_attune_would_refuse_is_refused_before_it_is_sent(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(Permanent) as caught:
        prepare(event(**changes), "t")
    assert field in str(caught.value)
