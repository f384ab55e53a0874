"""On-call calendars as iCalendar feeds (RFC 5545), each behind a secret address that can be revoked.

An entry says "on call" and the rota's name, nothing of a client or an alert. Only the address's hash is stored.
"""

import hashlib
import secrets
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from icalendar import Calendar, Event

from services.alerting.domain.shifts import shifts
from services.alerting.domain.sites import Site
from services.alerting.sites import Sites
from services.runtime.clock import Clock
from services.runtime.errors import NotFound, Permanent
from services.runtime.store import Aggregates, Change, Index

Doc = dict[str, Any]

CALENDARS = "calendars"
CALENDAR_INDEXES = (Index(["site_id", "made_at"]),)
PATH = "/calendar/"
TOKEN_BYTES = 32
BEHIND, AHEAD = timedelta(days=31), timedelta(days=183)  # what a feed shows (own: a month back, half a year ahead)
REFRESH = "PT1H"
_LISTED = 500


@dataclass(frozen=True, slots=True)
class Feed:
    """One feed: of a rota, or of one person over all rotas."""

    calendar_id: str
    site_id: str
    rota_id: str
    person_id: str
    made_by: str
    made_at: datetime
    revoked_at: datetime | None = None


class Calendars:
    """The commands and queries of feeds."""

    def __init__(self, feeds: Aggregates, sites: Sites, public_url: str, clock: Clock) -> None:
        self._feeds = feeds
        self._sites = sites
        self._base = public_url.rstrip("/") + PATH
        self._clock = clock

    async def create(self, site_id: str, rota_id: str, person_id: str, made_by: str) -> tuple[Feed, str]:
        """Make a feed and return it with its address, which is not known again later."""
        site = self._sites.declared(site_id)
        if bool(rota_id) == bool(person_id):
            raise Permanent("rota_id", "give either rota_id or person_id")
        if rota_id and rota_id not in site.rotas:
            raise NotFound("rota_id", f"there is no rota {rota_id!r}", f"Known: {', '.join(site.rotas) or 'none'}.")
        if person_id and person_id not in site.people:
            raise NotFound("person_id", f"there is no person {person_id!r}", f"Known: {', '.join(site.people)}.")
        token = secrets.token_urlsafe(TOKEN_BYTES)
        feed = Feed(_hash(token), site_id, rota_id, person_id, made_by, self._clock.now())
        await self._feeds.change(feed.calendar_id, lambda _: Change(_document(feed)))
        return feed, f"{self._base}{token}.ics"

    async def revoke(self, site_id: str, calendar_id: str) -> Feed:
        """Make a feed's address useless. The same again answers the same."""
        now = self._clock.now()

        def decide(document: Doc | None) -> Change | None:
            if document is None or document["site_id"] != site_id:
                raise NotFound("calendar_id", "there is no such calendar at this site")
            return None if document["revoked_at"] else Change({**document, "revoked_at": now})

        return _read(await self._feeds.change(calendar_id, decide) or {})

    async def of_site(self, site_id: str) -> list[Feed]:
        """Return a site's feeds, the newest first, revoked ones too."""
        found = await self._feeds.find({"site_id": site_id}, sort=[("made_at", -1)], limit=_LISTED)
        return [_read(document) for document in found]

    async def content(self, token: str) -> bytes | None:
        """Return a feed as it is now; None when its address is unknown or revoked."""
        document = await self._feeds.get(_hash(token))
        feed = None if document is None else _read(document)
        if feed is None or feed.revoked_at is not None:
            return None
        now = self._clock.now()
        return written(self._sites.declared(feed.site_id), feed.rota_id, feed.person_id, now)


def written(site: Site, rota_id: str, person_id: str, now: datetime) -> bytes:
    """Return the shifts of a rota, or of a person over all rotas, as an iCalendar file."""
    calendar = Calendar()
    calendar.add("prodid", "-//Attune//on call//EN")
    calendar.add("version", "2.0")
    calendar.add("method", "PUBLISH")
    calendar.add("x-wr-calname", f"On call ({rota_id or person_id})")
    calendar.add("refresh-interval", REFRESH, parameters={"VALUE": "DURATION"}, encode=False)
    calendar.add("x-published-ttl", REFRESH)
    for name in [rota_id] if rota_id else sorted(site.rotas):
        if name not in site.rotas:
            continue
        for shift in shifts(site.rotas[name], site.overrides_of(name), now - BEHIND, now + AHEAD):
            if not shift.people or (person_id and person_id not in shift.people):
                continue
            who = person_id or ", ".join(shift.people)
            event = Event()
            # The same shift is the same entry at every reading; what was arranged moves it or takes it away.
            event.add("uid", _hash(f"{site.site_id}|{name}|{who}|{shift.starts_at.isoformat()}") + "@attune")
            event.add("dtstamp", now)
            event.add("dtstart", shift.starts_at)
            event.add("dtend", shift.ends_at)
            event.add("summary", f"On call ({name})" if person_id else f"On call ({name}): {who}")
            event.add("transp", "TRANSPARENT")  # one may be on call and see clients
            calendar.add_component(event)
    return bytes(calendar.to_ical())


def _hash(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def _document(feed: Feed) -> Doc:
    return {
        "site_id": feed.site_id,
        "rota_id": feed.rota_id,
        "person_id": feed.person_id,
        "made_by": feed.made_by,
        "made_at": feed.made_at,
        "revoked_at": feed.revoked_at,
    }


def _read(document: Doc) -> Feed:
    return Feed(
        document["_id"],
        document["site_id"],
        document["rota_id"],
        document["person_id"],
        document["made_by"],
        document["made_at"],
        document["revoked_at"],
    )
