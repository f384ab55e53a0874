"""Sends pages: in parallel, within bounds, each call with a limit.

A gateway that hangs holds back neither the cycle nor risk.
"""

import asyncio
from functools import partial

from services.alerting.channels import GatewayError, Gateways
from services.alerting.domain.alert import reference
from services.alerting.domain.delivery import CALL_LIMIT, Delivery, Purpose
from services.alerting.domain.facts import Kind
from services.alerting.domain.sites import Contact, Person
from services.alerting.engine.waker import Waker
from services.alerting.escalations import Escalations, needed
from services.alerting.links import Links
from services.alerting.metrics import AlertingMetrics
from services.alerting.pages import Pages
from services.alerting.sites import Sites
from services.alerting.texts import Text
from services.runtime import faults
from services.runtime.clock import Clock
from services.runtime.errors import Transient
from services.runtime.telemetry import get_logger

# Calls at once, for each kind of its own: a storm of ruptures at a gateway that hangs takes no slot of a risk page.
SLOTS = 16
NOT_NEEDED = "no longer needed: the alert was acknowledged, closed or triggered anew"
NO_CONTACT = "the on-call file no longer has this contact"
NO_ANSWER = f"no answer within {CALL_LIMIT.total_seconds():.0f} s"

log = get_logger(__name__)


class Send:
    """The module that sends what is due."""

    name = "send"

    def __init__(
        self,
        escalations: Escalations,
        pages: Pages,
        sites: Sites,
        gateways: Gateways,
        links: Links,
        clock: Clock,
        waker: Waker,
        metrics: AlertingMetrics,
    ) -> None:
        self._escalations = escalations
        self._pages = pages
        self._sites = sites
        self._gateways = gateways
        self._links = links
        self._clock = clock
        self._waker = waker
        self._metrics = metrics
        self._in_flight: dict[Kind, dict[str, asyncio.Task[None]]] = {kind: {} for kind in Kind}

    async def run(self, fence: int) -> None:
        """Start sending what is due, as far as there are slots; does not wait for gateways."""
        for kind, in_flight in self._in_flight.items():
            free = SLOTS - len(in_flight)
            if free <= 0:
                continue
            due = await self._pages.due(kind, free + len(in_flight))
            for page in [page for page in due if page.delivery_id not in in_flight][:free]:
                task = asyncio.create_task(self._send(page, fence), name=f"page {page.delivery_id}")
                in_flight[page.delivery_id] = task
                task.add_done_callback(partial(self._done, page))

    async def idle(self) -> None:
        """Wait until no page is in flight."""
        while tasks := [task for in_flight in self._in_flight.values() for task in in_flight.values()]:
            await asyncio.wait(tasks)

    def _done(self, page: Delivery, _task: asyncio.Task[None]) -> None:
        in_flight = self._in_flight[page.kind]
        if len(in_flight) >= SLOTS:
            # Others may be waiting for this slot.
            self._waker.wake()
        del in_flight[page.delivery_id]

    async def _send(self, page: Delivery, fence: int) -> None:
        try:
            if await self._may_go(page):
                claimed = await self._pages.claim(page, fence)
                if claimed is not None:
                    await self._hand_over(claimed)
        except Transient as error:
            # Nothing is lost: what was claimed is reclaimed, what was not is still due.
            log.warning("page waits for a dependency", delivery=page.delivery_id, dependency=error.what)
        except Exception as error:
            log.exception("page failed by a fault of ours", delivery=page.delivery_id, error=type(error).__name__)
            self._metrics.engine_failures.labels(self.name).inc()

    async def _may_go(self, page: Delivery) -> bool:
        """Look once more before the call: somebody may have answered, and the night may have begun."""
        _, state = await self._escalations.alert_of(page)
        if not needed(page, state):
            await self._pages.drop(page, NOT_NEEDED)
            self._metrics.pages.labels(page.channel, "dropped").inc()
            return False
        site = self._sites.get(page.site_id)
        now = self._clock.now()
        allowed = now if site is None else site.may_page_at(page.kind, now)
        if allowed > now:
            await self._pages.defer(page, allowed)
            return False
        return True

    async def _hand_over(self, page: Delivery) -> None:
        """Call the gateway. The claim is saved already; how the call ended is saved next."""
        site = self._sites.get(page.site_id)
        person = None if site is None else site.people.get(page.person_id)
        contact = None if person is None else person.contact(page.channel)
        if person is None or contact is None:
            await self._failed(page, NO_CONTACT, permanent=True)
            return
        try:
            async with asyncio.timeout(CALL_LIMIT.total_seconds()):
                await self._call(page, person, contact)
        except TimeoutError:
            await self._failed(page, NO_ANSWER, permanent=False)
        except GatewayError as error:
            await self._failed(page, error.reason, permanent=error.permanent)
        else:
            faults.point("after-send-before-mark")
            await self._pages.sent(page)
            self._metrics.pages.labels(page.channel, "sent").inc()
            self._metrics.page_seconds.labels(page.kind).observe((self._clock.now() - page.planned_at).total_seconds())

    async def _call(self, page: Delivery, person: Person, contact: Contact) -> None:
        over = page.purpose is Purpose.END
        text = Text(
            count=0 if over else 1,
            reference=reference(page.alert_id),
            link="" if over else self._links.make(page),
            language=person.language,
        )
        await self._gateways[page.channel].send(contact, text, page.delivery_id)

    async def _failed(self, page: Delivery, reason: str, *, permanent: bool) -> None:
        log.warning("page not delivered", delivery=page.delivery_id, site_id=page.site_id, reason=reason)
        self._metrics.pages.labels(page.channel, "failed").inc()
        await self._pages.failed(page, reason, permanent=permanent)
        self._waker.wake()
