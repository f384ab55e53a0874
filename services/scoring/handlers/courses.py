"""The courses that outcomes are expected to take at each site, fitted to its closed episodes."""

from __future__ import annotations

from asyncio import Lock
from collections import defaultdict
from collections.abc import Mapping
from datetime import datetime, timedelta

from services.runtime.clock import Clock
from services.runtime.store import Aggregates
from services.scoring import store
from services.scoring.domain.assess import Assessment, assess
from services.scoring.domain.instruments import Kind
from services.scoring.domain.outcomes import Bands, TooFew, fit_bands
from services.scoring.handlers.reading import pages

FRESH_FOR = timedelta(hours=1)  # a few more closed episodes change little

Courses = Mapping[str, Bands | TooFew]  # by instrument


class SiteCourses:
    """Fits when somebody asks, and keeps what it fitted for an hour."""

    def __init__(self, episodes: Aggregates, clock: Clock) -> None:
        self._episodes = episodes
        self._clock = clock
        self._fitted: dict[str, tuple[datetime, Courses]] = {}
        self._one_at_a_time: defaultdict[str, Lock] = defaultdict(Lock)

    async def for_assessment(self, site_id: str, assessment: Assessment) -> Courses:
        """What an assessment is compared with; nothing is read for one without outcomes."""
        wanted = {each.instrument.id for each in assessment.series if each.instrument.kind is Kind.OUTCOME}
        if not wanted:
            return {}
        fitted = await self._of_site(site_id)
        # A site that has closed no episode with an instrument has none of 300.
        return {name: fitted.get(name, TooFew(0)) for name in wanted}

    async def _of_site(self, site_id: str) -> Courses:
        async with self._one_at_a_time[site_id]:
            known = self._fitted.get(site_id)
            # A clock that was set back must not make what was fitted last for ever.
            if known is not None and timedelta(0) <= self._clock.now() - known[0] < FRESH_FOR:
                return known[1]
            at = self._clock.now()
            fitted = {name: fit_bands(courses) for name, courses in (await self._closed(site_id)).items()}
            self._fitted[site_id] = (at, fitted)
            return fitted

    async def _closed(self, site_id: str) -> Mapping[str, list[list[float]]]:
        """The measurements of each client in each closed episode of a site, by instrument."""
        courses: defaultdict[str, list[list[float]]] = defaultdict(list)
        async for page in pages(self._episodes, site_id):
            for doc in page.docs:
                if not store.measured_outcome_of_closed(doc):
                    continue
                for series in assess(store.known(doc).inputs()).series:
                    if series.instrument.kind is Kind.OUTCOME:
                        courses[series.instrument.id].append(series.values)
        return courses
