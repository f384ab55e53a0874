"""Sends pages: in parallel, within bounds, each call with a limit.

A gateway that hangs holds back neither the cycle nor risk. Each page about a risk is a message of its own, at once; of
everything else, what is due to the same person over the same channel is one message, at most one in five minutes.
"""

import asyncio
from collections.abc import Coroutine, Sequence
from datetime import UTC, datetime
from functools import partial
from itertools import product

from services.alerting.addresses import Addresses
from services.alerting.domain.delivery import Delivery, Purpose
from services.alerting.domain.facts import Facts, Kind
from services.alerting.domain.sites import Channel
from services.alerting.engine.aside import Aside
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

# Calls at once, for each kind and channel of its own: a storm of ruptures, or of mails at a server that hangs, takes no
# slot of a risk page by telephone.
SLOTS = 16
Lane = tuple[Kind, Channel]
SCANNED = 200  # due pages looked at in one cycle to find whom to write to
SCANNED_ALONE = 4 * SLOTS  # of those that are a message each
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
        aside: Aside,
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
        self._aside = aside
        # What is being sent, under the name of its message.
        self._in_flight: dict[Lane, dict[str, asyncio.Task[None]]] = {lane: {} for lane in product(Kind, Channel)}
        # When a contact, or anybody of a site, was written to last by this engine; only their order depends on it.
        self._written: dict[str, datetime] = {}

    async def run(self, fence: int) -> None:
        """Start sending what is due, as far as there are slots; does not wait for gateways."""
        for kind in Kind:
            free = [channel for channel in Channel if len(self._in_flight[kind, channel]) < SLOTS]
            due, more = await self._due(kind, free) if free else ([], False)
            begun = [self._start(kind, channel, due, fence) for channel in free]
            if more and any(begun):
                self._waker.wake()

    async def idle(self) -> None:
        """Wait until no page is in flight."""
        while tasks := [task for in_flight in self._in_flight.values() for task in in_flight.values()]:
            await asyncio.wait(tasks)

    async def _due(self, kind: Kind, channels: Sequence[Channel]) -> tuple[list[Delivery], bool]:
        """Return what is due, and whether there is more. What waits behind a full reading is looked for by channel."""
        scanned = SCANNED_ALONE if kind in ALONE else SCANNED
        due = self._aside.ready(self.name, await self._pages.due(kind, scanned + len(self._aside)))
        if len(due) < scanned:
            return due, False
        found = {page.delivery_id: page for page in due}
        for channel, purpose in product(channels, (Purpose.PAGE, Purpose.DEADLINE)):
            asking = await self._pages.due_for(purpose, kind, channel, scanned + len(self._aside))
            found |= {page.delivery_id: page for page in self._aside.ready(self.name, asking)}
        return list(found.values()), True

    def _start(self, kind: Kind, channel: Channel, due: Sequence[Delivery], fence: int) -> bool:
        """Begin what is due over one channel, as far as it has slots; tell whether anything was begun."""
        in_flight = self._in_flight[kind, channel]
        waiting: dict[str, Delivery] = {}
        for page in due:
            if page.channel is channel and _message(page) not in in_flight:
                waiting.setdefault(_message(page), page)
        work = self._alone if kind in ALONE else self._together
        turns = sorted(waiting, key=lambda name: self._turn(waiting[name]))[: SLOTS - len(in_flight)]
        for name in turns:
            self._begin(waiting[name], name, work(waiting[name], fence))
        return bool(turns)

    def _turn(self, page: Delivery) -> tuple[bool, datetime, datetime, datetime]:
        """Return whose turn it is: what asks for something before what only tells of an end.

        Of bundles first a site that was not written to, then who was written to the longest ago.
        """
        site, contact = self._written.get(page.site_id, _NEVER), self._written.get(page.contact, _NEVER)
        alone = page.kind in ALONE
        return not page.asks, _NEVER if alone else site, _NEVER if alone else contact, page.not_before

    def _begin(self, page: Delivery, name: str, work: Coroutine[None, None, None]) -> None:
        task = asyncio.create_task(self._guarded(page, work), name=f"page {page.delivery_id}")
        lane = page.kind, page.channel
        self._in_flight[lane][name] = task
        task.add_done_callback(partial(self._done, lane, name))

    def _done(self, lane: Lane, name: str, _task: asyncio.Task[None]) -> None:
        in_flight = self._in_flight[lane]
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
            self._fault(page)

    def _fault(self, page: Delivery) -> None:
        """Leave a page alone for a while that cannot be sent by a fault of ours."""
        self._metrics.engine_failures.labels(self.name).inc()
        self._aside.failed(self.name, page)

    async def _alone(self, page: Delivery, fence: int) -> None:
        if await self._may_go(page):
            claimed = await self._pages.claim(page, fence)
            if claimed is not None:
                await self._hand_over.give(claimed)
        self._aside.done(self.name, page)

    async def _together(self, first: Delivery, fence: int) -> None:
        due = await self._pages.due_to(first, BUNDLED + len(self._aside))
        pages = [page for page in self._aside.ready(self.name, due) if await self._may_go_with_others(page)]
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

    async def _may_go_with_others(self, page: Delivery) -> bool:
        """Tell whether a page may go; a fault in one keeps none of the others back."""
        try:
            may_go = await self._may_go(page)
        except Transient:
            raise
        except Exception as error:
            log.exception("page failed by a fault of ours", delivery=page.delivery_id, error=type(error).__name__)
            self._fault(page)
            return False
        self._aside.done(self.name, page)
        return may_go

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


def _message(page: Delivery) -> str:
    """Return the name of the message that tells of a page: of its own, or of all that is for the same contact."""
    return page.delivery_id if page.kind in ALONE else f"{page.contact}/{page.purpose}/{page.again}"
