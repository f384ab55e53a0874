"""The console: its table of routes, signing in and out, and what every page is made with."""

import asyncio
import time
from collections.abc import Sequence

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.alerting.console.accounts import Accounts
from services.alerting.console.live import Live
from services.alerting.console.reading import Reading
from services.alerting.console.sessions import Sessions
from services.alerting.domain.access import USERNAME, Right
from services.alerting.handlers import Handlers
from services.alerting.sites import Sites
from services.alerting.web import render
from services.alerting.web.alerts import AlertPages
from services.alerting.web.clients import ClientPages
from services.alerting.web.door import PREFIX, SIGN_IN, Door, Page, Visit, fields_of, form
from services.alerting.web.inbox import InboxPages
from services.alerting.web.site import SitePages
from services.runtime.audit import Audit
from services.runtime.clock import Clock
from services.runtime.errors import Transient
from services.runtime.limits import Buckets
from services.runtime.telemetry import get_logger

# Tries of one address to sign in (own): a person who mistypes never meets it, a list of passwords does at once.
TRIES = (10.0, 0.1)
# Every answer to a try takes at least so long, in seconds, so that its time says nothing about what was wrong (own).
ANSWER_AFTER = 0.75

log = get_logger(__name__)


class Console:
    """Every page of the console."""

    def __init__(
        self,
        door: Door,
        accounts: Accounts,
        sessions: Sessions,
        reading: Reading,
        handlers: Handlers,
        sites: Sites,
        audit: Audit,
        live: Live,
        clock: Clock,
    ) -> None:
        self._door = door
        self._accounts = accounts
        self._sessions = sessions
        self._tries = Buckets(*TRIES)
        inbox = InboxPages(door, reading, sessions, sites, live, clock)
        alerts = AlertPages(door, reading, handlers, sites)
        clients = ClientPages(door, reading, sites)
        site = SitePages(door, reading, accounts, sites, audit)
        at = f"{PREFIX}/s/{{site}}"
        alert = f"{at}/alerts/{{alert}}"
        see = frozenset({Right.OWN, Right.ALERTS})
        treat = frozenset({Right.OWN, Right.CLIENTS})
        self.pages: Sequence[Page] = (
            Page("POST", f"{PREFIX}/sign-out", "sign-out", self.sign_out),
            Page("GET", PREFIX, "inbox", inbox.inbox),
            Page("GET", f"{PREFIX}/inbox", "inbox-part", inbox.part),
            Page("GET", f"{PREFIX}/events", "events", inbox.events, background=True),
            Page("GET", alert, "alert", alerts.show, see),
            Page("GET", f"{alert}/chart.svg", "alert-chart", alerts.chart, see),
            Page("POST", f"{alert}/acknowledge", "acknowledge", alerts.acknowledge, see),
            Page("POST", f"{alert}/escalate", "escalate", alerts.escalate, see),
            Page("POST", f"{alert}/close", "close", alerts.close, see),
            Page("GET", f"{at}/clients", "clients", clients.own, frozenset({Right.OWN})),
            Page("GET", f"{at}/clients/{{episode}}", "client", clients.show, treat),
            Page("GET", f"{at}/clients/{{episode}}/chart.svg", "client-chart", clients.chart, treat),
            Page("GET", f"{at}/caseload", "caseload", clients.caseload, frozenset({Right.CASELOAD})),
            Page("GET", f"{at}/overview", "overview", site.overview, frozenset({Right.FIGURES})),
            Page("GET", f"{at}/on-call", "on-call", site.on_call, frozenset({Right.ON_CALL})),
            Page("GET", f"{at}/audit", "audit", site.audit, frozenset({Right.AUDIT})),
            Page("GET", f"{at}/break-glass", "break-glass", site.glass, frozenset({Right.BREAK_GLASS})),
            Page("POST", f"{at}/break-glass", "break-glass-now", site.break_glass, frozenset({Right.BREAK_GLASS})),
        )

    def routes(self) -> list[Route]:
        """Return the routes to serve: the table's, and the three that are open to everybody."""
        return [
            Route(f"{PREFIX}/assets/{{name}}", self.asset, methods=["GET"], name="console-asset"),
            Route(SIGN_IN, self.ask, methods=["GET"], name="console-sign-in"),
            Route(SIGN_IN, self.sign_in, methods=["POST"], name="console-sign-in-now"),
            *(self._door.route(page) for page in self.pages),
        ]

    async def asset(self, request: Request) -> Response:
        """Serve the console's style and script. Their names change with their content."""
        asset = render.ASSETS.get(request.path_params["name"])
        if asset is None:
            return Response(status_code=404)
        cached = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(asset.content, media_type=asset.type, headers=cached)

    async def ask(self, request: Request) -> Response:
        """Show the page on which one signs in."""
        language = self._door.language(request)
        return self._door.html(request, render.sign_in(language, failed=False), 200, language)

    async def sign_in(self, request: Request) -> Response:
        """Let somebody in who knows the password and has the second factor, with a session of their own."""
        began = time.monotonic()
        fields = await form(request)
        if fields is None or not self._door.own_origin(request):
            return self._door.say(request, "forged", 403)
        if not self._tries.take(self._door.address(request)):
            return self._door.say(request, "busy", 429)
        try:
            response = await self._signed_in(request, dict(fields_of(fields)))
        except Transient as away:
            log.warning("signing in waits for a dependency", dependency=away.what)
            return self._door.say(request, "trouble", 503)
        await asyncio.sleep(max(0.0, began + ANSWER_AFTER - time.monotonic()))
        return response

    async def sign_out(self, visit: Visit) -> Response:
        """End the session, here and in the browser."""
        await self._sessions.end(visit.visitor)
        headers = render.headers(visit.language, secure=self._door.secure)
        response = RedirectResponse(SIGN_IN, 303, headers={**headers, "clear-site-data": '"cache", "storage"'})
        response.delete_cookie(self._door.cookie, path="/", secure=self._door.secure, httponly=True, samesite="lax")
        return response

    async def _signed_in(self, request: Request, fields: dict[str, str]) -> Response:
        username = fields.get("username", "").strip().lower()
        account = await self._accounts.sign_in(username, fields.get("password", ""), fields.get("code", ""))
        named = username if USERNAME.match(username) else ""
        await self._door.record(
            # What was typed as a name may be a password: it is kept only when there is such an account.
            who=f"user:{named}" if account or await self._accounts.get(named) else "user:?",
            action="sign in",
            site_id="",
            subject="",
            outcome="OK" if account else "DENIED",
        )
        language = self._door.language(request)
        if account is None:
            return self._door.html(request, render.sign_in(language, failed=True, username=named), 401, language)
        token = await self._sessions.begin(account)
        response = RedirectResponse(PREFIX, 303, headers=render.headers(language, secure=self._door.secure))
        response.set_cookie(self._door.cookie, token, path="/", secure=self._door.secure, httponly=True, samesite="lax")
        return response
