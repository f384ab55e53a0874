"""What stands before every page of the console: who asks, for which site, with which right, audited and counted.

A site that somebody has no role at is answered before anything of it is looked for, with the same words as one that
does not exist: nobody sees, guesses or times what is there.
"""

import hmac
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from urllib.parse import parse_qsl, urlsplit

from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from services.alerting.console.sessions import Sessions, Visitor
from services.alerting.domain.access import Grant, Right
from services.alerting.web import render
from services.runtime.audit import Audit
from services.runtime.clock import Clock
from services.runtime.errors import NotFound, Permanent, Transient
from services.runtime.limits import Buckets, Network
from services.runtime.telemetry import get_logger
from services.runtime.web import asker, preferred_language

PREFIX = "/console"
SIGN_IN = f"{PREFIX}/sign-in"
MAX_BODY_BYTES = 16 * 1024
MAX_FIELDS = 100
# A ward behind one address, and what a script of the page asks for by itself (own).
REQUESTS = (300.0, 10.0)
LANGUAGE_COOKIE = "attune-language"
BACKGROUND = "x-attune-background"  # a request of the page's script: it does not say that a person is there

_SUBJECT = re.compile(r"[A-Za-z0-9._:-]{1,64}\Z")

log = get_logger(__name__)


@dataclass(slots=True)
class Visit:
    """One request of somebody who is signed in, at one site where the page is of one."""

    request: Request
    visitor: Visitor
    now: datetime
    language: str
    grant: Grant | None = None
    fields: Sequence[tuple[str, str]] = ()
    outcome: str = ""

    @property
    def site(self) -> Grant:
        """What the visitor is at the page's site; only for pages of a site."""
        if self.grant is None:
            raise RuntimeError("the page is of no site")
        return self.grant

    def value(self, name: str) -> str:
        """Return a field of the form; empty when it was not sent."""
        return next((value for key, value in self.fields if key == name), "")

    def values(self, name: str) -> list[str]:
        """Return every value of a field that may come several times."""
        return [value for key, value in self.fields if key == name]

    def part(self, name: str) -> str:
        """Return a part of the path."""
        return str(self.request.path_params[name])


Handler = Callable[[Visit], Awaitable[Response]]


@dataclass(frozen=True, slots=True)
class Page:
    """One row of the route table. ``rights``: any of them will do; none: whoever is signed in.

    A page of a site has ``{site}`` in its path. ``background``: a browser asks for it by itself, which does not say
    that a person is there.
    """

    method: str
    path: str
    name: str
    handler: Handler
    rights: frozenset[Right] = field(default=frozenset())
    background: bool = False


class Door:
    """Wraps the pages of the table."""

    def __init__(
        self,
        sessions: Sessions,
        audit: Audit,
        clock: Clock,
        public_url: str,
        proxies: tuple[Network, ...],
    ) -> None:
        self._sessions = sessions
        self._audit = audit
        self._clock = clock
        parts = urlsplit(public_url)
        self.origin = f"{parts.scheme}://{parts.netloc}"
        # Without TLS, on this machine only: a browser keeps no Secure cookie that comes over plain HTTP.
        loopback = parts.hostname in ("localhost", "127.0.0.1", "::1")
        self.secure = not (parts.scheme == "http" and loopback)
        self.cookie = "__Host-attune" if self.secure else "attune"
        self._proxies = proxies
        self._requests = Buckets(*REQUESTS)

    def route(self, page: Page) -> Route:
        """Return the page as a route."""

        async def answer(request: Request) -> Response:
            return await self._answer(page, request)

        answer.__name__ = f"console-{page.name}"
        return Route(page.path, answer, methods=[page.method], name=answer.__name__)

    def address(self, request: Request) -> str:
        """Return whom to count."""
        return asker(request, self._proxies)

    def language(self, request: Request) -> str:
        """Choose: what was picked on the page, now or before, then what the browser prefers."""
        known = render.languages()
        for choice in (request.query_params.get("lang", ""), request.cookies.get(LANGUAGE_COOKIE, "")):
            if choice in known:
                return choice
        return preferred_language(request.headers.get("accept-language", ""), known)

    def own_origin(self, request: Request) -> bool:
        """Tell whether a form was sent by a page of ours."""
        fetched = request.headers.get("sec-fetch-site")
        if fetched is not None and fetched != "same-origin":
            return False
        return hmac.compare_digest(request.headers.get("origin", "").encode(), self.origin.encode())

    def say(self, request: Request, kind: str, status: int, visit: Visit | None = None) -> Response:
        """Return a page that says one thing."""
        language = visit.language if visit else self.language(request)
        return self.html(request, render.message(language, kind, visit), status, language)

    def html(self, request: Request, text: str, status: int, language: str) -> Response:
        """Return a page with the headers of the console."""
        response = Response(text, status, render.headers(language, secure=self.secure), "text/html; charset=utf-8")
        if request.query_params.get("lang") == language:
            response.set_cookie(LANGUAGE_COOKIE, language, 31_536_000, path=PREFIX, secure=self.secure, httponly=True)
        return response

    async def record(
        self, *, who: str, action: str, site_id: str, subject: str, outcome: str, detail: str = ""
    ) -> None:
        """Write an entry of the audit; Transient when that cannot be done, and then nothing is answered."""
        await self._audit.record(
            who=who, action=action, site_id=site_id, subject=subject, outcome=outcome, detail=detail
        )

    async def _answer(self, page: Page, request: Request) -> Response:
        if not self._requests.take(self.address(request)):
            return self.say(request, "busy", 429)
        try:
            present = not page.background and BACKGROUND not in request.headers
            visitor = await self._sessions.visitor(request.cookies.get(self.cookie, ""), present=present)
            if visitor is None:
                return self._unknown(request)
            visit = Visit(request, visitor, self._clock.now(), self.language(request))
            try:
                response, detail = await self._visited(page, visit)
            except Exception:
                await self._broke_off(page, visit)
                raise
            await self._recorded(page, visit, visit.outcome or str(response.status_code), detail)
        except Transient as away:
            log.warning("the console waits for a dependency", dependency=away.what)
            return self.say(request, "trouble", 503)
        return response

    async def _visited(self, page: Page, visit: Visit) -> tuple[Response, str]:
        """Return the answer, and for the audit why it was refused."""
        request = visit.request
        if "site" in request.path_params:
            visit.grant = visit.visitor.account.grants.get(visit.part("site"))
            if visit.grant is None:
                return self.say(request, "unknown", 404, visit), "no role at the site"
        if page.rights and not page.rights & visit.site.rights(visit.now):
            return self.say(request, "forbidden", 403, visit), "lacks the right"
        if page.method == "POST":
            refusal = await self._forged(visit)
            if refusal:
                return self.say(request, "forged", 403, visit), refusal
        try:
            return await page.handler(visit), ""
        except NotFound:
            return self.say(request, "unknown", 404, visit), "not found"
        except Permanent as refused:
            return self.say(request, "refused", 400, visit), refused.field

    async def _forged(self, visit: Visit) -> str:
        """Read the form; return why it cannot be one of ours, or nothing."""
        if not self.own_origin(visit.request):
            return "another origin"
        fields = await form(visit.request)
        if fields is None:
            return "not a form"
        visit.fields = fields
        if not hmac.compare_digest(visit.value("csrf").encode(), visit.visitor.session.csrf.encode()):
            return "no token"
        return ""

    async def _broke_off(self, page: Page, visit: Visit) -> None:
        """Audit a visit whose end is not known: something may have been done. What broke it off goes on its way."""
        try:
            await self._recorded(page, visit, "UNKNOWN", "")
        except Transient as away:
            log.warning("audit entry lost", page=page.name, dependency=away.what, outcome="UNKNOWN")

    async def _recorded(self, page: Page, visit: Visit, outcome: str, detail: str) -> None:
        """Write the entry at the page's site; of a page over all sites, one at each site of the visitor."""
        parts = visit.request.path_params
        subject = " ".join(
            f"{name}={value}" for name, value in parts.items() if name != "site" and _SUBJECT.match(str(value))
        )
        asked = str(parts.get("site", ""))
        sites = [asked if _SUBJECT.match(asked) else ""] if "site" in parts else sorted(visit.visitor.account.grants)
        for site_id in sites or [""]:
            await self.record(
                who=f"user:{visit.visitor.account.username}",
                action=f"page {page.name}",
                site_id=site_id,
                subject=subject,
                outcome=outcome,
                detail=detail,
            )

    def _unknown(self, request: Request) -> Response:
        """Nobody is signed in, or no longer."""
        if request.method != "GET" or BACKGROUND in request.headers:
            return self.say(request, "signed-out", 401)
        return RedirectResponse(SIGN_IN, 303, headers=render.headers(self.language(request), secure=self.secure))


async def form(request: Request) -> list[tuple[str, str]] | None:
    """Read what a form sent; None when no page of ours sends that."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    try:
        return parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS)
    except ValueError:
        return None


def fields_of(pairs: Sequence[tuple[str, str]]) -> Mapping[str, str]:
    """Return the fields of a form whose every field comes once."""
    return dict(pairs)
