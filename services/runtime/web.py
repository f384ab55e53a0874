"""HTTP: health, metrics and a service's own pages, served inside the service's event loop."""

import asyncio
import contextlib
import socket
import time
from collections.abc import Generator, Mapping, Sequence
from typing import Any

import uvicorn
from starlette.applications import Starlette
from starlette.datastructures import MutableHeaders
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, PlainTextResponse, Response
from starlette.routing import BaseRoute, Route
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from services.runtime.limits import Network, client_address
from services.runtime.metrics import CONTENT_TYPE, Metrics
from services.runtime.settings import split_address

MAX_BODY_BYTES = 1024 * 1024

# A page may set its own policy. No referrer: one-time links must not leak to other sites.
SECURITY_HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "x-content-type-options": "nosniff",
    "x-frame-options": "DENY",
    "referrer-policy": "no-referrer",
    "cache-control": "no-store",
}


class Readiness:
    """What is not ready, and why. Empty means ready."""

    def __init__(self, **missing: str) -> None:
        self._missing: dict[str, str] = dict(missing)

    @property
    def ready(self) -> bool:
        """Tell whether everything is ready."""
        return not self._missing

    @property
    def missing(self) -> dict[str, str]:
        """Return each part that is not ready with its reason."""
        return dict(self._missing)

    def set(self, part: str, reason: str | None) -> bool:
        """Note why ``part`` is not ready, or None when it is; tells whether its readiness changed."""
        before = part in self._missing
        if reason is None:
            self._missing.pop(part, None)
        else:
            self._missing[part] = reason
        return before != (reason is not None)


class Web:
    """The HTTP application of a service. The lifecycle serves it and keeps ``readiness`` true."""

    def __init__(
        self,
        metrics: Metrics,
        routes: Sequence[BaseRoute] = (),
        readiness: Readiness | None = None,
        *,
        starting: bool = False,
    ) -> None:
        """``starting``: the pages are still to come, so none of them is said to be missing."""
        self.readiness = readiness or Readiness(service="is starting")
        self.metrics = metrics
        # Everything that is served: what a test that forgets no route goes through.
        self.routes: tuple[BaseRoute, ...] = (
            Route("/health/live", self._live),
            Route("/health/ready", self._ready),
            Route("/metrics", self._exposition),
            *routes,
        )
        inner = Starlette(
            routes=self.routes,
            exception_handlers={404: _not_yet if starting else _not_found, 405: _not_allowed},
        )
        self.app: ASGIApp = _Guarded(inner, metrics)

    async def _live(self, _request: Request) -> Response:
        return JSONResponse({"live": True})

    async def _ready(self, _request: Request) -> Response:
        missing = self.readiness.missing
        return JSONResponse({"ready": not missing, "not_ready": missing}, status_code=503 if missing else 200)

    async def _exposition(self, _request: Request) -> Response:
        return Response(self.metrics.exposition(), headers={"content-type": CONTENT_TYPE})


async def _not_found(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("There is nothing here.\n", status_code=404)


async def _not_yet(_request: Request, _error: Exception) -> Response:
    return PlainTextResponse("One moment, please: this is starting.\n", status_code=503, headers={"retry-after": "2"})


async def _not_allowed(_request: Request, error: Exception) -> Response:
    headers = getattr(error, "headers", None)
    return PlainTextResponse("Not this way.\n", status_code=405, headers=headers)


def asker(request: Request, proxies: tuple[Network, ...]) -> str:
    """Return whom to count for a request: its address, or that of whoever asked one of our proxies.

    A proxy may add a line of its own to X-Forwarded-For instead of an entry to the one that is there: all lines count.
    """
    peer = request.client.host if request.client else ""
    return client_address(peer, ",".join(request.headers.getlist("x-forwarded-for")), proxies)


def preferred_language(header: str, languages: Sequence[str]) -> str:
    """Return the one of ``languages`` that an Accept-Language header asks for most, or the first."""
    wanted: list[tuple[float, str]] = []
    for part in header.split(","):
        tag, _, quality = part.partition(";")
        wanted.append((-_quality(quality), tag.strip().lower().partition("-")[0]))
    # Sorting is stable: of equal ones the first counts.
    for negative, language in sorted(wanted, key=lambda item: item[0]):
        if language in languages and negative < 0:
            return language
    return languages[0]


def _quality(text: str) -> float:
    name, _, value = text.strip().partition("=")
    if not name:
        return 1.0
    try:
        return float(value)
    except ValueError:
        return 0.0


class _Guarded:
    """Adds the security headers, bounds the body and counts each request."""

    def __init__(self, app: ASGIApp, metrics: Metrics) -> None:
        self._app = app
        self._metrics = metrics

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        started = time.perf_counter()
        status = 500
        received = 0

        async def bounded() -> Message:
            nonlocal received
            message = await receive()
            received += len(message.get("body", b""))
            if received > MAX_BODY_BYTES:
                raise HTTPException(413, "The body is too large: at most 1 MiB.")
            return message

        async def secured(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = int(message["status"])
                headers = MutableHeaders(scope=message)
                for name, value in SECURITY_HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        try:
            await self._app(scope, bounded, secured)
        finally:
            endpoint = getattr(scope.get("endpoint"), "__name__", "none").strip("_")
            self._metrics.http_requests.labels(endpoint, str(status)).inc()
            self._metrics.http_seconds.labels(endpoint).observe(time.perf_counter() - started)


class _Uvicorn(uvicorn.Server):
    """Leaves signals to the lifecycle."""

    @contextlib.contextmanager
    def capture_signals(self) -> Generator[None, None, None]:
        yield


class HttpServer:
    """Serves one application at a time on one port; the lifecycle exchanges it when the service has been built."""

    def __init__(self, bind: str, app: ASGIApp) -> None:
        self.healthy = False
        self.address = ""
        self.app = app
        self._bind = bind
        self._server: _Uvicorn | None = None
        self._serving: asyncio.Task[None] | None = None

    async def start(self) -> None:
        """Open the port and serve; OSError when it is taken."""
        host, port = split_address(self._bind)
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        listener = socket.create_server((host, port), family=family, backlog=256)
        listener.setblocking(False)
        bound = listener.getsockname()[1]
        self.address = f"[{host}]:{bound}" if family == socket.AF_INET6 else f"{host}:{bound}"
        # No access log: paths of one-time links are secrets.
        config = uvicorn.Config(
            self._dispatch,
            interface="asgi3",
            proxy_headers=False,
            log_config=None,
            access_log=False,
            server_header=False,
            lifespan="off",
            timeout_keep_alive=15,
            timeout_graceful_shutdown=3,
            h11_max_incomplete_event_size=64 * 1024,
        )
        self._server = _Uvicorn(config)
        self._serving = asyncio.create_task(self._server.serve(sockets=[listener]), name="http")
        while not self._server.started:
            if self._serving.done():
                await self._serving
                raise OSError(f"HTTP cannot serve on {self._bind}")
            await asyncio.sleep(0.005)
        self.healthy = True

    @property
    def failed(self) -> "asyncio.Task[None] | None":
        """The serving task: it ends only by ``stop`` or a failure."""
        return self._serving

    async def stop(self) -> None:
        """Finish the running requests (at most 3 s) and close the port."""
        self.healthy = False
        if self._server is not None and self._serving is not None:
            self._server.should_exit = True
            serving, self._serving = self._serving, None
            await serving

    async def _dispatch(self, scope: Any, receive: Any, send: Any) -> None:
        await self.app(scope, receive, send)
