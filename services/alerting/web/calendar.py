"""On-call calendars, each behind its secret address."""

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.alerting import calendars
from services.alerting.calendars import Calendars
from services.alerting.web import acknowledge
from services.runtime.errors import Permanent, Transient
from services.runtime.telemetry import get_logger

HEADERS = {
    name: acknowledge.HEADERS[name]
    for name in ("Cache-Control", "X-Robots-Tag", "X-Content-Type-Options", "Referrer-Policy")
}

log = get_logger(__name__)


class CalendarFeed:
    """HTTP: the feed behind its secret address."""

    def __init__(self, feeds: Calendars) -> None:
        self._feeds = feeds

    def routes(self) -> list[Route]:
        """Return the route to serve."""
        return [Route(f"{calendars.PATH}{{token}}.ics", self.get, methods=["GET"], name="calendar")]

    async def get(self, request: Request) -> Response:
        """Answer a calendar program. Whoever guesses learns nothing, not even that a feed was there."""
        try:
            content = await self._feeds.content(request.path_params["token"])
        except Permanent:
            content = None  # its site is gone
        except Transient as error:
            log.warning("a calendar waits for a dependency", dependency=error.what)
            return PlainTextResponse("Try again later.", 503, {**HEADERS, "Retry-After": "60"})
        if content is None:
            return PlainTextResponse("There is no such calendar.", 404, HEADERS)
        return Response(content, 200, HEADERS, media_type="text/calendar")
