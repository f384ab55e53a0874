"""Hands one message to a gateway, and saves how that ended for every page that it tells of."""

import asyncio
from collections.abc import Sequence

from services.alerting.addresses import Addresses
from services.alerting.channels import GatewayError, Gateways
from services.alerting.domain.alert import reference
from services.alerting.domain.delivery import CALL_LIMIT, Delivery, Purpose
from services.alerting.domain.facts import Kind
from services.alerting.domain.sites import Channel, Contact, Person
from services.alerting.engine.waker import Waker
from services.alerting.links import Links
from services.alerting.metrics import AlertingMetrics
from services.alerting.pages import Pages
from services.alerting.replies import Codes
from services.alerting.sites import Sites
from services.alerting.texts import Text
from services.runtime import faults
from services.runtime.clock import Clock
from services.runtime.telemetry import get_logger

NO_CONTACT = "the on-call file no longer has this contact"
NO_GATEWAY = "this installation has no gateway for this channel"
NO_ANSWER = f"no answer within {CALL_LIMIT.total_seconds():.0f} s"

log = get_logger(__name__)


class HandOver:
    """The last step of a page: from here it is the gateway's."""

    def __init__(
        self,
        pages: Pages,
        sites: Sites,
        addresses: Addresses,
        gateways: Gateways,
        links: Links,
        codes: Codes,
        clock: Clock,
        waker: Waker,
        metrics: AlertingMetrics,
    ) -> None:
        self._pages = pages
        self._sites = sites
        self._addresses = addresses
        self._gateways = gateways
        self._links = links
        self._codes = codes
        self._clock = clock
        self._waker = waker
        self._metrics = metrics

    def contact(self, page: Delivery) -> tuple[Person, Contact] | None:
        """Return whom a page is for, and where; None when the on-call file no longer says."""
        site = self._sites.get(page.site_id)
        person = None if site is None else site.people.get(page.person_id)
        contact = None if person is None else person.contact(page.channel)
        return None if person is None or contact is None else (person, contact)

    async def give(self, lead: Delivery, others: Sequence[Delivery] = ()) -> None:
        """Call the gateway with one message about all of these. The lead's claim is saved already."""
        found = self.contact(lead)
        if found is None:
            await self._failed(lead, others, NO_CONTACT, permanent=True)
            return
        person, contact = found
        gateway = self._gateways.get(lead.channel)
        if gateway is None:
            await self._failed(lead, others, NO_GATEWAY, permanent=True)
            return
        try:
            async with asyncio.timeout(CALL_LIMIT.total_seconds()):
                await gateway.send(contact, self._text(lead, 1 + len(others), person), lead.delivery_id)
        except TimeoutError:
            await self._failed(lead, others, NO_ANSWER, permanent=False)
        except GatewayError as error:
            await self._failed(lead, others, error.reason, permanent=error.permanent)
        except Exception as error:
            # Whatever it is: the page has failed once, and its other ways must not wait for it.
            log.exception("a gateway failed by a fault of ours", delivery=lead.delivery_id, error=type(error).__name__)
            await self._failed(lead, others, f"a fault of ours ({type(error).__name__})", permanent=False)
        else:
            faults.point("after-send-before-mark")
            await self._sent(lead, others, contact)

    def _text(self, lead: Delivery, count: int, person: Person) -> Text:
        name = reference(lead.alert_id)
        if lead.purpose is Purpose.END:
            return Text(count, name, "", person.language, over=True)
        code = self._codes.make(lead) if lead.channel is Channel.SMS else ""
        test = lead.kind is Kind.TEST
        return Text(count, name, self._links.make(lead), person.language, code=code, test=test)

    async def _sent(self, lead: Delivery, others: Sequence[Delivery], contact: Contact) -> None:
        await self._pages.sent(lead)
        self._metrics.pages.labels(lead.channel, "sent").inc()
        for page in (lead, *others):
            self._metrics.page_seconds.labels(page.kind).observe((self._clock.now() - page.planned_at).total_seconds())
        if lead.kind not in (Kind.RISK, Kind.TEST):
            await self._addresses.note(contact, lead)
        for page in others:
            await self._pages.join(page, lead)

    async def _failed(self, lead: Delivery, others: Sequence[Delivery], reason: str, *, permanent: bool) -> None:
        log.warning("page not delivered", delivery=lead.delivery_id, site_id=lead.site_id, reason=reason)
        self._metrics.pages.labels(lead.channel, "failed").inc()
        await self._pages.failed(lead, reason, permanent=permanent)
        for page in others:
            await self._pages.failed_along(page, reason, permanent=permanent)
        self._waker.wake()
