import pytest

from services.runtime.tracing import current_trace_id, current_traceparent, use

TRACEPARENT = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_outside_of_a_trace_there_is_none() -> None:
    assert current_traceparent() is None
    assert current_trace_id() is None


def test_a_trace_goes_on_with_a_span_of_its_own() -> None:
    with use(TRACEPARENT) as inner:
        assert current_traceparent() == inner
        assert inner != TRACEPARENT
        assert inner.split("-")[1] == TRACEPARENT.split("-")[1] == current_trace_id()
        assert inner.endswith("-01")
    assert current_traceparent() is None


@pytest.mark.parametrize("malformed", [None, "", "rubbish", "00-0-0-00", "00-" + "0" * 32 + "-00f067aa0ba902b7-01"])
def test_without_a_valid_one_a_trace_begins(malformed: str | None) -> None:
    with use(TRACEPARENT), use(malformed) as fresh:
        assert fresh.split("-")[1] != TRACEPARENT.split("-")[1]
        assert len(fresh) == len(TRACEPARENT)
