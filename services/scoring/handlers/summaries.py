"""The figures of a site, from its episodes."""

from __future__ import annotations

from datetime import datetime, timedelta

from services.runtime.clock import Clock
from services.runtime.errors import Permanent
from services.runtime.store import Aggregates
from services.scoring import store
from services.scoring.domain.summary import Period, SiteSummary, Summary
from services.scoring.handlers.book import PolicyBook
from services.scoring.handlers.reading import pages

DEFAULT_PERIOD = timedelta(days=90)


class Summaries:
    """Queries over many episodes."""

    def __init__(self, episodes: Aggregates, book: PolicyBook, clock: Clock) -> None:
        self._episodes = episodes
        self._book = book
        self._clock = clock

    async def of_site(self, site_id: str, since: datetime | None, until: datetime | None) -> SiteSummary:
        """The figures of the sessions booked for a period; without its end up to now, without its start 90 days."""
        end = until or self._clock.now()
        period = Period(since or end - DEFAULT_PERIOD, end)
        if period.since >= period.until:
            raise Permanent("since", "is not before until", "Give an earlier time.")
        policies = await self._book.of(site_id)
        summary = Summary(period, policies.version_at)
        # Whoever had no session since then has nothing in the period.
        async for page in pages(self._episodes, site_id, {"last_session_at": {"$gte": period.since}}):
            for doc in page.docs:
                facts = store.facts(doc)
                if facts is not None:
                    summary.add(facts)
        return summary.result()
