"""Silences and maintenance: who keeps which pages back, why and until when; and letting them go.

The acting engine reads what is in force at the start of each cycle, so a silence counts within one cycle, whichever
instance was told; at its end pages are let go after everything else, a batch in each cycle.
"""

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from uuid import uuid4

from services.alerting import store
from services.alerting.book import Book
from services.alerting.domain import escalation
from services.alerting.domain import silence as silences_of
from services.alerting.domain.alert import MAX_TEXT
from services.alerting.domain.delivery import Delivery
from services.alerting.domain.facts import Facts
from services.alerting.domain.silence import Scope, Silence
from services.alerting.pages import Pages
from services.alerting.sites import Sites, site_of
from services.runtime.clock import Clock
from services.runtime.errors import Conflict, NotFound, Permanent, as_permanent
from services.runtime.store import Aggregates, Change

_AT_ONCE = 500  # silences not over at a time
_LISTED = 200


class Silences:
    """The commands and queries of silences."""

    def __init__(self, silences: Aggregates, sites: Sites, clock: Clock, wake: Callable[[], None]) -> None:
        self._silences = silences
        self._sites = sites
        self._clock = clock
        self._wake = wake

    async def create(
        self,
        site_id: str,
        scope: Scope,
        subject: str,
        author: str,
        reason: str,
        starts_at: datetime | None,
        ends_at: datetime,
    ) -> Silence:
        """Keep pages back; Permanent when it is too long, without a reason, or about nothing."""
        self._person(site_id, author)
        if len(reason) > MAX_TEXT:
            raise Permanent("reason", f"has {len(reason)} characters", f"Give at most {MAX_TEXT}.")
        now = self._clock.now()
        silence = Silence(
            str(uuid4()), site_id, scope, subject, author, reason.strip(), now, max(starts_at or now, now), ends_at
        )
        return await self._add(silence)

    async def end(self, site_id: str, silence_id: str, person_id: str, replaced_by: str = "") -> Silence:
        """End a silence now. The same again answers the same."""
        self._person(site_id, person_id)
        now = self._clock.now()
        silence = await self._change(
            site_id, silence_id, lambda current: silences_of.ended(current, person_id, now, replaced_by)
        )
        self._wake()
        return silence

    async def change(self, site_id: str, silence_id: str, person_id: str, reason: str, ends_at: datetime) -> Silence:
        """Make a new silence in place of one that is in force; Conflict when that is over.

        The new one first: a crash between the two keeps pages back twice rather than letting them go.
        """
        self._person(site_id, person_id)
        old = await self.get(site_id, silence_id)
        now = self._clock.now()
        if old.ends_at <= now:
            raise Conflict("silence_id", "is over", "Make a new silence.")
        start = max(old.starts_at, now)
        new = replace(
            old,
            silence_id=str(uuid4()),
            author=person_id,
            reason=reason.strip() or old.reason,
            created_at=now,
            starts_at=start,
            ends_at=ends_at,
        )
        await self._add(new)
        await self.end(site_id, silence_id, person_id, new.silence_id)
        return new

    async def get(self, site_id: str, silence_id: str) -> Silence:
        """Return a silence; NotFound when the site has none of this id."""
        document = await self._silences.get(store.key(site_id, silence_id))
        if document is None:
            raise NotFound("silence_id", "there is no such silence at this site")
        return store.read_silence(document)

    async def of_site(self, site_id: str) -> list[Silence]:
        """Return a site's last silences, newest first."""
        found = await self._silences.find({"site_id": site_id}, sort=[("created_at", -1)], limit=_LISTED)
        return [store.read_silence(document) for document in found]

    async def unreleased(self) -> list[Silence]:
        """Return every silence of every site that is in force, planned, or over and not seen to yet."""
        found = await self._silences.find({"unreleased": True}, limit=_AT_ONCE)
        return [store.read_silence(document) for document in found]

    async def seen_to(self, silence: Silence) -> None:
        """Note that everything that it kept back was let go."""
        await self._change(silence.site_id, silence.silence_id, lambda current: replace(current, released=True))

    async def _add(self, silence: Silence) -> Silence:
        with as_permanent(""):
            silences_of.check(silence)
        document = store.silence_document(silence)
        await self._silences.change(store.key(silence.site_id, silence.silence_id), lambda _: Change(document))
        self._wake()
        return silence

    async def _change(self, site_id: str, silence_id: str, decide: Callable[[Silence], Silence | None]) -> Silence:
        def decide_document(document: store.Doc | None) -> Change | None:
            if document is None:
                raise NotFound("silence_id", "there is no such silence at this site")
            changed = decide(store.read_silence(document))
            return None if changed is None else Change(store.silence_document(changed))

        saved = await self._silences.change(store.key(site_id, silence_id), decide_document)
        return store.read_silence(saved or {})

    def _person(self, site_id: str, person_id: str) -> None:
        if person_id not in site_of(self._sites, site_id).people:
            raise NotFound("person_id", "there is no such person in the site's on-call file")


class InForce:
    """What the engine knows of silences in this cycle, and how it lets go what the ended ones kept back."""

    def __init__(self, silences: Silences, book: Book, pages: Pages, clock: Clock) -> None:
        self._silences = silences
        self._book = book
        self._pages = pages
        self._clock = clock
        self._known: tuple[Silence, ...] = ()
        self._over: tuple[Silence, ...] = ()

    def silencing(self, facts: Facts) -> Silence | None:
        """Return the silence that keeps an alert's pages back now: of several the one that lasts longest."""
        now = self._clock.now()
        found = [each for each in self._known if each.active(now) and each.matches(facts)]
        return max(found, key=lambda each: each.ends_at) if found else None

    async def refresh(self) -> None:
        """Read what is in force, and what is over and not seen to yet."""
        now = self._clock.now()
        silences = await self._silences.unreleased()
        self._known = tuple(each for each in silences if each.ends_at > now)
        self._over = tuple(each for each in silences if each.ends_at <= now)

    @property
    def over(self) -> tuple[Silence, ...]:
        """The silences that have ended and may still keep something back."""
        return self._over

    async def held(self, silence: Silence, limit: int) -> tuple[list[Delivery], list[tuple[str, str]]]:
        """Return pages, and alerts as (site, alert), that a silence keeps back, so many of each at most."""
        pages = await self._pages.held_by(silence.silence_id, limit)
        alerts = await self._book.find({"held_by": silence.silence_id}, None, limit)
        return pages, [(str(alert["site_id"]), str(alert["alert_id"])) for alert in alerts]

    async def release_page(self, silence: Silence, page: Delivery) -> None:
        """Let a page go."""
        await self._pages.release(page, silence.silence_id)

    async def release_alert(self, silence: Silence, key: tuple[str, str]) -> None:
        """Let an alert take the step that was kept back."""
        now = self._clock.now()
        await self._book.change(*key, lambda _, state: escalation.released(state, silence.silence_id, now))

    async def seen_to(self, silence: Silence) -> None:
        """Note that it keeps nothing back any longer."""
        await self._silences.seen_to(silence)
