"""The channel to another service of ours: its own token, a deadline, keepalive and the trace on every call."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc

from services.runtime.errors import Transient
from services.runtime.metrics import Metrics
from services.runtime.rpc.guard import DEFAULT_DEADLINE_SECONDS
from services.runtime.rpc.server import MAX_MESSAGE_BYTES
from services.runtime.rpc.status import error_of
from services.runtime.settings import Settings
from services.runtime.tracing import HEADER as TRACEPARENT
from services.runtime.tracing import current_traceparent

_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # A dead peer behind a silent network is found in 15 s instead of the kernel's minutes.
    ("grpc.keepalive_time_ms", 10_000),
    ("grpc.keepalive_timeout_ms", 5_000),
    ("grpc.keepalive_permit_without_calls", 1),
    ("grpc.initial_reconnect_backoff_ms", 200),
    ("grpc.max_reconnect_backoff_ms", 5_000),
)


class _TokenFile:
    """The service's token, read again when its file changes, so that a rotation needs no restart."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._stamp = -1
        self._token = ""

    def token(self) -> str:
        try:
            stamp = self._path.stat().st_mtime_ns
            if stamp != self._stamp:
                self._token, self._stamp = self._path.read_text().strip(), stamp
        except OSError as error:
            # A rotation replaces the file; the token known so far is good until it expires.
            if not self._token:
                raise Transient(f"service token file: {error.strerror}") from error
        return self._token


class _Outgoing(grpc.aio.UnaryUnaryClientInterceptor):  # type: ignore[misc]  # grpc ships no types
    def __init__(
        self, tokens: _TokenFile, tracing: Callable[[], str | None], metrics: Metrics | None, deadline_seconds: float
    ) -> None:
        self._tokens = tokens
        self._tracing = tracing
        self._metrics = metrics
        self._deadline = deadline_seconds

    async def intercept_unary_unary(self, continuation: Any, details: Any, request: Any) -> Any:
        metadata = grpc.aio.Metadata(*(details.metadata or ()))
        metadata.add("authorization", f"Bearer {self._tokens.token()}")
        traceparent = self._tracing()
        if traceparent:
            metadata.add(TRACEPARENT, traceparent)
        timeout = self._deadline if details.timeout is None else details.timeout
        call = await continuation(
            grpc.aio.ClientCallDetails(details.method, timeout, metadata, details.credentials, details.wait_for_ready),
            request,
        )
        if self._metrics is not None:
            await self._count(details.method, call, self._metrics)
        return call

    async def _count(self, method: bytes | str, call: Any, metrics: Metrics) -> None:
        started = time.perf_counter()
        code = await call.code()
        path = method.decode() if isinstance(method, bytes) else method
        name = path.rpartition("/")[2]
        metrics.rpc_client_calls.labels(name, code.name).inc()
        metrics.rpc_client_seconds.labels(name).observe(time.perf_counter() - started)


def channel(
    settings: Settings,
    address: str,
    tracing: Callable[[], str | None] = current_traceparent,
    *,
    metrics: Metrics | None = None,
    deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
) -> grpc.aio.Channel:
    """Open a channel to ``address``; it connects when first used and reconnects by itself.

    A call without a timeout of its own gets ``deadline_seconds``.
    """
    tokens = _TokenFile(settings.service_token_file)
    return grpc.aio.insecure_channel(
        address, options=_OPTIONS, interceptors=[_Outgoing(tokens, tracing, metrics, deadline_seconds)]
    )


@contextmanager
def calling(peer: str) -> Iterator[None]:
    """Turn another service's refusal into our errors: away -> Transient, NOT_FOUND -> NotFound, and so on."""
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise error_of(peer, error.code(), error.details() or "") from error
