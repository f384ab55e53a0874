"""Codes in text messages that acknowledge when somebody answers with them: from their number, once, for a day."""

import hashlib
import hmac
import re
from collections import defaultdict, deque
from datetime import datetime, timedelta

from services.alerting.domain.delivery import Delivery
from services.alerting.domain.sites import Channel
from services.alerting.handlers import Handlers
from services.alerting.pages import Pages
from services.alerting.sites import Sites
from services.runtime.audit import Audit
from services.runtime.clock import Clock
from services.runtime.errors import Conflict

DIGITS = 6
_CODE = re.compile(rf"(?<!\d)\d{{{DIGITS}}}(?!\d)")
# Wrong codes from one number before it is not listened to for a while: guessing is hopeless (own).
MAX_WRONG = 5
WRONG_WITHIN = timedelta(minutes=15)


class Codes:
    """Makes the code of a page. ``key`` is the secret that signs links."""

    def __init__(self, key: bytes, lifetime: timedelta) -> None:
        self._key = key
        self._lifetime = lifetime

    def make(self, page: Delivery) -> str:
        """Return the code of a page; the same page always has the same."""
        digest = hmac.new(self._key, f"reply|{page.delivery_id}".encode(), hashlib.sha256).digest()
        return f"{int.from_bytes(digest[:8]) % 10**DIGITS:0{DIGITS}}"

    def opens(self, page: Delivery, code: str, now: datetime) -> bool:
        """Tell whether a code is the page's and still good."""
        return hmac.compare_digest(self.make(page), code) and now < page.planned_at + self._lifetime


class Replies:
    """What an answer to an SMS does."""

    def __init__(
        self, handlers: Handlers, pages: Pages, sites: Sites, codes: Codes, audit: Audit, clock: Clock
    ) -> None:
        self._handlers = handlers
        self._pages = pages
        self._sites = sites
        self._codes = codes
        self._audit = audit
        self._clock = clock
        self._wrong: dict[str, deque[datetime]] = defaultdict(lambda: deque(maxlen=MAX_WRONG))

    async def take(self, number: str, text: str) -> str:
        """Return what came of an answer: done, used, closed, stale, or unknown."""
        now = self._clock.now()
        wrong = self._wrong[number]
        if len(wrong) == MAX_WRONG and wrong[0] > now - WRONG_WITHIN:
            return "unknown"
        found = _CODE.search(text)
        page = None if found is None else await self._page(number, found[0], now)
        if page is None:
            wrong.append(now)
            return "unknown"
        outcome = await self._acknowledge(page)
        await self._audit.record(
            who=f"person:{page.person_id}",
            action="AcknowledgeByReply",
            site_id=page.site_id,
            subject=f"alerts/{page.alert_id}",
            outcome=outcome,
        )
        return outcome

    async def _page(self, number: str, code: str, now: datetime) -> Delivery | None:
        """Return the page that this code was sent with to this number."""
        for site in self._sites:
            for person in site.people.values():
                contact = person.contact(Channel.SMS)
                if contact is not None and contact.address == number:
                    for page in await self._pages.last_to(site.site_id, person.person_id, Channel.SMS):
                        if page.asks and self._codes.opens(page, code, now):
                            return page
        return None

    async def _acknowledge(self, page: Delivery) -> str:
        try:
            used = f"reply:{page.delivery_id}"
            await self._handlers.take_told(page, await self._pages.told_with(page), used, "by reply")
        except Conflict as conflict:
            return {"link": "used", "as_of": "stale"}.get(conflict.field, "closed")
        return "done"
