"""The page behind the link of a message.

Opening the page changes nothing, so a link preview or a mail scanner may; the button acknowledges. It says nothing of a
client, a site or another person, because whoever holds the link may see it.
"""

import base64
import hashlib

from starlette.requests import Request
from starlette.responses import HTMLResponse
from starlette.routing import Route

from services.alerting import texts
from services.alerting.domain.alert import Status, reference
from services.alerting.domain.delivery import Delivery
from services.alerting.handlers import Handlers
from services.alerting.links import PATH, BadLink, ExpiredLink, Links, fingerprint
from services.alerting.pages import Pages
from services.runtime.audit import Audit
from services.runtime.clock import Clock
from services.runtime.errors import Conflict, NotFound, Permanent, Transient
from services.runtime.telemetry import get_logger
from services.runtime.web import preferred_language

_STYLE_HASH = base64.b64encode(hashlib.sha256(texts.STYLE.encode()).digest()).decode()
HEADERS = {
    "Content-Security-Policy": (
        f"default-src 'none'; style-src 'sha256-{_STYLE_HASH}'; form-action 'self'; "
        "frame-ancestors 'none'; base-uri 'none'"
    ),
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
}
STATUS = {
    "ready": 200,
    "taken": 200,
    "done": 200,
    "used": 410,
    "stale": 410,
    "expired": 410,
    "closed": 410,
    "forged": 404,
    "trouble": 503,
}

log = get_logger(__name__)


class AcknowledgePage:
    """The one page: look, and press."""

    def __init__(self, handlers: Handlers, pages: Pages, links: Links, audit: Audit, clock: Clock) -> None:
        self._handlers = handlers
        self._pages = pages
        self._links = links
        self._audit = audit
        self._clock = clock

    def routes(self) -> list[Route]:
        """Return the routes to serve."""
        return [
            Route(f"{PATH}{{token}}", self.look, methods=["GET"], name="acknowledge-look"),
            Route(f"{PATH}{{token}}", self.press, methods=["POST"], name="acknowledge-press"),
        ]

    async def look(self, request: Request) -> HTMLResponse:
        """Show the button, or why there is none. Changes nothing."""
        token = request.path_params["token"]
        try:
            page = await self._page(token)
            states = [await self._state(each, token) for each in (page, *await self._pages.told_with(page))]
            # The button is there as long as anything that the message told of is to be taken on.
            state = "ready" if "ready" in states else states[0]
        except (BadLink, ExpiredLink, NotFound) as error:
            return _answer(request, _refusal(error))
        except Transient as error:
            log.warning("acknowledgement page waits for a dependency", dependency=error.what)
            return _answer(request, "trouble")
        return _answer(request, state, page)

    async def press(self, request: Request) -> HTMLResponse:
        """Acknowledge, once for each link."""
        token = request.path_params["token"]
        page: Delivery | None = None
        try:
            page = await self._page(token)
            # Whoever presses has the message, even when its sender died before it could mark it.
            await self._pages.sent(page)
            others = await self._pages.told_with(page)
            await self._handlers.take_told(page, others, fingerprint(token), "by link")
            state = "done"
        except (BadLink, ExpiredLink, NotFound) as error:
            state = _refusal(error)
        except Conflict as conflict:
            state = {"link": "used", "as_of": "stale"}.get(conflict.field, "closed")
        except Transient as error:
            log.warning("acknowledgement waits for a dependency", dependency=error.what)
            return _answer(request, "trouble")
        if page is not None:
            await self._record(page, state)
        return _answer(request, state, page)

    async def _page(self, token: str) -> Delivery:
        delivery_id = self._links.read(token, self._clock.now())
        page = await self._pages.by_id(delivery_id)
        if page is None:
            raise NotFound("link", "is of a page that is not there")
        return page

    async def _state(self, page: Delivery, token: str) -> str:
        _, state = await self._handlers.get_alert(page.site_id, page.alert_id)
        if fingerprint(token) in state.used_links:
            return "used"
        if state.open and page.planned_at < state.triggered_last:
            return "stale"
        known = {Status.TRIGGERED: "ready", Status.ACKNOWLEDGED: "taken", Status.CLOSED: "closed"}
        return known[state.status]

    async def _record(self, page: Delivery, outcome: str) -> None:
        """Audit the press. The alert's own history has it already, so a failure here takes nothing back."""
        try:
            await self._audit.record(
                who=f"person:{page.person_id}",
                action="AcknowledgeByLink",
                site_id=page.site_id,
                subject=f"alerts/{page.alert_id}",
                outcome=outcome,
            )
        except Transient as error:
            log.warning("a press is in the alert's history only", delivery=page.delivery_id, dependency=error.what)


def _refusal(error: Permanent | BadLink | ExpiredLink) -> str:
    return "expired" if isinstance(error, ExpiredLink) else "forged"


def _answer(request: Request, state: str, page: Delivery | None = None) -> HTMLResponse:
    language = preferred_language(request.headers.get("accept-language", ""), texts.LANGUAGES)
    shown = reference(page.alert_id) if page is not None else ""
    html = texts.page(language, state=state, reference=shown)
    return HTMLResponse(html, STATUS[state], {**HEADERS, "Content-Language": language, "Vary": "Accept-Language"})
