"""The feeds of the sites: when sessions were last heard of, and an alert when one falls silent."""

from datetime import date, datetime, timedelta

from services.alerting import store
from services.alerting.conditions import Conditions
from services.alerting.domain.feeds import Feed, heard, silent_from
from services.alerting.sites import Sites
from services.runtime.clock import Clock
from services.runtime.store import Aggregates, Change

# How exactly it is known when a feed was last heard; a busy one costs one write in this time.
GRAIN = timedelta(minutes=10)


class Feeds:
    """What is known of each site's feed. ``configured`` is the silence that all sites allow; None: what is usual."""

    def __init__(
        self, feeds: Aggregates, conditions: Conditions, sites: Sites, clock: Clock, configured: timedelta | None
    ) -> None:
        self._feeds = feeds
        self._conditions = conditions
        self._sites = sites
        self._clock = clock
        self._configured = configured
        self._noted: dict[str, datetime] = {}

    async def hear(self, site_id: str) -> None:
        """Note that a session of the site arrived."""
        now = self._clock.now()
        noted = self._noted.get(site_id)
        if noted is not None and now - noted < GRAIN:
            return

        def decide(document: store.Doc | None) -> Change:
            outage = document["outage"] if document else ""
            return Change(_write(heard(_read(document) if document else None, now), outage))

        await self._feeds.change(site_id, decide)
        self._noted[site_id] = now

    async def watch(self) -> int:
        """Open an alert for each feed that fell silent, close it for one that is back; return how many are silent."""
        now = self._clock.now()
        silent = 0
        for site in self._sites:
            document = await self._feeds.get(site.site_id)
            if document is None:
                continue
            feed, outage = _read(document), str(document["outage"])
            due = silent_from(feed, self._configured)
            if due is not None and due <= now:
                silent += 1
                await self._begins(site.site_id, feed, outage)
            elif outage:
                await self._conditions.over(site.site_id, outage)
                await self._mark(site.site_id, "")
        return silent

    async def _begins(self, site_id: str, feed: Feed, outage: str) -> None:
        if outage:
            return
        subject = f"feed-silent.{int(feed.last_seen.timestamp())}"
        since = feed.last_seen.isoformat(timespec="minutes")
        await self._conditions.holds(site_id, subject, f"no session has been heard of since {since}")
        await self._mark(site_id, subject)

    async def _mark(self, site_id: str, outage: str) -> None:
        await self._feeds.change(
            site_id, lambda document: None if document is None else Change({**document, "outage": outage})
        )


def _write(feed: Feed, outage: str) -> store.Doc:
    return {"last_seen": feed.last_seen, "days": [day.isoformat() for day in feed.days], "outage": outage}


def _read(document: store.Doc) -> Feed:
    return Feed(document["last_seen"], tuple(date.fromisoformat(day) for day in document["days"]))
