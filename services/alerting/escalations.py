"""What the engine does with alerts: steps that are due, acknowledgements that ran out, failed pages, the end.

Each is one decision, saved in one write; whatever a crash interrupts is found and decided again.
"""

from dataclasses import replace
from datetime import datetime

from services.alerting import store
from services.alerting.book import Alert, Book
from services.alerting.conditions import Conditions
from services.alerting.domain import alert as alerts_of
from services.alerting.domain import delivery as deliveries_of
from services.alerting.domain import escalation
from services.alerting.domain.alert import State, Status
from services.alerting.domain.delivery import Delivery, Purpose
from services.alerting.domain.facts import Facts, Kind
from services.alerting.domain.sites import Site
from services.alerting.episodes import Episodes
from services.alerting.pages import Pages
from services.alerting.silences import InForce
from services.alerting.sites import Sites, site_of
from services.runtime.clock import Clock
from services.runtime.telemetry import get_logger

_FEW = 10
log = get_logger(__name__)

Key = tuple[str, str]  # site and alert


class Escalations:
    """The commands of the engine about alerts."""

    def __init__(
        self, book: Book, pages: Pages, sites: Sites, silences: InForce, episodes: Episodes, clock: Clock
    ) -> None:
        self._book = book
        self._pages = pages
        self._sites = sites
        self._silences = silences
        self._episodes = episodes
        self._clock = clock

    async def due(self, kind: Kind, limit: int) -> list[Key]:
        """Return open alerts whose next action is due, the longest overdue first."""
        query: dict[str, object] = {
            "open": True,
            "kind": kind.value,
            "next_action_at": {"$lte": self._clock.now()},
        }
        return _keys(await self._book.find(query, [("next_action_at", 1)], limit))

    async def escalate(self, key: Key, fence: int) -> None:
        """Take the step that is due, or trigger the alert again whose acknowledgement ran out.

        Pages are planned first and then said to be in the alert: a crash between the two plans the same pages again,
        under the same ids. When somebody changed the alert meanwhile nothing is said, and the engine decides anew.
        """
        facts, seen = await self._book.get(*key)
        if seen.fence > fence:
            return
        site = self._site(facts.site_id)
        now = self._clock.now()
        silence = self._silences.silencing(facts)
        if silence is not None and seen.status is Status.TRIGGERED:
            await self._book.change(*key, lambda _, state: escalation.silenced(state, silence, now))
            return
        avoid = await self._episodes.to_avoid(facts.site_id, facts.part("episode_id"))
        step = escalation.due(facts, seen, site, now, avoid)
        for page in step.pages if step else ():
            await self._pages.plan(page)

        def decide(_: Facts, state: State) -> State | None:
            if state != seen:
                return None
            after = step.state if step else alerts_of.wake(state, facts, now)
            return None if after is None else replace(after, fence=fence, held_by="")

        await self._book.change(*key, decide)

    async def fall_back(self, delivery: Delivery) -> None:
        """After a failed page: use the person's next channel or, when nobody of the step is reached, the next step."""
        facts, state = await self.alert_of(delivery)
        if needed(delivery, state) and not await self._over_next_channels(delivery):
            # What the person's rules planned for later comes first now; then nobody of the step is given up yet.
            hurried = await self._pages.hurry(delivery)
            if not hurried and delivery.purpose is Purpose.PAGE and await self._pages.all_hopeless(delivery):
                await self._hasten(facts, delivery)
        await self._pages.settle(delivery)

    async def untold_ends(self, limit: int) -> list[Key]:
        """Return closed alerts whose end is still to be told."""
        return _keys(await self._book.find({"end_due": True}, None, limit))

    async def tell_end(self, key: Key) -> None:
        """Plan to tell those who were paged that it is over, then say so in the alert."""
        _, seen = await self._book.get(*key)
        if seen.end_due:
            pages = await self._pages.of_alert(*key)
            for end in deliveries_of.ends(pages, seen.revision, seen.closed_by, self._clock.now()):
                await self._pages.plan(end)
        await self._book.change(*key, lambda _, state: alerts_of.end_told(state) if state == seen else None)

    async def idle(self, limit: int) -> list[Key]:
        """Return alerts that wait for somebody while nothing will happen by itself any more."""
        return _keys(await self._book.find({"idle": True}, None, limit))

    async def see_to_idle(self, key: Key, conditions: Conditions) -> None:
        """Say once that a policy is over and nobody has answered; a risk never rests: it goes on at once."""
        facts, seen = await self._book.get(*key)
        now = self._clock.now()
        if facts.kind is Kind.RISK:
            log.error("a risk had no next action; it goes on", alert=facts.alert_id)
            await self._book.change(*key, lambda _, state: alerts_of.resumed(state, now))
            return
        if facts.kind in (Kind.RUPTURE, Kind.TEST):
            name = alerts_of.reference(facts.alert_id)
            await conditions.unanswered(facts.site_id, facts.alert_id, seen.loop, name)
        await self._book.change(*key, lambda _, state: replace(state, exhausted_told=True) if state == seen else None)

    async def overdue(self, kind: Kind, since: datetime) -> int:
        """Count open alerts, up to a few, whose next action should have been taken before ``since``."""
        query: dict[str, object] = {"open": True, "kind": kind.value, "next_action_at": {"$lte": since}}
        return len(await self._book.find(query, [("next_action_at", 1)], _FEW))

    async def alert_of(self, delivery: Delivery) -> Alert:
        """Return the alert that a delivery tells of."""
        return await self._book.get(delivery.site_id, delivery.alert_id)

    async def _over_next_channels(self, delivery: Delivery) -> bool:
        """Use the person's further channels until one may still reach them; tell whether one may."""
        site = self._sites.get(delivery.site_id)
        person = None if site is None else site.people.get(delivery.person_id)
        contact = None if person is None else person.next_contact(delivery.channel)
        while person is not None and contact is not None:
            page = deliveries_of.over_next_channel(delivery, contact.channel, self._clock.now())
            if await self._pages.plan(page):
                return True
            contact = person.next_contact(contact.channel)
        return False

    async def _hasten(self, facts: Facts, delivery: Delivery) -> None:
        now = self._clock.now()
        await self._book.change(
            facts.site_id, facts.alert_id, lambda _, state: escalation.hastened(state, delivery, now)
        )

    def _site(self, site_id: str) -> Site:
        return site_of(self._sites, site_id)


def needed(delivery: Delivery, state: State) -> bool:
    """Tell whether a delivery still says what is so."""
    if delivery.purpose is Purpose.END:
        return state.status is Status.CLOSED
    return state.status is Status.TRIGGERED and delivery.planned_at >= state.triggered_last


def _keys(documents: list[store.Doc]) -> list[Key]:
    return [(str(document["site_id"]), str(document["alert_id"])) for document in documents]
