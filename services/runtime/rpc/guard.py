"""What stands before every method: who calls, for which site, with which scope, audited and timed."""

import asyncio
import re
import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Mapping
from contextlib import aclosing
from contextvars import ContextVar
from dataclasses import dataclass
from typing import Any, cast

import grpc
from google.protobuf.message import DecodeError, Message

from services.runtime.audit import Audit
from services.runtime.errors import Forbidden, Permanent, Transient
from services.runtime.identity import Identity, Verifier
from services.runtime.limits import Buckets
from services.runtime.metrics import Metrics
from services.runtime.rpc.status import status_of
from services.runtime.telemetry import get_logger
from services.runtime.tracing import HEADER as TRACEPARENT
from services.runtime.tracing import use

DEFAULT_DEADLINE_SECONDS = 10.0
# A stream of progress may take its time; a caller that sets no deadline of its own gets this one.
STREAM_DEADLINE_SECONDS = 600.0

_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}\Z")
_SUBJECT_LENGTH = 200
# Calls without a valid token that get an audit entry of their own: so many at once, then so many a second (own).
# Whoever has none cannot fill the database.
UNKNOWN_CALLERS = (60.0, 1.0)
_identity: ContextVar[Identity | None] = ContextVar("attune_identity", default=None)

Behaviour = Callable[[Any, Any], Awaitable[Any]]
Outcome = tuple[grpc.StatusCode, str]

log = get_logger(__name__)


def current_identity() -> Identity:
    """Return the verified caller of the gRPC call that is being answered."""
    identity = _identity.get()
    if identity is None:
        raise RuntimeError("there is no caller: not inside a gRPC call")
    return identity


class _Denied(Exception):
    """No valid token."""


@dataclass(frozen=True, slots=True)
class _Call:
    """One method as the guard calls it."""

    method: str
    scope: str
    behaviour: Behaviour
    streams: bool


class Guard(grpc.aio.ServerInterceptor):  # type: ignore[misc]  # grpc ships no types
    """Wraps every method of our services; health and reflection have none of our data and pass."""

    def __init__(
        self,
        methods: Mapping[str, str],
        *,
        verifier: Verifier,
        audit: Audit,
        metrics: Metrics,
        deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
    ) -> None:
        self._methods = methods
        self._verifier = verifier
        self._audit = audit
        self._metrics = metrics
        self._deadline = deadline_seconds
        self._unknown_callers = Buckets(*UNKNOWN_CALLERS)
        # Audit entries of calls that their caller gave up; kept so that they are not collected half-written.
        self._late: set[asyncio.Task[None]] = set()

    async def intercept_service(self, continuation: Any, details: Any) -> Any:
        """Find the method and wrap it."""
        handler = await continuation(details)
        scope = self._methods.get(details.method)
        if handler is None or scope is None:
            return handler
        behaviour = cast(
            Behaviour, _written(handler.unary_stream) if handler.response_streaming else handler.unary_unary
        )

        async def guarded(data: bytes, context: Any) -> Any:
            # Parsed here and not by gRPC, so that bytes that are no message get a clear refusal and an audit entry.
            try:
                request: Message | None = handler.request_deserializer(data)
            except DecodeError:
                request = None
            call = _Call(details.method, scope, behaviour, handler.response_streaming)
            return await self._answer(call, request, context)

        wrap = (
            grpc.unary_stream_rpc_method_handler if handler.response_streaming else grpc.unary_unary_rpc_method_handler
        )
        return wrap(guarded, response_serializer=handler.response_serializer)

    async def drained(self) -> None:
        """Wait for the audit entries of abandoned calls."""
        if self._late:
            await asyncio.gather(*self._late)

    async def _answer(self, call: _Call, request: Message | None, context: Any) -> Any:
        started = time.perf_counter()
        metadata = dict(context.invocation_metadata() or ())
        code, details, response = grpc.StatusCode.INTERNAL, "", None
        try:
            with use(metadata.get(TRACEPARENT)):
                (code, details), response = await self._audited(call, request, context, metadata)
        except asyncio.CancelledError:
            code = grpc.StatusCode.CANCELLED
            raise
        finally:
            name = call.method.rpartition("/")[2]
            self._metrics.rpc_calls.labels(name, code.name).inc()
            self._metrics.rpc_seconds.labels(name).observe(time.perf_counter() - started)
        if code is not grpc.StatusCode.OK:
            await context.abort(code, details)
        return response

    async def _audited(
        self, call: _Call, request: Message | None, context: Any, metadata: Mapping[str, Any]
    ) -> tuple[Outcome, Any]:
        """Answer and write the audit entry; without an entry there is no answer, whatever it would have been.

        A stream answers before it ends, so it has an entry before its first message, and one with its outcome.
        """
        method = call.method
        if not self._audit.available:
            return status_of(Transient("mongodb is away")), None
        site_id = str(getattr(request, "site_id", ""))
        outcome: Outcome
        response: Any = None
        try:
            identity = self._authenticated(metadata)
        except _Denied as error:
            return await self._unauthenticated((grpc.StatusCode.UNAUTHENTICATED, str(error)), method)
        who = identity.subject
        try:
            if request is None:
                raise Permanent("request", "the bytes are not a message of this method", "Check the .proto in use.")
            _check_site(identity, site_id, call.scope)
            if call.streams:
                await self._record(who, method, site_id, request, "STARTED", "")
            response = await self._called(identity, call, request, context)
            outcome = (grpc.StatusCode.OK, "")
        except (Permanent, Transient) as error:
            outcome = status_of(error)
        except TimeoutError:
            outcome = (
                grpc.StatusCode.DEADLINE_EXCEEDED,
                "deadline: the call took too long. Try again; a repeat is safe.",
            )
        except asyncio.CancelledError:
            # The caller gave up; what was done stays done and is audited all the same.
            self._record_later(who, method, site_id, request)
            raise
        except Exception:
            log.exception("call failed", method=method, site_id=site_id)
            outcome = (grpc.StatusCode.INTERNAL, "internal: a fault of this service; its log has the place.")
        return await self._recorded(outcome, response, who, method, site_id, request)

    async def _unauthenticated(self, outcome: Outcome, method: str) -> tuple[Outcome, Any]:
        """Audit a call without a valid token: what it says of a site or of anything else is nobody's word."""
        if not self._unknown_callers.take(""):
            self._metrics.audit_omitted.inc()
            return outcome, None
        return await self._recorded(outcome, None, "unauthenticated", method, "", None)

    async def _recorded(
        self, outcome: Outcome, response: Any, who: str, method: str, site_id: str, request: Message | None
    ) -> tuple[Outcome, Any]:
        code = outcome[0]
        # Denials are explained; other details may quote what a client or clinician wrote.
        denied = code in (grpc.StatusCode.PERMISSION_DENIED, grpc.StatusCode.UNAUTHENTICATED)
        try:
            await self._record(who, method, site_id, request, code.name, outcome[1] if denied else "")
        except Transient as error:
            return status_of(error), None
        return outcome, response

    async def _record(
        self, who: str, method: str, site_id: str, request: Message | None, outcome: str, detail: str
    ) -> None:
        await self._audit.record(
            who=who,
            action=f"rpc {method.rpartition('/')[2]}",
            site_id=site_id if _ID.match(site_id) else "",
            subject=_subject(request),
            outcome=outcome,
            detail=detail,
        )

    def _record_later(self, who: str, method: str, site_id: str, request: Message | None) -> None:
        async def record() -> None:
            outcome: Outcome = (grpc.StatusCode.CANCELLED, "")
            (code, _), _none = await self._recorded(outcome, None, who, method, site_id, request)
            if code is not grpc.StatusCode.CANCELLED:
                log.error("audit entry lost", method=method, site_id=site_id, outcome="CANCELLED")

        task = asyncio.create_task(record())
        self._late.add(task)
        task.add_done_callback(self._late.discard)

    def _authenticated(self, metadata: Mapping[str, Any]) -> Identity:
        kind, _, token = str(metadata.get("authorization", "")).partition(" ")
        if kind.lower() != "bearer" or not token:
            raise _Denied("authorization: is missing. Send the metadata `authorization: Bearer <token>`.")
        try:
            return self._verifier.verify(token.strip())
        except Forbidden as error:
            raise _Denied(str(error)) from None

    async def _called(self, identity: Identity, call: _Call, request: Message, context: Any) -> Any:
        remaining = context.time_remaining()
        deadline = STREAM_DEADLINE_SECONDS if call.streams else self._deadline
        token = _identity.set(identity)
        try:
            # A caller's own deadline is enforced by gRPC, which cancels; one without a deadline gets ours.
            async with asyncio.timeout(deadline if remaining is None else max(remaining, 0.0)):
                return await call.behaviour(request, context)
        finally:
            _identity.reset(token)


def _written(stream: Callable[[Any, Any], AsyncGenerator[Any, None]]) -> Behaviour:
    """A method that yields its answers, as one that writes them; it is closed when its caller gives up."""

    async def write(request: Any, context: Any) -> None:
        async with aclosing(stream(request, context)) as answers:
            async for answer in answers:
                await context.write(answer)

    return write


def _check_site(identity: Identity, site_id: str, scope: str) -> None:
    if not _ID.match(site_id):
        raise Permanent("site_id", "is missing or not an identifier", "Letters, digits and ._:- only, at most 64.")
    if not identity.allows_site(site_id):
        raise Forbidden("site_id", f"the token is not for site {site_id}", "Use a token of that site.")
    if not identity.allows(site_id, scope):
        raise Forbidden("token", f"lacks the scope {scope}", f"Ask the operator for a token with the scope {scope}.")


def _subject(request: Message | None) -> str:
    """Name what the call is about, by the request's own ids; ``?`` for what does not look like one."""
    if request is None:
        return ""
    ids = [
        f"{field.name}={value if _ID.match(value) else '?'}"
        for field in request.DESCRIPTOR.fields
        if (field.name.endswith("_id") or field.name == "username")
        and field.name != "site_id"
        and field.type == field.TYPE_STRING
        and not field.is_repeated
        and (value := getattr(request, field.name))
    ]
    return " ".join(ids)[:_SUBJECT_LENGTH]
