"""What needs me: the open alerts by deadline, and word of changes while the page is open."""

import asyncio
from collections.abc import AsyncIterator, Callable
from zoneinfo import ZoneInfo

from starlette.responses import Response, StreamingResponse

from services.alerting.console.live import Change, Live
from services.alerting.console.reading import Reading
from services.alerting.console.sessions import Sessions
from services.alerting.domain.access import Right
from services.alerting.sites import Sites
from services.alerting.web import render
from services.alerting.web.door import Door, Visit
from services.runtime.clock import Clock
from services.runtime.errors import Transient

# How long a browser waits before it asks again for a stream that ended, and how often a quiet one says that it lives.
RETRY_MILLISECONDS = 3000
HEARTBEAT = 10.0  # seconds; the session is looked at as often

UTC_ZONE = ZoneInfo("UTC")


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

    async def inbox(self, visit: Visit) -> Response:
        """Show the inbox."""
        return await self._show(visit, "inbox.html")

    async def part(self, visit: Visit) -> Response:
        """Return the list alone: what the page's script puts in place of the old one."""
        return await self._show(visit, "inbox-list.html")

    async def events(self, visit: Visit) -> Response:
        """Say when something changed at one of the visitor's sites, until the session is over."""
        grants = visit.visitor.account.grants.values()
        rights = {Right.ALERTS, Right.OWN}
        watched = frozenset(grant.site_id for grant in grants if rights & grant.rights(visit.now))
        queue, forget = self._live.watch(watched)
        headers = {**render.headers(visit.language, secure=self._door.secure), "x-accel-buffering": "no"}
        stream = self._stream(visit.request.cookies.get(self._door.cookie, ""), queue, forget)
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

    async def _stream(
        self, token: str, queue: "asyncio.Queue[Change | None]", forget: Callable[[], None]
    ) -> AsyncIterator[str]:
        try:
            yield f"retry: {RETRY_MILLISECONDS}\n\n"
            while await self._still_there(token):
                try:
                    async with asyncio.timeout(HEARTBEAT):
                        change = await queue.get()
                except TimeoutError:
                    yield ": here\n\n"
                    continue
                if change is None:
                    return
                # Something changed, and nothing of what: the page asks for that itself.
                yield f"event: {'risk' if change.new_risk else 'change'}\ndata: 1\n\n"
            yield "event: over\ndata: 1\n\n"
        finally:
            forget()

    async def _still_there(self, token: str) -> bool:
        try:
            return await self._sessions.visitor(token, present=False) is not None
        except Transient:
            # The stream says nothing that a page is not asked for anew, with its own look at the session.
            return True
