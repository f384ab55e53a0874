"""Watches the parts of a running service: keeps readiness true, and notices the part that failed."""

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from services.runtime import telemetry
from services.runtime.errors import Transient
from services.runtime.web import HttpServer, Readiness

if TYPE_CHECKING:
    from services.runtime.lifecycle import Parts

_EVERY_SECONDS = 1.0
_PING_SECONDS = 2.0
# A part of a service's own that stays unhealthy so long although the database answers is restarted with its process.
_WATCHDOG_SECONDS = 60.0
_EXIT_CRASH = 70

log = telemetry.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Failure:
    """The part that failed, why, and the exit code that says so."""

    part: str
    reason: str
    exit_code: int = _EXIT_CRASH
    cause: BaseException | None = None


class Supervisor:
    """Looks at every part once a second, and at once when one says that it failed."""

    def __init__(self, readiness: Readiness, parts: "Parts", http: HttpServer, announce: Callable[[str], None]) -> None:
        self._readiness = readiness
        self._parts = parts
        self._announce = announce
        self._announced = False
        self._serving = False
        self._unhealthy_since: dict[str, float] = {}
        self._own = {type(part).__name__.lower(): part for part in parts.extra}
        self._watched: dict[str, Any] = {"http": http, "grpc": parts.grpc, "publisher": parts.publisher, **self._own}
        if parts.consumer is not None:
            self._watched["consumer"] = parts.consumer

    async def watch(self) -> Failure:
        """Return the first failure."""
        while True:
            failure = self._failed() or await self._look()
            if failure is not None:
                return failure
            futures = self._futures()
            await asyncio.wait(futures, timeout=_EVERY_SECONDS, return_when=asyncio.FIRST_COMPLETED)

    def _futures(self) -> set["asyncio.Future[Any]"]:
        futures = (getattr(part, "failed", None) for part in self._watched.values())
        return {future for future in futures if isinstance(future, asyncio.Future)}

    def _failed(self) -> Failure | None:
        for name, part in self._watched.items():
            future = getattr(part, "failed", None)
            if isinstance(future, asyncio.Future) and future.done():
                return _failure(name, future)
        return None

    async def _look(self) -> Failure | None:
        away = await self._store_away()
        self._note("store", away)
        for name, part in self._watched.items():
            self._note(name, None if part.healthy else str(getattr(part, "status", "") or "is not healthy"))
        await self._serve_calls(away is None)
        if self._readiness.ready and not self._announced:
            self._announced = True
            self._announce(self._parts.grpc.address)
        return None if away else self._barks()

    async def _store_away(self) -> str | None:
        try:
            async with asyncio.timeout(_PING_SECONDS):
                await self._parts.store.ping()
        except TimeoutError:
            return "mongodb does not answer"
        except Transient as error:
            return error.what
        return None

    def _note(self, part: str, reason: str | None) -> None:
        self._parts.web.metrics.ready.labels(part).set(0 if reason else 1)
        if self._readiness.set(part, reason):
            if reason:
                log.warning("not ready", part=part, reason=reason)
            else:
                log.info("ready again", part=part)

    async def _serve_calls(self, serving: bool) -> None:
        """gRPC health is about the doors: they need the database, and accept while Kafka is away."""
        if serving != self._serving:
            self._serving = serving
            await self._parts.grpc.set_serving(serving)

    def _barks(self) -> Failure | None:
        now = time.monotonic()
        for name, part in self._own.items():
            if part.healthy:
                self._unhealthy_since.pop(name, None)
            elif now - self._unhealthy_since.setdefault(name, now) > _WATCHDOG_SECONDS:
                return Failure(name, f"unhealthy for {_WATCHDOG_SECONDS:g} s")
        return None


def _failure(name: str, future: "asyncio.Future[Any]") -> Failure:
    if future.cancelled():
        return Failure(name, "was cancelled")
    cause = future.exception()
    if cause is None and isinstance(future.result(), BaseException):
        cause = future.result()
    if cause is None:
        return Failure(name, "ended by itself")
    return Failure(name, telemetry.describe(cause), int(getattr(cause, "exit_code", _EXIT_CRASH)), cause)
