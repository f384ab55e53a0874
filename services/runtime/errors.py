"""The two kinds of error every door and every consumer knows.

``Permanent`` can never succeed: it becomes a dead letter or a 4xx-like status that names the field and what to do.
``Transient`` means that a dependency is away: the consumer waits in place, a door answers UNAVAILABLE.
Anything else is a fault of ours and stops the process.
"""

from collections.abc import Iterator
from contextlib import contextmanager


class Permanent(Exception):
    """Input that can never be accepted.

    ``field`` is the path to what is wrong ("data.answers[3].value", "source", "ce_type"), ``reason`` says why,
    ``advice`` what the sender can do about it (may be empty).
    """

    def __init__(self, field: str, reason: str, advice: str = "") -> None:
        super().__init__(field, reason, advice)
        self.field = field
        self.reason = reason
        self.advice = advice

    def __str__(self) -> str:
        text = f"{self.field}: {self.reason}"
        return f"{text}. {self.advice}" if self.advice else text


class NotFound(Permanent):
    """The thing that the field names does not exist (gRPC NOT_FOUND)."""


class Forbidden(Permanent):
    """The caller may not do this (gRPC PERMISSION_DENIED)."""


class Conflict(Permanent):
    """The request contradicts what is stored already (gRPC FAILED_PRECONDITION)."""


class Transient(Exception):
    """A dependency is away; the same request may succeed later. ``what`` names the dependency, never its data."""

    def __init__(self, what: str) -> None:
        super().__init__(what)
        self.what = what


@contextmanager
def as_permanent(prefix: str = "data") -> Iterator[None]:
    """Turn a ``ValueError("<field path>: <reason>[; <advice>]")`` of pure domain code into ``Permanent``.

    Domain code knows neither this module nor the envelope, so it raises ``ValueError`` and the handler adds the place
    in the event by ``prefix``. A message without a field path is reported on the prefix itself.
    """
    try:
        yield
    except ValueError as error:
        path, separator, rest = str(error).partition(": ")
        if not separator or " " in path:
            path, rest = "", str(error)
        reason, _, advice = rest.partition("; ")
        field = ".".join(part for part in (prefix, path) if part) or "value"
        raise Permanent(field, reason, advice) from error
