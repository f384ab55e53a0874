"""Hands risk flags straight to alerting, beside the topic, until alerting has confirmed each.

At once when a flag is seen, and again from the database until it is confirmed: a crash, a restart or an alerting that
is away only delay it. Nobody waits for it: the flag is durable and on its way to the topic before.
"""

import asyncio
import random
import time
from dataclasses import dataclass
from typing import Protocol

from services.feedback.domain.risk import RiskFlag
from services.feedback.flags import Flags
from services.runtime import faults
from services.runtime.errors import Permanent, Transient
from services.runtime.metrics import Metrics
from services.runtime.telemetry import get_logger

# Flags looked at in one sweep beside those that failed before, and handed over at the same time.
_BATCH = 500
_AT_ONCE = 16

log = get_logger(__name__)


class Alerting(Protocol):
    """The direct way to alerting."""

    async def raise_risk_flag(self, flag: RiskFlag) -> None:
        """Return once alerting has made the flag's alert durable; Transient or Permanent when it has not."""
        ...


@dataclass(slots=True)
class _Failures:
    count: int = 0
    again_at: float = 0.0


class HandOff:
    """A part of the service: started, stopped, and healthy while it runs."""

    def __init__(
        self, flags: Flags, alerting: Alerting, metrics: Metrics, every_seconds: float, longest_pause_seconds: float
    ) -> None:
        self._flags = flags
        self._alerting = alerting
        self._every = every_seconds
        self._longest_pause = longest_pause_seconds
        self._under_way: dict[str, asyncio.Task[None]] = {}
        self._failures: dict[str, _Failures] = {}
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._stopping = False
        self._wake = asyncio.Event()
        self._fault: BaseException | None = None
        self._task: asyncio.Task[None] | None = None
        self._outcomes = metrics.counter(
            "feedback_risk_handoffs_total",
            "Direct hand-offs of risk flags to alerting, by outcome: confirmed, failed (they are repeated).",
            ["outcome"],
        )
        self._waiting = metrics.gauge(
            "feedback_risk_handoffs_waiting", "Risk flags that alerting has not confirmed. Above 0 for a minute: act."
        )

    @property
    def healthy(self) -> bool:
        """False once the loop has ended. With alerting away feedback stays healthy: it must go on accepting."""
        return self._task is not None and not self._task.done()

    @property
    def failed(self) -> "asyncio.Task[None] | None":
        """The loop, which ends only by ``stop`` or a fault."""
        return self._task

    @property
    def under_way(self) -> int:
        """How many flags are being handed over at this moment."""
        return len(self._under_way)

    async def start(self) -> None:
        """Begin to look for flags that were not handed over."""
        self._task = asyncio.create_task(self._run(), name="feedback-handoff")

    async def stop(self) -> None:
        """Let the calls under way end (each has a deadline), then end. What is left is found at the next start."""
        self._stopping = True
        self._wake.set()
        if self._task is not None:
            await asyncio.wait([self._task])
        if self._under_way:
            await asyncio.wait(list(self._under_way.values()))

    def begin(self, flag: RiskFlag) -> None:
        """Hand a flag over now, in the background; nothing happens while a call for it is under way."""
        if flag.flag_id in self._under_way:
            return
        task = asyncio.create_task(self._hand_over(flag), name="feedback-handoff-flag")
        self._under_way[flag.flag_id] = task
        task.add_done_callback(lambda done: self._ended(flag.flag_id, done))

    async def sweep(self) -> int:
        """Begin again with the flags that wait and whose pause is over; return how many wait."""
        # However many alerting keeps refusing, later ones come into sight behind them.
        waiting = await self._flags.waiting(_BATCH + len(self._failures))
        self._waiting.set(len(waiting))
        ids = {flag.flag_id for flag in waiting}
        self._failures = {id_: known for id_, known in self._failures.items() if id_ in ids or id_ in self._under_way}
        now = time.monotonic()
        for flag in waiting:
            failures = self._failures.get(flag.flag_id)
            if failures is None or failures.again_at <= now:
                self.begin(flag)
        return len(waiting)

    async def _run(self) -> None:
        while not self._stopping:
            try:
                await self.sweep()
            except Transient as error:
                log.warning("risk flags that wait cannot be read", error=error)
            try:
                async with asyncio.timeout(self._every):
                    await self._wake.wait()
            except TimeoutError:
                continue
            if self._fault is not None:
                raise self._fault

    async def _hand_over(self, flag: RiskFlag) -> None:
        try:
            async with self._slots:
                await self._alerting.raise_risk_flag(flag)
        except (Transient, Permanent) as error:
            self._failed(flag, error)
            return
        faults.point("after-send-before-mark")
        self._outcomes.labels("confirmed").inc()
        self._failures.pop(flag.flag_id, None)
        try:
            await self._flags.handed_over(flag)
        except Transient as error:
            # It is handed over again, which alerting recognises by the flag's id.
            log.warning("a confirmed hand-off could not be noted", site_id=flag.site_id, error=error)

    def _failed(self, flag: RiskFlag, error: Exception) -> None:
        failures = self._failures.setdefault(flag.flag_id, _Failures())
        failures.count += 1
        pause = min(self._longest_pause, self._every * 2 ** min(failures.count - 1, 16))
        # Jitter, so that flags that failed together do not come back together.
        failures.again_at = time.monotonic() + pause * random.uniform(0.5, 1.0)  # noqa: S311
        self._outcomes.labels("failed").inc()
        log.error(
            "alerting has not confirmed a risk flag; it is on the topic and is handed over again",
            site_id=flag.site_id,
            event_id=flag.flag_id,
            attempt=failures.count,
            error=error,
        )

    def _ended(self, flag_id: str, task: asyncio.Task[None]) -> None:
        self._under_way.pop(flag_id, None)
        if not task.cancelled() and task.exception() is not None:
            # A fault of ours: the loop ends with it, and a service with a part that has ended stops.
            self._fault = task.exception()
            self._wake.set()
