"""The life of a service process: check, build, start, serve, stop in order.

It is live as soon as its HTTP port is open. While a dependency is away at the start it waits, live and not ready.
On SIGTERM or SIGINT: not ready -> take nothing more -> finish what runs -> publish what waits -> close; whatever hangs
is cut off.
"""

import argparse
import asyncio
import json
import os
import random
import signal
import sys
import threading
from collections.abc import Awaitable, Callable, Coroutine, Sequence
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Protocol, TypeVar

import uvloop

from services.runtime import faults, telemetry
from services.runtime.errors import Transient
from services.runtime.metrics import Metrics
from services.runtime.rpc import Server
from services.runtime.settings import Settings, SettingsError
from services.runtime.store import Store
from services.runtime.supervision import Supervisor
from services.runtime.web import HttpServer, Readiness, Web

EXIT_OK = 0
EXIT_CRASH = 70  # EX_SOFTWARE: a fault of ours
EXIT_DRAIN_OVERRUN = 75  # EX_TEMPFAIL: stopping took too long; what was not finished comes again
EXIT_CONFIG = 78  # EX_CONFIG: starting again changes nothing

_OVERRUN_SECONDS = 5.0
_FIRST_WAIT_SECONDS = 0.25
_LONGEST_WAIT_SECONDS = 5.0

log = telemetry.get_logger(__name__)

S = TypeVar("S", bound=Settings)


class Part(Protocol):
    """Something that runs.

    It may also have ``status`` (why it is not healthy, in words) and ``failed`` (a future or task that is done when the
    part has ended by a fault; its result or exception says which).
    """

    @property
    def healthy(self) -> bool:
        """Whether it does its work; False makes the service not ready."""
        ...

    async def start(self) -> None:
        """Begin; Transient is tried again."""
        ...

    async def stop(self) -> None:
        """Finish what is running and end, within the drain time."""
        ...


@dataclass(slots=True)
class Parts:
    """What a service's wiring builds."""

    store: Store
    publisher: Part
    grpc: Server
    web: Web
    consumer: Part | None = None
    extra: Sequence[Part] = field(default=())
    # Closed last, in order, beside the store: channels to other services, HTTP clients.
    close: Sequence[Callable[[], Awaitable[Any]]] = field(default=())


def main(build: Callable[[S], Awaitable[Parts]], settings_class: type[S]) -> None:
    """Run one service to its end and exit the process; the whole of a service's ``__main__``."""
    parser = argparse.ArgumentParser(prog=f"python -m services.{settings_class.service() or 'service'}")
    parser.add_argument("--check-config", action="store_true", help="check the settings, print them and exit")
    arguments = parser.parse_args()
    try:
        settings = settings_class.load()
    except SettingsError as error:
        sys.stderr.write("".join(f"{problem}\n" for problem in error.problems))
        sys.exit(EXIT_CONFIG)
    if arguments.check_config:
        sys.stdout.write("".join(f"{name}={value}\n" for name, value in settings.effective().items()))
        sys.exit(EXIT_OK)
    telemetry.configure(settings.service(), settings.log_level)
    faults.configure(settings.faults)
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        code = runner.run(Lifecycle(build, settings).run())
    sys.exit(code)


class _Stopped(Exception):
    """A signal came."""


class Lifecycle:
    """One run of one service."""

    def __init__(self, build: Callable[[S], Awaitable[Parts]], settings: S) -> None:
        self._build: Callable[[], Awaitable[Parts]] = lambda: build(settings)
        self._settings: Settings = settings
        self._readiness = Readiness(service="is starting")
        self._stop = asyncio.Event()
        waiting_room = Web(Metrics(settings.service()), readiness=self._readiness, starting=True)
        self._http = HttpServer(settings.http_bind, waiting_room.app)
        self._closers: list[Callable[[], Awaitable[Any]]] = []

    async def run(self) -> int:
        """Live once; returns the exit code."""
        loop = asyncio.get_running_loop()
        for number in (signal.SIGTERM, signal.SIGINT):
            loop.add_signal_handler(number, self._signalled, number)
        try:
            return await self._live()
        except _Stopped:
            return EXIT_OK
        except SettingsError as error:
            log.critical("settings cannot be used", error=error)
            return EXIT_CONFIG
        except Exception:
            log.critical("the service failed", exc_info=True)
            return EXIT_CRASH
        finally:
            await self._finish("http", self._http.stop)

    async def _live(self) -> int:
        self._remove_ready_file()
        await self._http.start()
        log.info("live", http=self._http.address, pid=os.getpid())
        parts = await self._patiently("build", self._build)
        parts.web.readiness = self._readiness
        supervisor = Supervisor(self._readiness, parts, self._http, self._announce)
        try:
            await self._start(parts)
            self._http.app = parts.web.app
            code = await self._serve(supervisor)
        except _Stopped:
            code = EXIT_OK
        finally:
            await self._shut_down(parts)
        return code

    async def _start(self, parts: Parts) -> None:
        await self._patiently("indexes", parts.store.ensure_indexes)
        # The door before the stream: it accepts while Kafka is away.
        await self._patiently("grpc", parts.grpc.start)
        log.info("serving calls", grpc=parts.grpc.address)
        await self._patiently("publisher", parts.publisher.start)
        for part in parts.extra:
            await self._patiently(type(part).__name__.lower(), part.start)
        if parts.consumer is not None:
            await self._patiently("consumer", parts.consumer.start)
        self._readiness.set("service", None)

    async def _serve(self, supervisor: Supervisor) -> int:
        watching = asyncio.create_task(supervisor.watch(), name="supervisor")
        stopping = asyncio.create_task(self._stop.wait())
        await asyncio.wait({watching, stopping}, return_when=asyncio.FIRST_COMPLETED)
        if not watching.done():
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
            return EXIT_OK
        stopping.cancel()
        failure = watching.result()
        log.critical("a part failed", part=failure.part, reason=failure.reason, exc_info=failure.cause)
        self._arm_hard_exit()
        return failure.exit_code

    async def _shut_down(self, parts: Parts) -> None:
        """Each step is bounded, so that a hanging one cannot keep the next from what it has to save."""
        self._arm_hard_exit()
        self._readiness.set("service", "is stopping")
        self._remove_ready_file()
        log.info("stopping")
        await self._finish("grpc health", lambda: parts.grpc.set_serving(False))
        taking_in: list[Coroutine[Any, Any, None]] = [self._finish("grpc", parts.grpc.stop)]
        if parts.consumer is not None:
            taking_in.append(self._finish("consumer", parts.consumer.stop))
        await asyncio.gather(*taking_in)
        for part in reversed(parts.extra):
            await self._finish(type(part).__name__.lower(), part.stop)
        await self._finish("publisher", parts.publisher.stop)
        for close in parts.close:
            await self._finish("close", close)
        await self._finish("store", parts.store.close)
        log.info("stopped")

    async def _finish(self, part: str, stop: Callable[[], Awaitable[Any]]) -> None:
        try:
            async with asyncio.timeout(self._settings.drain_seconds):
                await stop()
        except TimeoutError:
            log.warning("did not stop in time", part=part)
        except Exception:
            # The other parts must still be stopped; what this one left undone is found again at the next start.
            log.exception("failed while stopping", part=part)

    async def _patiently(self, step: str, action: Callable[[], Awaitable[Any]]) -> Any:
        """Do a step of the start, again with growing pauses while a dependency is away.

        _Stopped when a signal comes meanwhile.
        """
        wait = _FIRST_WAIT_SECONDS
        while True:
            try:
                result = await self._unless_stopped(action)
            except Transient as away:
                self._readiness.set(step, f"waiting for {away.what}")
                log.warning("waiting for a dependency", step=step, dependency=away.what, wait_seconds=round(wait, 2))
            else:
                self._readiness.set(step, None)
                return result
            pause = random.uniform(wait / 2, wait)  # noqa: S311  jitter, not a secret
            await self._unless_stopped(partial(asyncio.sleep, pause))
            wait = min(wait * 2, _LONGEST_WAIT_SECONDS)

    async def _unless_stopped(self, action: Callable[[], Awaitable[Any]]) -> Any:
        working = asyncio.ensure_future(action())
        stopping = asyncio.create_task(self._stop.wait())
        try:
            await asyncio.wait({working, stopping}, return_when=asyncio.FIRST_COMPLETED)
            if not working.done():
                raise _Stopped
            return working.result()
        finally:
            stopping.cancel()
            if not working.done():
                working.cancel()
                await asyncio.gather(working, return_exceptions=True)

    def _signalled(self, number: int) -> None:
        if not self._stop.is_set():
            log.info("signal", signal=signal.Signals(number).name)
            self._arm_hard_exit()
            self._stop.set()

    def _arm_hard_exit(self) -> None:
        """From a thread, because the event loop may be what hangs."""
        if any(thread.name == "hard-exit" for thread in threading.enumerate()):
            return
        timer = threading.Timer(self._settings.drain_seconds + _OVERRUN_SECONDS, os._exit, (EXIT_DRAIN_OVERRUN,))
        timer.name, timer.daemon = "hard-exit", True
        timer.start()

    def _announce(self, grpc: str) -> None:
        """Write the ready file whole or not at all."""
        path = self._settings.ready_file
        log.info("ready", grpc=grpc, http=self._http.address)
        if path is None:
            return
        partial = Path(f"{path}.{os.getpid()}")
        partial.write_text(json.dumps({"grpc": grpc, "http": self._http.address, "pid": os.getpid()}))
        partial.replace(path)

    def _remove_ready_file(self) -> None:
        if self._settings.ready_file is not None:
            self._settings.ready_file.unlink(missing_ok=True)
