"""What becomes of single pages: one function per command.

A page is one document; every hand-off is in it, so a crash forgets none.
"""

from collections.abc import Callable, Mapping
from datetime import datetime

from services.alerting import store
from services.alerting.domain import delivery as deliveries_of
from services.alerting.domain.delivery import Delivery, Progress, Purpose, Report
from services.alerting.domain.facts import Kind
from services.alerting.domain.sites import Channel
from services.runtime.clock import Clock
from services.runtime.errors import Conflict, NotFound
from services.runtime.store import Aggregates, Change
from services.runtime.telemetry import get_logger

_PAGES_OF_A_STEP = 500
_FEW = 10
_LAST = 50  # pages to one contact that a reply may answer
_LISTED = 500  # pages of one alert that are shown

log = get_logger(__name__)


class Pages:
    """The commands and queries of deliveries."""

    def __init__(self, deliveries: Aggregates, clock: Clock) -> None:
        self._deliveries = deliveries
        self._clock = clock
        self._unreadable: set[str] = set()

    @property
    def unreadable(self) -> int:
        """How many pages were passed over because they cannot be read."""
        return len(self._unreadable)

    async def plan(self, page: Delivery) -> bool:
        """Write a page down; when it is there, only a sooner time counts. Tell whether it may still reach somebody.

        One that was dropped untried is written anew: its step was planned, and then somebody answered and handed on.
        """

        def decide(document: store.Doc | None) -> Change | None:
            if document is None:
                return Change(store.delivery_document(page))
            known = store.read_delivery(document)
            changed = deliveries_of.anew(known, page) or deliveries_of.sooner(known, page.not_before)
            return None if changed is None else Change(store.delivery_document(changed))

        saved = await self._deliveries.change(store.key(page.site_id, page.delivery_id), decide)
        return saved is not None and not store.read_delivery(saved).hopeless

    async def hurry(self, failed: Delivery) -> bool:
        """Bring forward what the same person was to be told later at the same step; tell whether there was any."""
        query = {"alert": store.alert_key(failed), "step": failed.step, "loop": failed.loop}
        now = self._clock.now()
        later = [
            page
            for page in await self._find(query, None, _PAGES_OF_A_STEP)
            if page.person_id == failed.person_id and deliveries_of.sooner(page, now) is not None
        ]
        for page in later:
            await self._change(page, lambda current: deliveries_of.sooner(current, now))
        return bool(later)

    async def claim(self, page: Delivery, fence: int) -> Delivery | None:
        """Take a page for sending; None when it is no longer to be sent, or another engine has it."""
        claimed: list[Delivery] = []

        def decide(current: Delivery) -> Delivery | None:
            taken = deliveries_of.claim(current, self._clock.now(), fence)
            claimed[:] = [taken] if taken else []
            return taken

        await self._change(page, decide)
        return claimed[0] if claimed else None

    async def sent(self, page: Delivery) -> None:
        """Note that the gateway took it."""
        await self._change(page, lambda current: deliveries_of.sent(current, self._clock.now()))

    async def failed(self, page: Delivery, error: str, *, permanent: bool) -> None:
        """Note that the gateway did not take it."""
        await self._change(
            page, lambda current: deliveries_of.failed(current, self._clock.now(), error, permanent=permanent)
        )

    async def report(self, page: Delivery, report: Report) -> None:
        """Note what the gateway says became of a message, for every page that it told of."""
        for each in (page, *await self.told_with(page)):
            await self._change(each, lambda current: deliveries_of.reported(current, report, self._clock.now()))

    async def resend(self, site_id: str, delivery_id: str) -> Delivery:
        """Send a page anew, because somebody asks. NotFound; Conflict while it is still on its way."""
        page = await self.by_id(delivery_id)
        if page is None or page.site_id != site_id:
            raise NotFound("delivery_id", "there is no such delivery at this site")
        anew = deliveries_of.resent(page, self._clock.now())
        if anew is None:
            raise Conflict("delivery_id", "is still on its way", "Wait until it was sent, or has failed.")
        await self.plan(anew)
        return anew

    async def drop(self, page: Delivery, reason: str) -> None:
        """Give up a page that nobody needs any longer."""
        await self._change(page, lambda current: deliveries_of.drop(current, reason))

    async def hold(self, page: Delivery, until: datetime, reason: str, silence_id: str = "") -> None:
        """Keep a page back until then."""
        await self._change(page, lambda current: deliveries_of.hold(current, until, reason, silence_id))

    async def join(self, page: Delivery, lead: Delivery) -> None:
        """Note that the lead's message told of this page, too."""
        await self._change(page, lambda current: deliveries_of.joined(current, lead, self._clock.now()))

    async def failed_along(self, page: Delivery, error: str, *, permanent: bool) -> None:
        """Note that the message failed that was to tell of this page, too."""
        await self._change(
            page, lambda current: deliveries_of.failed_along(current, self._clock.now(), error, permanent=permanent)
        )

    async def release(self, page: Delivery, silence_id: str) -> None:
        """Let a page go that a silence kept back."""
        await self._change(page, lambda current: deliveries_of.release(current, silence_id, self._clock.now()))

    async def settle(self, page: Delivery) -> None:
        """Note that the person's next channel has been seen to."""
        await self._change(page, deliveries_of.settled)

    async def reclaim(self, page: Delivery) -> None:
        """Make a page whose sender died ready to be sent again."""
        await self._change(page, lambda current: deliveries_of.reclaimed(current, self._clock.now()))

    async def due(self, kind: Kind, limit: int) -> list[Delivery]:
        """Return pages to send now, the longest waiting first."""
        return await self._find(self._due(kind), [("not_before", 1)], limit)

    async def due_for(self, purpose: Purpose, kind: Kind, channel: Channel, limit: int) -> list[Delivery]:
        """Return those for one purpose over one channel, the longest waiting first."""
        query = self._due(kind) | {"channel": channel.value, "purpose": purpose.value}
        return await self._find(query, [("not_before", 1)], limit)

    async def overdue(self, kind: Kind, since: datetime) -> int:
        """Count pages, up to a few, that should have been sent before ``since``."""
        query = {"progress": Progress.PENDING.value, "kind": kind.value, "not_before": {"$lte": since}}
        # Counted unread: one that cannot be read is not sent either.
        return len(await self._deliveries.find(query, sort=[("not_before", 1)], limit=_FEW))

    async def due_to(self, page: Delivery, limit: int) -> list[Delivery]:
        """Return what is due now to the same person over the same channel for the same purpose, this page included."""
        query = {"contact": page.contact, "progress": Progress.PENDING.value, "not_before": {"$lte": self._clock.now()}}
        found = await self._find(query, [("not_before", 1)], limit)
        wanted = (page.kind, page.purpose, page.again)
        return [each for each in found if (each.kind, each.purpose, each.again) == wanted]

    async def last_to(self, site_id: str, person_id: str, channel: Channel) -> list[Delivery]:
        """Return the last pages that a person got over a channel, newest first."""
        found: list[Delivery] = []
        for progress in (Progress.SENDING, Progress.SENT, Progress.DELIVERED):
            query = {"contact": f"{site_id}/{person_id}/{channel}", "progress": progress.value}
            found += await self._find(query, [("not_before", -1)], _LAST)
        return sorted(found, key=lambda page: page.planned_at, reverse=True)[:_LAST]

    async def held_by(self, silence_id: str, limit: int) -> list[Delivery]:
        """Return pages that a silence keeps back."""
        return await self._find({"held_by": silence_id}, None, limit)

    async def told_with(self, lead: Delivery) -> list[Delivery]:
        """Return the other pages that a page's message told of."""
        return await self._find({"bundle": lead.delivery_id}, None, _PAGES_OF_A_STEP)

    async def expired(self, limit: int) -> list[Delivery]:
        """Return pages whose sender has died, or hangs beyond every limit."""
        query = {"progress": Progress.SENDING.value, "deadline": {"$lte": self._clock.now()}}
        return await self._find(query, [("deadline", 1)], limit)

    async def wanting_next_channel(self, kind: Kind, limit: int) -> list[Delivery]:
        """Return failed pages whose person's next channel is still to be seen to, the first planned first."""
        return await self._find({"next_channel": True, "kind": kind.value}, [("planned_at", 1)], limit)

    async def of_alert(self, site_id: str, alert_id: str) -> list[Delivery]:
        """Return the pages of an alert, the last ones of very many, in the order in which they were planned."""
        query = {"alert": store.key(site_id, alert_id)}
        found = await self._find(query, [("planned_at", -1)], _LISTED)
        return sorted(found, key=lambda page: (page.planned_at, page.delivery_id))

    async def by_id(self, delivery_id: str) -> Delivery | None:
        """Return a page by its id alone, which is unique over all sites: all that a link says."""
        found = await self._find({"delivery_id": delivery_id}, None, 1)
        return found[0] if found else None

    async def all_hopeless(self, page: Delivery) -> bool:
        """Tell whether nobody was reached at the page's step, or will be soon."""
        query = {"alert": store.alert_key(page), "step": page.step, "loop": page.loop}
        pages = await self._find(query, None, _PAGES_OF_A_STEP)
        return all(each.hopeless for each in pages if each.purpose is Purpose.PAGE)

    async def _change(self, page: Delivery, decide: Callable[[Delivery], Delivery | None]) -> None:
        def decide_document(document: store.Doc | None) -> Change | None:
            changed = decide(store.read_delivery(document)) if document else None
            return None if changed is None else Change(store.delivery_document(changed))

        await self._deliveries.change(store.key(page.site_id, page.delivery_id), decide_document)

    async def _find(
        self, query: Mapping[str, object], sort: list[tuple[str, int]] | None, limit: int
    ) -> list[Delivery]:
        documents = await self._deliveries.find(query, sort=sort, limit=limit + len(self._unreadable))
        return [page for page in map(self._read, documents) if page is not None]

    def _read(self, document: store.Doc) -> Delivery | None:
        """Read a page; None when it cannot be: it is passed over, so it holds nothing else back, and counted."""
        name = str(document.get("_id"))
        try:
            page = store.read_delivery(document)
        except Exception as error:
            # Whatever is wrong with it (a kind of a later version, a field that is missing) concerns it alone.
            if name not in self._unreadable:
                log.exception("a page cannot be read", delivery=name, error=type(error).__name__)
            self._unreadable.add(name)
            return None
        self._unreadable.discard(name)
        return page

    def _due(self, kind: Kind) -> dict[str, object]:
        return {"progress": Progress.PENDING.value, "kind": kind.value, "not_before": {"$lte": self._clock.now()}}
