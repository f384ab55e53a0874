"""Sends pages: in parallel, within bounds, each call with a limit.

A gateway that hangs holds back neither the cycle nor risk. Each page about a risk is a message of its own, at once; of
everything else, what is due to the same person over the same channel is one message, at most one in five minutes.
"""

import asyncio
from collections.abc import Coroutine
from datetime import UTC, datetime
from functools import partial

from services.alerting.addresses import Addresses
from services.alerting.domain.delivery import Delivery
from services.alerting.domain.facts import Facts, Kind
from services.alerting.engine.handover import HandOver
from services.alerting.engine.waker import Waker
from services.alerting.escalations import Escalations, needed
from services.alerting.metrics import AlertingMetrics
from services.alerting.pages import Pages
from services.alerting.silences import InForce
from services.alerting.sites import Sites
from services.runtime.clock import Clock
from services.runtime.errors import Transient
from services.runtime.telemetry import get_logger

# Calls at once, for each kind of its own: a storm of ruptures at a gateway that hangs takes no slot of a risk page.
SLOTS = 16
SCANNED = 200  # due pages looked at in one cycle to find whom to write to
BUNDLED = 500  # pages in one message at most
ALONE = (Kind.RISK, Kind.TEST)  # each page a message of its own, at once
NOT_NEEDED = "no longer needed: the alert was acknowledged, closed or triggered anew"
OUTSIDE_HOURS = "outside the hours in which this may page"
_NEVER = datetime(1970, 1, 1, tzinfo=UTC)

log = get_logger(__name__)


class Send:
    """The module that sends what is due."""

    name = "send"

    def __init__(
        self,
        escalations: Escalations,
        pages: Pages,
        sites: Sites,
        silences: InForce,
        addresses: Addresses,
        hand_over: HandOver,
        clock: Clock,
        waker: Waker,
        metrics: AlertingMetrics,
    ) -> None:
        self._escalations = escalations
        self._pages = pages
        self._sites = sites
        self._silences = silences
        self._addresses = addresses
        self._hand_over = hand_over
        self._clock = clock
        self._waker = waker
        self._metrics = metrics
        # By kind: what is being sent, under the name of its page or bundle.
        self._in_flight: dict[Kind, dict[str, asyncio.Task[None]]] = {kind: {} for kind in Kind}
        # When a contact, or anybody of a site, was written to last by this engine; only their order depends on it.
        self._written: dict[str, datetime] = {}

    async def run(self, fence: int) -> None:
        """Start sending what is due, as far as there are slots; does not wait for gateways."""
        for kind in Kind:
            await (self._each(kind, fence) if kind in ALONE else self._bundles(kind, fence))

    async def idle(self) -> None:
        """Wait until no page is in flight."""
        while tasks := [task for in_flight in self._in_flight.values() for task in in_flight.values()]:
            await asyncio.wait(tasks)

    async def _each(self, kind: Kind, fence: int) -> None:
        in_flight = self._in_flight[kind]
        free = SLOTS - len(in_flight)
        if free <= 0:
            return
        due = await self._pages.due(kind, free + len(in_flight))
        for page in [page for page in due if page.delivery_id not in in_flight][:free]:
            self._begin(page, page.delivery_id, self._alone(page, fence))

    async def _bundles(self, kind: Kind, fence: int) -> None:
        in_flight = self._in_flight[kind]
        free = SLOTS - len(in_flight)
        if free <= 0:
            return
        bundles: dict[str, Delivery] = {}
        due = await self._pages.due(kind, SCANNED)
        for page in due:
            name = f"{page.contact}/{page.purpose}/{page.again}"
            if name not in in_flight:
                bundles.setdefault(name, page)
        for name in sorted(bundles, key=lambda name: self._turn(bundles[name]))[:free]:
            self._begin(bundles[name], name, self._together(bundles[name], fence))
        if len(due) == SCANNED:
            # There is more behind what was seen.
            self._waker.wake()

    def _turn(self, page: Delivery) -> tuple[datetime, datetime, datetime]:
        """Return whose turn it is: a site that was not written to, then who was written to the longest ago."""
        site, contact = self._written.get(page.site_id, _NEVER), self._written.get(page.contact, _NEVER)
        return site, contact, page.not_before

    def _begin(self, page: Delivery, name: str, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(self._guarded(page, work), name=f"page {page.delivery_id}")
        self._in_flight[page.kind][name] = task
        task.add_done_callback(partial(self._done, page.kind, name))

    def _done(self, kind: Kind, name: str, _task: asyncio.Task[None]) -> None:
        in_flight = self._in_flight[kind]
        if len(in_flight) >= SLOTS:
            # Others may be waiting for this slot.
            self._waker.wake()
        del in_flight[name]

    async def _guarded(self, page: Delivery, work: Coroutine[None, None, None]) -> None:
        try:
            await work
        except Transient as error:
            # Nothing is lost: what was claimed is reclaimed, what was not is still due.
            log.warning("page waits for a dependency", delivery=page.delivery_id, dependency=error.what)
        except Exception as error:
            log.exception("page failed by a fault of ours", delivery=page.delivery_id, error=type(error).__name__)
            self._metrics.engine_failures.labels(self.name).inc()

    async def _alone(self, page: Delivery, fence: int) -> None:
        if await self._may_go(page):
            claimed = await self._pages.claim(page, fence)
            if claimed is not None:
                await self._hand_over.give(claimed)

    async def _together(self, first: Delivery, fence: int) -> None:
        due = await self._pages.due_to(first, BUNDLED)
        pages = [page for page in due if await self._may_go(page)]
        if not pages or await self._paced(pages):
            return
        lead = await self._pages.claim(pages[0], fence)
        if lead is not None:
            self._written[lead.contact] = self._written[lead.site_id] = self._clock.now()
            await self._hand_over.give(lead, pages[1:])

    async def _paced(self, pages: list[Delivery]) -> bool:
        """Keep pages back when their contact was just written to, or too often; tell whether that was so."""
        found = self._hand_over.contact(pages[0])
        asked_for = pages[0].again > 0
        wait = None if found is None or asked_for else await self._addresses.wait(found[1], pages[0])
        if wait is None:
            return False
        for page in pages:
            await self._pages.hold(page, wait.until, wait.reason)
        return True

    async def _may_go(self, page: Delivery) -> bool:
        """Look once more before the call: somebody may have answered, and the night may have begun."""
        facts, state = await self._escalations.alert_of(page)
        if not needed(page, state):
            await self._pages.drop(page, NOT_NEEDED)
            self._metrics.pages.labels(page.channel, "dropped").inc()
            return False
        return not await self._kept_back(page, facts)

    async def _kept_back(self, page: Delivery, facts: Facts) -> bool:
        silence = self._silences.silencing(facts)
        # Word of the end is due to whoever was paged, silenced or not.
        if silence is not None and page.asks:
            until = silence.ends_at.isoformat(timespec="seconds")
            reason = f"silenced until {until} by {silence.author}: {silence.reason}"
            await self._pages.hold(page, silence.ends_at, reason, silence.silence_id)
            return True
        site = self._sites.get(page.site_id)
        now = self._clock.now()
        allowed = now if site is None else site.may_page_at(page.kind, now)
        if allowed > now:
            await self._pages.hold(page, allowed, OUTSIDE_HOURS)
        return allowed > now
