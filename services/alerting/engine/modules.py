"""The small modules of a cycle. Each finds its own work; one bad document does not hold back its neighbours."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Sequence
from typing import Protocol, TypeVar

from services.alerting.domain.facts import Kind
from services.alerting.engine.waker import Waker
from services.alerting.escalations import Escalations
from services.alerting.metrics import AlertingMetrics
from services.alerting.pages import Pages
from services.alerting.silences import InForce
from services.runtime.errors import Transient
from services.runtime.telemetry import get_logger

BATCH = 200  # documents of one module in one cycle
# How long a module begins pieces of work that are not about risk; what is left is begun in the next cycle, which then
# follows at once. So risk, which comes first in every cycle, never waits for a storm of anything else.
BUDGET = 0.2
AT_ONCE = 8  # of them worked on at the same time

log = get_logger(__name__)
T = TypeVar("T")


class Module(Protocol):
    """One part of a cycle."""

    name: str

    async def run(self, fence: int) -> None:
        """Do what is to be done now, under the lease's token."""
        ...


class LetGo:
    """Reads which silences are in force, and lets go what the ended ones kept back."""

    name = "let_go"

    def __init__(self, silences: InForce) -> None:
        self._silences = silences

    async def run(self, fence: int) -> None:
        """Know what is in force in this cycle."""
        await self._silences.refresh()


class Escalate:
    """Takes the steps that are due, and triggers again what was acknowledged for too long; those of risk first."""

    name = "escalate"

    def __init__(self, escalations: Escalations, waker: Waker, metrics: AlertingMetrics) -> None:
        self._escalations = escalations
        self._waker = waker
        self._metrics = metrics

    async def run(self, fence: int) -> None:
        """Plan the pages of every step that is due."""
        for kind in Kind:
            due = await self._escalations.due(kind, BATCH)
            seconds = None if kind is Kind.RISK else BUDGET
            done = await each(
                due, lambda key: self._escalations.escalate(key, fence), self.name, self._metrics, seconds
            )
            if not done or len(due) == BATCH:
                self._waker.wake()


class TellEnd:
    """Tells those who were paged that an alert is closed."""

    name = "tell_end"

    def __init__(self, escalations: Escalations, metrics: AlertingMetrics) -> None:
        self._escalations = escalations
        self._metrics = metrics

    async def run(self, fence: int) -> None:
        """Plan to tell them."""
        ends = await self._escalations.untold_ends(BATCH)
        await each(ends, self._escalations.tell_end, self.name, self._metrics, BUDGET)


class Reclaim:
    """Finds pages that were being sent when their sender died."""

    name = "reclaim"

    def __init__(self, pages: Pages, metrics: AlertingMetrics) -> None:
        self._pages = pages
        self._metrics = metrics

    async def run(self, fence: int) -> None:
        """Make them ready to be sent again."""
        await each(await self._pages.expired(BATCH), self._pages.reclaim, self.name, self._metrics)


class FallBack:
    """Sees to pages that failed: the person's next channel, or the next step when nobody of this one can be reached."""

    name = "fall_back"

    def __init__(self, escalations: Escalations, pages: Pages, metrics: AlertingMetrics) -> None:
        self._escalations = escalations
        self._pages = pages
        self._metrics = metrics

    async def run(self, fence: int) -> None:
        """See to all of them."""
        failed = await self._pages.wanting_next_channel(BATCH)
        await each(failed, self._escalations.fall_back, self.name, self._metrics)


async def each(
    items: Sequence[T],
    work: Callable[[T], Awaitable[None]],
    module: str,
    metrics: AlertingMetrics,
    seconds: float | None = None,
) -> bool:
    """Work on all items, a few at once; begin none after so many seconds. Tell whether all were begun.

    A fault in one is logged and counted; Transient is raised when all have been tried.
    """
    slots = asyncio.Semaphore(AT_ONCE)
    until = None if seconds is None else time.monotonic() + seconds
    left = 0

    async def one(item: T) -> None:
        nonlocal left
        async with slots:
            if until is not None and time.monotonic() > until:
                left += 1
            else:
                await work(item)

    outcomes = await asyncio.gather(*(one(item) for item in items), return_exceptions=True)
    faults = [outcome for outcome in outcomes if isinstance(outcome, BaseException)]
    for fault in faults:
        if not isinstance(fault, Transient):
            log.error("engine work failed", module=module, error=type(fault).__name__, exc_info=fault)
            metrics.engine_failures.labels(module).inc()
    away = next((fault for fault in faults if isinstance(fault, Transient)), None)
    if away is not None:
        raise away
    return left == 0
