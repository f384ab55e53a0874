"""What goes wrong at the command line: one line that says what to do next, and an exit code a script can act on."""

from __future__ import annotations

from collections.abc import Callable

import grpc
from kafka.errors import KafkaError
from pymongo.errors import PyMongoError

from services.runtime.errors import Permanent, Transient

FAILURE = 1
USAGE = 2
UNAVAILABLE = 69  # EX_UNAVAILABLE of sysexits.h

_RPC_ADVICE: dict[grpc.StatusCode, str] = {
    grpc.StatusCode.UNAVAILABLE: "the service is away; run `attune doctor`",
    grpc.StatusCode.DEADLINE_EXCEEDED: "no answer in time; run `attune doctor`, then try again",
    grpc.StatusCode.UNAUTHENTICATED: "give a valid token with --token-file, or issue one with `attune token issue`",
    grpc.StatusCode.PERMISSION_DENIED: "use a token that is for this site and scope (`attune token issue`)",
}
_AWAY = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})


class Problem(Exception):
    """A failure to tell the user in one line.

    `code` is the exit code: FAILURE, USAGE or UNAVAILABLE.
    """

    def __init__(self, message: str, code: int = FAILURE) -> None:
        super().__init__(" ".join(message.split()))
        self.code = code


def from_rpc(error: grpc.RpcError) -> Problem:
    """The one-line problem of a failed gRPC call."""
    if not isinstance(error, grpc.Call):
        return Problem(str(error), UNAVAILABLE)
    status, details = error.code(), error.details() or "no details"
    advice = _RPC_ADVICE.get(status)
    text = f"{details} ({status.name}); {advice}" if advice else f"{details} ({status.name})"
    return Problem(text, UNAVAILABLE if status in _AWAY else FAILURE)


def _from_kafka(error: KafkaError) -> Problem:
    return Problem(
        f"Kafka: {error or type(error).__name__}; check the address (--kafka) and run `attune doctor`", UNAVAILABLE
    )


def _from_mongo(error: PyMongoError) -> Problem:
    first = str(error).split(",")[0]
    return Problem(f"MongoDB: {first}; check the address (--mongo) and run `attune doctor`", UNAVAILABLE)


def _from_transient(error: Transient) -> Problem:
    return Problem(f"{error}; run `attune doctor`, then try again", UNAVAILABLE)


def _from_permanent(error: Permanent) -> Problem:
    return Problem(str(error), FAILURE)


_TRANSLATIONS: tuple[tuple[type[Exception], Callable[..., Problem]], ...] = (
    (grpc.RpcError, from_rpc),
    (KafkaError, _from_kafka),
    (PyMongoError, _from_mongo),
    (Transient, _from_transient),
    (Permanent, _from_permanent),
)


def as_problem(error: Exception) -> Problem | None:
    """The problem that stands for a known exception; None for one that is a fault of ours and must be seen whole."""
    if isinstance(error, Problem):
        return error
    for kind, translate in _TRANSLATIONS:
        if isinstance(error, kind):
            return translate(error)
    return None


def fail(what: str, todo: str) -> Problem:
    """A failure with what to do about it, to be raised."""
    return Problem(f"{what}. {todo}")
