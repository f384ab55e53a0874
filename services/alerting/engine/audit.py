"""The auditor: looks in every cycle whether every open alert is where it should be, and says so to the outside.

The heartbeat leaves only when all is clean, so whoever watches for it outside hears of everything that stops it: a
stuck engine, a database that is away, a process that is gone.
"""

import asyncio
import time
from datetime import timedelta
from functools import partial

import httpx

from services.alerting.conditions import Conditions
from services.alerting.domain.facts import Kind
from services.alerting.domain.readiness import pressing, readiness
from services.alerting.engine.aside import Aside
from services.alerting.engine.modules import BATCH, BUDGET, each
from services.alerting.escalations import Escalations
from services.alerting.feeds import Feeds
from services.alerting.metrics import AlertingMetrics
from services.alerting.pages import Pages
from services.alerting.sites import Sites
from services.runtime.clock import Clock
from services.runtime.telemetry import get_logger

# What is due for longer than this is overdue: far above any cycle, far below any delay of a policy.
OVERDUE = timedelta(seconds=60)
# A bundle or a storm of pages that are not about risk may take longer.
OVERDUE_PAGES = timedelta(minutes=10)
READINESS_AHEAD = timedelta(days=3)  # what lacks within this is told (own): time to find somebody, weekends included
WATCH_EVERY = timedelta(seconds=60)
CALL_SECONDS = 5.0
AGAIN_SECONDS = 10.0  # after a heartbeat that failed

log = get_logger(__name__)


class Heartbeat:
    """Tells a monitor outside that all is well, at most once in ``every``. No URL: nothing is told."""

    def __init__(self, client: httpx.AsyncClient, url: str, every: timedelta, metrics: AlertingMetrics) -> None:
        self._client = client
        self._url = url
        self._every = every.total_seconds()
        self._metrics = metrics
        self._next = 0.0
        self._task: asyncio.Task[None] | None = None

    def beat(self) -> None:
        """Send one when it is time; does not wait for the monitor."""
        running = self._task is not None and not self._task.done()
        if self._url and not running and time.monotonic() >= self._next:
            self._next = time.monotonic() + self._every
            self._task = asyncio.create_task(self._send(), name="heartbeat")

    async def idle(self) -> None:
        """Wait for the one on its way."""
        if self._task is not None:
            await self._task

    async def _send(self) -> None:
        try:
            async with asyncio.timeout(CALL_SECONDS):
                answer = await self._client.post(self._url)
            outcome = "sent" if answer.is_success else f"{answer.status_code}"
        except (httpx.HTTPError, httpx.InvalidURL, TimeoutError) as error:
            outcome = type(error).__name__
        if outcome != "sent":
            log.warning("the heartbeat was not taken", outcome=outcome)
            self._next = time.monotonic() + AGAIN_SECONDS
        self._metrics.heartbeats.labels("sent" if outcome == "sent" else "failed").inc()


class Audit:
    """The last module of a cycle."""

    name = "audit"

    def __init__(
        self,
        escalations: Escalations,
        pages: Pages,
        conditions: Conditions,
        heartbeat: Heartbeat,
        aside: Aside,
        clock: Clock,
        metrics: AlertingMetrics,
    ) -> None:
        self._escalations = escalations
        self._pages = pages
        self._conditions = conditions
        self._heartbeat = heartbeat
        self._aside = aside
        self._clock = clock
        self._metrics = metrics

    async def run(self, fence: int) -> None:
        """Look, say what is wrong, and beat when nothing is."""
        idle = await self._escalations.idle(BATCH + len(self._aside))
        work = partial(self._escalations.see_to_idle, conditions=self._conditions)
        await each(idle, work, self.name, self._metrics, self._aside, BUDGET)
        problems = await self._problems()
        for what, count in problems.items():
            self._metrics.audit_problems.labels(what).set(count)
        found = {what: count for what, count in problems.items() if count}
        if found:
            log.error("the audit found what should not be", **found)
        else:
            self._heartbeat.beat()

    async def _problems(self) -> dict[str, int]:
        """Return how many alerts and pages are overdue, up to a few of each, or failed and are left alone for now."""
        now = self._clock.now()
        late = {kind: OVERDUE if kind in (Kind.RISK, Kind.TEST) else OVERDUE_PAGES for kind in Kind}
        return {
            "overdue_alerts": sum([await self._escalations.overdue(kind, now - late[kind]) for kind in Kind]),
            "overdue_pages": sum([await self._pages.overdue(kind, now - late[kind]) for kind in Kind]),
            "left_alone": len(self._aside),
            "unreadable_pages": self._pages.unreadable,
        }


class Watch:
    """Looks once a minute at what changes slowly: silent feeds, what lacks on call.

    It also sends each site its daily test page. ``test_at`` is the local hour of the test page; None: none is sent.
    """

    name = "watch"

    def __init__(
        self,
        feeds: Feeds,
        conditions: Conditions,
        sites: Sites,
        clock: Clock,
        metrics: AlertingMetrics,
        test_at: int | None,
    ) -> None:
        self._feeds = feeds
        self._conditions = conditions
        self._sites = sites
        self._clock = clock
        self._metrics = metrics
        self._test_at = test_at
        self._looked = clock.now()

    async def run(self, fence: int) -> None:
        """Look, when it is time."""
        now = self._clock.now()
        if now - self._looked < WATCH_EVERY:
            return
        self._metrics.silent_feeds.set(await self._feeds.watch())
        ahead = now + READINESS_AHEAD
        await self._conditions.lacks(
            {site.site_id: pressing(site, readiness(site, now, ahead)) for site in self._sites}
        )
        await self._conditions.answered()
        if self._test_at is not None:
            for site in self._sites:
                local = now.astimezone(site.zone)
                if local.hour == self._test_at:
                    # One a day, whoever acts: the day names it.
                    await self._conditions.test_page(site.site_id, f"test.daily-{local.date().isoformat()}")
        self._looked = now
