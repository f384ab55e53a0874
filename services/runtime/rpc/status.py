"""How our errors look as gRPC statuses, and back."""

import grpc

from services.runtime.errors import Conflict, Forbidden, NotFound, Permanent, Transient

# The most specific class first.
_CODES: tuple[tuple[type[Permanent], grpc.StatusCode], ...] = (
    (NotFound, grpc.StatusCode.NOT_FOUND),
    (Forbidden, grpc.StatusCode.PERMISSION_DENIED),
    (Conflict, grpc.StatusCode.FAILED_PRECONDITION),
    (Permanent, grpc.StatusCode.INVALID_ARGUMENT),
)

# Answers of another service that a later repeat may change.
_AWAY = frozenset(
    {
        grpc.StatusCode.UNAVAILABLE,
        grpc.StatusCode.DEADLINE_EXCEEDED,
        grpc.StatusCode.RESOURCE_EXHAUSTED,
        grpc.StatusCode.ABORTED,
        grpc.StatusCode.CANCELLED,
        # A fault of the other service, or our token set up wrongly: an operator repairs it, and our work waits.
        grpc.StatusCode.INTERNAL,
        grpc.StatusCode.UNKNOWN,
        grpc.StatusCode.UNAUTHENTICATED,
        grpc.StatusCode.UNIMPLEMENTED,
    }
)


def status_of(error: Permanent | Transient) -> tuple[grpc.StatusCode, str]:
    """Return the status and its text: ``field: reason. advice``."""
    if isinstance(error, Transient):
        return grpc.StatusCode.UNAVAILABLE, f"{error.what}. Try again; a repeat is safe."
    code = next(code for kind, code in _CODES if isinstance(error, kind))
    return code, str(error)


def error_of(peer: str, code: grpc.StatusCode, details: str) -> Permanent | Transient:
    """Return our error for another service's answer."""
    if code in _AWAY:
        return Transient(f"{peer} {code.name}")
    kind = next((kind for kind, its_code in _CODES if its_code is code), Permanent)
    field, separator, reason = details.partition(": ")
    return kind(field, reason) if separator else kind(peer, details or code.name)
