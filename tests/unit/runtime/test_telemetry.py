import io
import json
import logging
from collections.abc import Iterator
from typing import Any

import pytest
import structlog
from pymongo.errors import DuplicateKeyError

from services.runtime import telemetry
from services.runtime.bus.quiet import Rarely
from services.runtime.errors import Permanent, Transient
from services.runtime.tracing import use


@pytest.fixture
def stream() -> Iterator[io.StringIO]:
    root = logging.getLogger()
    handlers, level = root.handlers[:], root.level
    stream = io.StringIO()
    telemetry.configure("intake", "info", stream)
    yield stream
    root.handlers[:] = handlers
    root.setLevel(level)
    structlog.reset_defaults()


def lines(stream: io.StringIO) -> list[dict[str, Any]]:
    return [json.loads(line) for line in stream.getvalue().splitlines()]


def test_a_line_is_json_with_its_place(stream: io.StringIO) -> None:
    with use("00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"):
        telemetry.get_logger("services.intake").info("saved", site_id="north", event_id="e-1")
    (line,) = lines(stream)
    assert line.pop("timestamp").endswith("Z")
    assert line == {
        "event": "saved",
        "level": "info",
        "logger": "services.intake",
        "service": "intake",
        "site_id": "north",
        "event_id": "e-1",
        "trace_id": "4bf92f3577b34da6a3ce929d0e0e4736",
    }


def test_keys_that_are_not_allowed_lose_their_value(stream: io.StringIO) -> None:
    telemetry.get_logger("x").warning("saved", client_id="c-17", answer="I am sad", episode_id="e-1")
    (line,) = lines(stream)
    assert line["client_id"] == line["answer"] == line["episode_id"] == telemetry.REDACTED
    assert "sad" not in stream.getvalue()


def test_exceptions_keep_their_places_and_lose_their_words(stream: io.StringIO) -> None:
    log = telemetry.get_logger("x")
    try:
        try:
            raise DuplicateKeyError("E11000 dup key: { text: 'I am sad' }", 11000, {"keyValue": {"text": "I am sad"}})
        except DuplicateKeyError as error:
            raise RuntimeError("while saving 'I am sad'") from error
    except RuntimeError as error:
        log.exception("failed")
        log.warning("failed", error=error)
        log.warning("failed", reason=Permanent("data.text", "'I am sad' is too long"))
        log.warning("waiting", error=Transient("mongodb ping: AutoReconnect"))
    first, second, third, fourth = lines(stream)
    assert first["error"] == second["error"] == "RuntimeError"
    assert any("test_exceptions_keep_their_places" in place for place in first["exception"])
    assert "DuplicateKeyError" in first["exception"]
    assert third["reason"] == "Permanent at data.text"
    assert fourth["error"] == "Transient: mongodb ping: AutoReconnect"
    assert "sad" not in stream.getvalue()


@pytest.mark.parametrize(("error", "stack"), [(ConnectionResetError("gone"), False), (ValueError("a fault"), True)])
def test_a_client_that_connects_again_shows_no_stack_and_a_fault_does(
    stream: io.StringIO, error: Exception, stack: bool
) -> None:
    client = logging.getLogger("kafka.test")
    rarely = Rarely()
    client.addFilter(rarely)
    try:
        raise error
    except type(error):
        client.exception("closing socket")
    finally:
        client.removeFilter(rarely)
    assert ('"exception"' in stream.getvalue()) is stack


def test_libraries_are_quiet_below_warning_and_quote_no_data(stream: io.StringIO) -> None:
    for name in ("faust", "aiokafka.consumer", "kafka.client", "pymongo.command", "uvicorn.access"):
        logging.getLogger(name).info("chatter")
    logging.getLogger("aiokafka.conn").warning("cannot connect to %s:%s: %s", "kafka", 9092, ValueError("I am sad"))
    logging.getLogger("faust").error("crashed with %r and %s", {"text": "I am sad"}, b"I am sad")
    first, second = lines(stream)
    assert first["event"] == "cannot connect to kafka:9092: ValueError"
    assert first["level"] == "warning"
    assert second["event"] == "crashed with '[dict]' and [bytes]"
    assert "sad" not in stream.getvalue()


def test_an_exception_of_a_library_is_logged_without_its_words(stream: io.StringIO) -> None:
    try:
        raise ValueError("I am sad")
    except ValueError:
        logging.getLogger("asyncio").exception("Task exception was never retrieved")
    (line,) = lines(stream)
    assert line["error"] == "ValueError"
    assert line["exception"]
    assert "sad" not in stream.getvalue()
