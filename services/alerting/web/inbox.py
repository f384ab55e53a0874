"""What needs me: the open alerts by deadline, and word of changes while the page is open."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from starlette.responses import Response, StreamingResponse

from services.alerting.console.live import Live
from services.alerting.console.reading import Reading
from services.alerting.console.sessions import Sessions
from services.alerting.domain.access import Account, Right
from services.alerting.sites import Sites
from services.alerting.web import render
from services.alerting.web.door import Door, Visit
from services.runtime.clock import Clock
from services.runtime.errors import Transient

# How long a browser waits before it asks again for a stream that ended, and how often a quiet one says that it lives.
RETRY_MILLISECONDS = 3000
HEARTBEAT = 10.0  # seconds; the session is looked at as often

STREAMS = 5  # open at once in one session (own): as many windows as somebody looks at

UTC_ZONE = ZoneInfo("UTC")


@dataclass(frozen=True, slots=True)
class _Watched:
    """The sites whose changes somebody is told, and those of them whose risks are theirs to see."""

    sites: frozenset[str]
    risks: frozenset[str]


class InboxPages:
    """The inbox."""

    def __init__(
        self, door: Door, reading: Reading, sessions: Sessions, sites: Sites, live: Live, clock: Clock
    ) -> None:
        self._door = door
        self._reading = reading
        self._sessions = sessions
        self._sites = sites
        self._live = live
        self._clock = clock
        self._streams: Counter[str] = Counter()  # open ones by session

    async def inbox(self, visit: Visit) -> Response:
        """Show the inbox."""
        return await self._show(visit, "inbox.html")

    async def part(self, visit: Visit) -> Response:
        """Return the list alone: what the page's script puts in place of the old one."""
        return await self._show(visit, "inbox-list.html")

    async def events(self, visit: Visit) -> Response:
        """Say when something changed at one of the visitor's sites, until the session is over."""
        if self._streams[visit.visitor.key] >= STREAMS:
            return self._door.say(visit.request, "busy", 429, visit)
        headers = {**render.headers(visit.language, secure=self._door.secure), "x-accel-buffering": "no"}
        token = visit.request.cookies.get(self._door.cookie, "")
        stream = self._stream(visit.visitor.key, token, _watched(visit.visitor.account, visit.now))
        return StreamingResponse(stream, media_type="text/event-stream", headers=headers)

    async def _show(self, visit: Visit, template: str) -> Response:
        inbox = await self._reading.inbox(visit.visitor.account)
        html = render.page(
            visit,
            template,
            rows=inbox.rows,
            left_out=inbox.left_out,
            zones=self._zones(visit),
            now=self._clock.now(),
        )
        return self._door.html(visit.request, html, 200, visit.language)

    def _zones(self, visit: Visit) -> dict[str, ZoneInfo]:
        sites = {name: self._sites.get(name) for name in visit.visitor.account.grants}
        return {name: UTC_ZONE if site is None else site.zone for name, site in sites.items()}

    async def _stream(self, session: str, token: str, watched: _Watched) -> AsyncIterator[str]:
        """Nothing is held before the first line is asked for: an answer that is never sent leaves nothing behind."""
        if self._streams[session] >= STREAMS:
            return
        self._streams[session] += 1
        queue, forget = self._live.watch(watched.sites)
        try:
            yield f"retry: {RETRY_MILLISECONDS}\n\n"
            while (now := await self._now_watched(token, watched)) is not None:
                if now != watched:
                    # The browser asks again, and is told of what it may see by then.
                    return
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        change = await queue.get()
                except TimeoutError:
                    yield ": here\n\n"
                    continue
                if change is None:
                    return
                # Something changed, and nothing of what: the page asks for that itself.
                risk = change.new_risk and change.site_id in watched.risks
                yield f"event: {'risk' if risk else 'change'}\ndata: 1\n\n"
            yield "event: over\ndata: 1\n\n"
        finally:
            forget()
            self._streams[session] -= 1
            if not self._streams[session]:
                del self._streams[session]

    async def _now_watched(self, token: str, before: _Watched) -> _Watched | None:
        """Return what the visitor may be told of now; None when the session is over."""
        try:
            visitor = await self._sessions.visitor(token, present=False)
        except Transient:
            # The stream says nothing that a page is not asked for anew, with its own look at the session.
            return before
        return None if visitor is None else _watched(visitor.account, self._clock.now())


def _watched(account: Account, now: datetime) -> _Watched:
    rights = {site_id: grant.rights(now) for site_id, grant in account.grants.items()}
    return _Watched(
        frozenset(site_id for site_id, held in rights.items() if held & {Right.ALERTS, Right.OWN}),
        frozenset(site_id for site_id, held in rights.items() if Right.ALERTS in held),
    )
