"""The small modules of a cycle. Each finds its own work; one bad document does not hold back its neighbours."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Hashable, Sequence
from functools import partial
from typing import Protocol, TypeVar

from services.alerting.domain.facts import Kind
from services.alerting.engine.aside import Aside
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
T = TypeVar("T", bound=Hashable)


class Module(Protocol):
    """One part of a cycle."""

    name: str

    async def run(self, fence: int) -> None:
        """Do what is to be done now, under the lease's token."""
        ...


class Know:
    """Reads which silences are in force in this cycle."""

    name = "know"

    def __init__(self, silences: InForce) -> None:
        self._silences = silences

    async def run(self, fence: int) -> None:
        """Read them."""
        await self._silences.refresh()


class LetGo:
    """Lets go what ended silences kept back; after everything that is about risk."""

    name = "let_go"

    def __init__(self, silences: InForce, waker: Waker, aside: Aside, metrics: AlertingMetrics) -> None:
        self._silences = silences
        self._waker = waker
        self._aside = aside
        self._metrics = metrics

    async def run(self, fence: int) -> None:
        """Let go one batch of the first silence that still keeps anything back."""
        for silence in self._silences.over:
            pages, alerts = await self._silences.held(silence, BATCH)
            if not pages and not alerts:
                await self._silences.seen_to(silence)
                continue
            await self._each(pages, partial(self._silences.release_page, silence))
            await self._each(alerts, partial(self._silences.release_alert, silence))
            if self._aside.ready(self.name, (*pages, *alerts)):
                self._waker.wake()
            return

    async def _each(self, items: Sequence[T], work: Callable[[T], Awaitable[None]]) -> None:
        await each(items, work, self.name, self._metrics, self._aside, BUDGET)


class Escalate:
    """Takes the steps that are due, and triggers again what was acknowledged for too long; those of risk first."""

    name = "escalate"

    def __init__(self, escalations: Escalations, waker: Waker, aside: Aside, metrics: AlertingMetrics) -> None:
        self._escalations = escalations
        self._waker = waker
        self._aside = aside
        self._metrics = metrics

    async def run(self, fence: int) -> None:
        """Plan the pages of every step that is due."""
        for kind in Kind:
            due = self._aside.ready(self.name, await self._escalations.due(kind, BATCH + len(self._aside)))
            seconds = None if kind is Kind.RISK else BUDGET
            work = partial(self._escalations.escalate, fence=fence)
            done = await each(due, work, self.name, self._metrics, self._aside, seconds)
            if not done or len(due) >= BATCH:
                self._waker.wake()


class TellEnd:
    """Tells those who were paged that an alert is closed."""

    name = "tell_end"

    def __init__(self, escalations: Escalations, aside: Aside, metrics: AlertingMetrics) -> None:
        self._escalations = escalations
        self._aside = aside
        self._metrics = metrics

    async def run(self, fence: int) -> None:
        """Plan to tell them."""
        ends = await self._escalations.untold_ends(BATCH + len(self._aside))
        await each(ends, self._escalations.tell_end, self.name, self._metrics, self._aside, BUDGET)


class Reclaim:
    """Finds pages that were being sent when their sender died."""

    name = "reclaim"

    def __init__(self, pages: Pages, aside: Aside, metrics: AlertingMetrics) -> None:
        self._pages = pages
        self._aside = aside
        self._metrics = metrics

    async def run(self, fence: int) -> None:
        """Make them ready to be sent again."""
        expired = await self._pages.expired(BATCH + len(self._aside))
        await each(expired, self._pages.reclaim, self.name, self._metrics, self._aside)


class FallBack:
    """Sees to pages that failed: the person's next channel, or the next step when nobody of this one can be reached.

    Those of risk first, and all of them.
    """

    name = "fall_back"

    def __init__(
        self, escalations: Escalations, pages: Pages, waker: Waker, aside: Aside, metrics: AlertingMetrics
    ) -> None:
        self._escalations = escalations
        self._pages = pages
        self._waker = waker
        self._aside = aside
        self._metrics = metrics

    async def run(self, fence: int) -> None:
        """See to those of each kind, those that were planned first before the others."""
        for kind in Kind:
            failed = await self._pages.wanting_next_channel(kind, BATCH + len(self._aside))
            failed = self._aside.ready(self.name, failed)
            seconds = None if kind is Kind.RISK else BUDGET
            done = await each(failed, self._escalations.fall_back, self.name, self._metrics, self._aside, seconds)
            if not done or len(failed) >= BATCH:
                self._waker.wake()


async def each(
    items: Sequence[T],
    work: Callable[[T], Awaitable[None]],
    module: str,
    metrics: AlertingMetrics,
    aside: Aside,
    seconds: float | None = None,
) -> bool:
    """Work on all items, a few at once; begin none after so many seconds. Tell whether all were begun.

    A fault in one is logged and counted, and the item is left alone for a while; Transient is raised when all have been
    tried.
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
                aside.done(module, item)

    begun = aside.ready(module, items)
    outcomes = await asyncio.gather(*(one(item) for item in begun), return_exceptions=True)
    for item, outcome in zip(begun, outcomes, strict=True):
        if isinstance(outcome, BaseException) and not isinstance(outcome, Transient):
            log.error("engine work failed", module=module, error=type(outcome).__name__, exc_info=outcome)
            metrics.engine_failures.labels(module).inc()
            aside.failed(module, item)
    away = next((outcome for outcome in outcomes if isinstance(outcome, Transient)), None)
    if away is not None:
        raise away
    return left == 0
