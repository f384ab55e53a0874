"""The engine's heart: cycles, under the lease."""

import asyncio
import time
from collections.abc import Sequence
from datetime import timedelta
from uuid import uuid4

from services.alerting.engine.modules import Module
from services.alerting.engine.send import Send
from services.alerting.engine.waker import Waker
from services.alerting.metrics import AlertingMetrics
from services.runtime.errors import Transient
from services.runtime.store import Lease
from services.runtime.telemetry import get_logger

LEASE = "engine"
MODULE_LIMIT = 10.0  # seconds of one module in one cycle
SILENT_LIMIT = 30.0  # seconds without a good cycle after which the engine calls itself ill

log = get_logger(__name__)


class Engine:
    """Runs the modules again and again while this instance holds the lease."""

    def __init__(
        self,
        modules: Sequence[Module],
        send: Send,
        lease: Lease,
        waker: Waker,
        metrics: AlertingMetrics,
        after: Sequence[Module] = (),
        *,
        tick: timedelta,
        lease_for: timedelta,
    ) -> None:
        self._modules = (*modules, send, *after)
        self._send = send
        self._lease = lease
        self._waker = waker
        self._metrics = metrics
        self._tick = tick.total_seconds()
        self._lease_for = lease_for
        self._owner = str(uuid4())
        self._fence: int | None = None
        self._renew_at = 0.0
        self._good_at = time.monotonic()
        self._stopping = False
        self._task: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """Tell whether cycles go well. An instance that only stands ready is healthy."""
        running = self._task is not None and not self._task.done()
        return running and time.monotonic() - self._good_at < SILENT_LIMIT

    @property
    def status(self) -> str:
        """Say why the engine is not healthy; empty while it is."""
        return "" if self.healthy else f"no good cycle for {SILENT_LIMIT:.0f} s: alerts may not be going out"

    @property
    def failed(self) -> "asyncio.Task[None] | None":
        """The running engine: it ends only by ``stop`` or a failure."""
        return self._task

    @property
    def acting(self) -> bool:
        """Tell whether this instance holds the lease."""
        return self._fence is not None

    async def start(self) -> None:
        """Begin."""
        self._good_at = time.monotonic()
        self._task = asyncio.create_task(self._run(), name="alerting engine")

    async def stop(self) -> None:
        """Finish the cycle and the pages in flight, then let another instance act at once."""
        self._stopping = True
        self._waker.wake()
        if self._task is not None:
            await self._task
        await self._send.idle()
        if self._fence is not None:
            await self._release(self._fence)
            self._lost()

    async def cycle(self) -> None:
        """Run every module once, if this instance may act."""
        if not await self._hold() or self._fence is None:
            return
        good = True
        for module in self._modules:
            good &= await self._run_module(module, self._fence)
        if good:
            self._good_at = time.monotonic()

    async def _run(self) -> None:
        while not self._stopping:
            with self._metrics.cycle_seconds.time():
                await self.cycle()
            await self._waker.pause(self._tick)

    async def _run_module(self, module: Module, fence: int) -> bool:
        try:
            async with asyncio.timeout(MODULE_LIMIT):
                await module.run(fence)
        except TimeoutError:
            log.warning("engine module took too long", module=module.name, seconds=MODULE_LIMIT)
        except Transient as error:
            log.warning("engine module waits for a dependency", module=module.name, dependency=error.what)
        except Exception as error:
            # The other modules go on: a fault in one must not silence the rest. It shows in health and in a metric.
            log.exception("engine module failed", module=module.name, error=type(error).__name__)
        else:
            return True
        self._metrics.engine_failures.labels(module.name).inc()
        return False

    async def _release(self, fence: int) -> None:
        try:
            await self._lease.release(LEASE, self._owner, fence)
        except Transient as error:
            log.warning("the lease was not given back; it expires by itself", dependency=error.what)

    async def _hold(self) -> bool:
        """Take or keep the lease; it is renewed here only, so an engine that is stuck loses it."""
        now = time.monotonic()
        if self._fence is not None and now < self._renew_at:
            return True
        try:
            fence = await self._lease.acquire(LEASE, self._owner, self._lease_for)
        except Transient as error:
            log.warning("engine has no lease: the database is away", dependency=error.what)
            self._lost()
            return False
        if fence is None:
            self._lost()
            self._good_at = now
            return False
        if fence != self._fence:
            log.info("engine acts", fence=fence)
        self._fence = fence
        self._renew_at = now + self._lease_for.total_seconds() / 4
        self._metrics.acting.set(1)
        return True

    def _lost(self) -> None:
        if self._fence is not None:
            log.info("engine stands ready")
        self._fence = None
        self._metrics.acting.set(0)
