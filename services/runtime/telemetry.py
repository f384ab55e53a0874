"""Structured logs as JSON lines on stderr, without anything of clients in them.

Only keys on the allow-list keep their values. Exceptions are logged as their type and the places they passed, without
their message, because a driver's message may quote a document. Event names are literals.
"""

import logging
import sys
import traceback
from collections.abc import Mapping, MutableMapping
from types import TracebackType
from typing import Any, TextIO

import structlog
from structlog.types import EventDict, Processor

from services.runtime.errors import Permanent, Transient
from services.runtime.settings import SettingsError
from services.runtime.tracing import current_trace_id

# What may be in a log line. Nothing here identifies a client or says how anybody is; event ids are random to outsiders.
ALLOWED_KEYS = frozenset(
    {
        *("event", "level", "timestamp", "logger", "service", "trace_id", "exception", "error", "field"),
        *("site_id", "event_id", "type", "topic", "partition", "offset", "group", "revision", "dead_letter_id"),
        *("method", "endpoint", "code", "status", "outcome", "attempt", "seconds", "wait_seconds", "what", "reason"),
        *("collection", "database", "operation", "count", "limit", "lag", "pending", "part", "step", "dependency"),
        *("address", "grpc", "http", "pid", "signal", "exit_code", "version", "state", "module"),
        *("channel", "delivery", "fence", "detector", "policy", "anchor"),
    }
)

REDACTED = "[redacted]"

# Their messages are about brokers, ports and partitions, and are worth reading.
_NOISY = (
    *("aiokafka", "faust", "kafka", "mode", "asyncio", "pymongo", "uvicorn", "grpc", "httpx", "httpcore"),
    "aiosmtplib",
)


def get_logger(name: str) -> Any:
    """Return a logger; ``log.info("saved", site_id=..., event_id=...)``."""
    return structlog.stdlib.get_logger(name)


def configure(service: str, level: str = "info", stream: TextIO | None = None) -> None:
    """Send the logs of this process, ours and the libraries', to stderr as JSON lines."""
    shared: list[Processor] = [
        structlog.stdlib.add_logger_name,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
        _context(service),
        _exceptions,
        _redact,
    ]
    structlog.configure(
        processors=[
            structlog.stdlib.filter_by_level,
            *shared,
            structlog.stdlib.ProcessorFormatter.wrap_for_formatter,
        ],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.stdlib.BoundLogger,
        cache_logger_on_first_use=True,
    )
    handler = logging.StreamHandler(stream or sys.stderr)
    handler.addFilter(_quote_nothing)
    handler.setFormatter(
        structlog.stdlib.ProcessorFormatter(
            foreign_pre_chain=shared,
            processors=[
                structlog.stdlib.ProcessorFormatter.remove_processors_meta,
                structlog.processors.JSONRenderer(sort_keys=True),
            ],
        )
    )
    root = logging.getLogger()
    root.handlers[:] = [handler]
    root.setLevel(level.upper())
    for name in _NOISY:
        library = logging.getLogger(name)
        library.handlers.clear()
        library.propagate = True
        library.setLevel(logging.WARNING)


def describe(error: BaseException) -> str:
    """Say what an error is without quoting data: its type, and the text only of kinds that never hold any."""
    if isinstance(error, (Transient, SettingsError)):
        return f"{type(error).__name__}: {error}"
    if isinstance(error, Permanent):
        return f"{type(error).__name__} at {error.field}"
    if isinstance(error, OSError) and error.strerror:
        return f"{type(error).__name__}: {error.strerror}"
    return type(error).__name__


def _context(service: str) -> Processor:
    def add(_logger: Any, _name: str, event: EventDict) -> EventDict:
        event["service"] = service
        trace_id = current_trace_id()
        if trace_id:
            event["trace_id"] = trace_id
        return event

    return add


def _exceptions(_logger: Any, _name: str, event: EventDict) -> EventDict:
    """Replace exception information by type and places."""
    info = event.pop("exc_info", None)
    error = _error_of(info)
    if error is not None:
        event["error"] = describe(error)
        event["exception"] = _places(error)
    for key, value in list(event.items()):
        if isinstance(value, BaseException):
            event[key] = describe(value)
    return event


def _error_of(info: Any) -> BaseException | None:
    if isinstance(info, BaseException):
        return info
    if isinstance(info, tuple):
        return info[1] if isinstance(info[1], BaseException) else None
    return sys.exc_info()[1] if info else None


def _places(error: BaseException) -> list[str]:
    """Name the frames of the error and of what caused it, innermost last."""
    places: list[str] = []
    seen: set[int] = set()
    current: BaseException | None = error
    while current is not None and id(current) not in seen:
        seen.add(id(current))
        places.append(type(current).__name__)
        places += _frames(current.__traceback__)
        current = current.__cause__ or (None if current.__suppress_context__ else current.__context__)
    return places


def _frames(tb: TracebackType | None) -> list[str]:
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in traceback.extract_tb(tb)]


def _redact(_logger: Any, _name: str, event: EventDict) -> EventDict:
    for key in list(event):
        if key not in ALLOWED_KEYS and not key.startswith("_"):
            event[key] = REDACTED
    return event


def _quote_nothing(record: logging.LogRecord) -> bool:
    """Before a library's message is put together: take structures, bytes and exception texts out of its arguments."""
    if isinstance(record.args, Mapping):
        record.args = {key: _harmless(value) for key, value in record.args.items()}
    elif isinstance(record.args, tuple):
        record.args = tuple(_harmless(value) for value in record.args)
    return True


def _harmless(value: Any) -> Any:
    if isinstance(value, BaseException):
        return describe(value)
    if isinstance(value, (bytes, bytearray, memoryview, MutableMapping, list)):
        return f"[{type(value).__name__}]"
    return value
