"""HTTP in: the form behind a one-time link.

Opening it changes nothing, so a link preview may. Whoever holds a link can answer with it, once, and read nothing of
what was answered. The link is in no log, metric, referrer or third party's hands: there is no third party.
"""

from collections.abc import Mapping
from urllib.parse import parse_qsl

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from services.feedback import pages
from services.feedback.domain import remarks, seeing
from services.feedback.domain.forms import Rater
from services.feedback.domain.remarks import Remarks
from services.feedback.domain.requests import Request as Asked
from services.feedback.domain.requests import State, Visibility
from services.feedback.handlers import Handlers, PageAnswers
from services.feedback.languages import known_languages
from services.feedback.limits import Limits
from services.feedback.links import PATH, STOP, fingerprint, well_formed
from services.feedback.requests import Opened, Requests
from services.feedback.sheets import Sheet, Sheets, bare_sheets, left_out, read
from services.feedback.sites import Site
from services.feedback.tickets import Ticket, Tickets
from services.runtime.audit import Audit
from services.runtime.clock import Clock
from services.runtime.errors import NotFound, Permanent, Transient
from services.runtime.limits import Network
from services.runtime.metrics import Metrics
from services.runtime.telemetry import get_logger
from services.runtime.web import asker, preferred_language

# A comment of the longest kind, each character of it as four escaped bytes, and everything else.
MAX_BODY_BYTES = 32 * 1024
# More than the questions of all instruments together; the body's size is the bound.
MAX_FIELDS = 400
RETRY_SECONDS = "5"
HEADERS: Mapping[str, str] = {
    "content-security-policy": (
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src data:; connect-src 'self'; "
        "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
    ),
    "permissions-policy": "camera=(), geolocation=(), microphone=()",
    "cross-origin-opener-policy": "same-origin",
    "cross-origin-resource-policy": "same-origin",
    "x-robots-tag": "noindex, nofollow",
}
STATUS = {
    "thanks": 200,
    "stop": 200,
    "stopped": 200,
    "expired": 410,
    "withdrawn": 410,
    "unknown": 404,
    "trouble": 503,
    "busy": 429,
    "invalid": 400,
}
ENDED = {State.ANSWERED: "thanks", State.EXPIRED: "expired", State.WITHDRAWN: "withdrawn"}

log = get_logger(__name__)


class FormPages:
    """The pages of the form."""

    def __init__(
        self,
        handlers: Handlers,
        requests: Requests,
        sites: Mapping[str, Site],
        sheets: Sheets,
        tickets: Tickets,
        limits: Limits,
        proxies: tuple[Network, ...],
        audit: Audit,
        clock: Clock,
        metrics: Metrics,
    ) -> None:
        self._handlers = handlers
        self._requests = requests
        self._sites = sites
        self._sheets = sheets
        self._tickets = tickets
        self._limits = limits
        self._proxies = proxies
        self._audit = audit
        self._clock = clock
        self._shown = metrics.counter(
            "feedback_form_pages_total",
            "Pages of the form by what they said: form, thanks, expired, withdrawn, unknown, invalid, busy, trouble, "
            "stop, stopped.",
            ["page"],
        )

    def routes(self) -> list[Route]:
        """Return the routes to serve."""
        return [
            Route(f"{PATH}{{token}}", self.show_form, methods=["GET"]),
            Route(f"{PATH}{{token}}", self.take_form, methods=["POST"]),
            Route(f"{PATH}{{token}}/risk", self.take_risk, methods=["POST"]),
            Route(f"{PATH}{{token}}{STOP}", self.stop_messages, methods=["GET", "POST"]),
            Route("/form/{name}", self.asset, methods=["GET"]),
        ]

    async def asset(self, request: Request) -> Response:
        """Serve the form's style and script. Their names change with their content."""
        asset = pages.ASSETS.get(request.path_params["name"])
        if asset is None:
            return Response(status_code=404)
        cached = {"cache-control": "public, max-age=31536000, immutable"}
        return Response(asset.content, media_type=asset.type, headers=cached)

    async def show_form(self, request: Request) -> Response:
        """Show the form, or why there is none. Changes nothing."""
        token = request.path_params["token"]
        if not self._within_limits(request, token):
            return self._say(request, "busy")
        try:
            opened = await self._requests.open(token)
        except NotFound:
            return self._say(request, "unknown")
        except Transient as away:
            log.warning("the form waits for a dependency", dependency=away.what)
            return self._say(request, "trouble")
        asked = opened.request
        if opened.state is not State.ISSUED or self._clock.now() >= asked.expires_at:
            kind = ENDED.get(opened.state, "expired")
            return self._say(request, kind, opened.site, opened.asking.visibility, rater=asked.rater)
        try:
            sheets, ticket = await self._sheets.fresh(Ticket.of(opened.asking, asked))
        except Transient as away:
            log.warning("the form waits for a dependency", dependency=away.what)
            return self._say(request, "trouble")
        return self._form(request, opened.site, ticket, sheets, asked=asked)

    async def take_form(self, request: Request) -> Response:
        """Take the answers in, once. OK only when they are durable; a repeat says the same."""
        token = request.path_params["token"]
        fields = await read_fields(request)
        if fields is None:
            return self._say(request, "invalid")
        ticket = self._tickets.open(fields.get("ticket", ""), fingerprint(token))
        if not self._within_limits(request, token):
            return await self._unsaved(request, ticket, fields, "busy")
        try:
            opened = await self._requests.open(token)
            return await self._take(request, opened, ticket or Ticket.of(opened.asking, opened.request), fields)
        except NotFound:
            return self._say(request, "unknown")
        except Transient as away:
            log.warning("answers wait for a dependency", dependency=away.what)
            return await self._unsaved(request, ticket, fields, "trouble")

    async def take_risk(self, request: Request) -> Response:
        """Pass on a risk answer as soon as it is given, whether or not the form is ever sent; a repeat changes nothing.

        OK only when it is durable. Needs nothing but what the form carries sealed, so it is over no limit.
        """
        fields = await read_fields(request) or {}
        ticket = self._tickets.open(fields.get("ticket", ""), fingerprint(request.path_params["token"]))
        if ticket is None or ticket.site_id not in self._sites:
            return Response(status_code=404)
        try:
            answers = _answers(ticket, fields)
        except ValueError:
            return Response(status_code=400)
        return Response(status_code=204 if await self._handlers.flag_unsaved(ticket, answers) else 503)

    async def stop_messages(self, request: Request) -> Response:
        """Ask whether a client wants no more messages, and take that in. Works for as long as the request is known."""
        token = request.path_params["token"]
        if not self._within_limits(request, token):
            return self._say(request, "busy")
        try:
            opened = await self._requests.open(token)
            if opened.request.rater != Rater.CLIENT:  # messages are the client's to stop
                return self._say(request, "unknown")
            if request.method == "POST":
                await self._requests.opt_out(opened)
        except NotFound:
            return self._say(request, "unknown")
        except Transient as away:
            log.warning("an opt-out waits for a dependency", dependency=away.what)
            return self._say(request, "trouble")
        return self._say(request, "stopped" if request.method == "POST" else "stop", opened.site)

    async def _take(self, request: Request, opened: Opened, ticket: Ticket, fields: Mapping[str, str]) -> Response:
        site, visibility, asked = opened.site, opened.asking.visibility, opened.request
        try:
            answers = _answers(ticket, fields)
        except ValueError:
            return self._say(request, "invalid", site, visibility)
        try:
            said = _remarks(fields) if asked.rater == Rater.CLIENT else Remarks()
        except ValueError:
            await self._handlers.flag_unsaved(ticket, answers)
            return self._say(request, "invalid", site, visibility)
        if opened.state is State.ISSUED:
            problem, sheets = await self._lacking(site, ticket, answers, fields)
            if problem == "empty" and said.comment:
                problem = "only-words"
            if problem:
                await self._handlers.flag_unsaved(ticket, answers)
                return self._form(request, site, ticket, sheets, asked=asked, fields=fields, problem=problem)
        try:
            taken = await self._handlers.answer(opened, ticket, answers, said)
        except Permanent as refused:
            log.warning("a form was refused", site_id=site.site_id, field=refused.field)
            return self._say(request, "invalid", site, visibility)
        await self._audit.record(
            who=f"{Rater(asked.rater).name.lower()} by link",
            action="AnswerRequest",
            site_id=site.site_id,
            subject=f"request_id={asked.request_id}",
            outcome=taken.state.value,
        )
        if taken.state is State.ANSWERED and not taken.risk_flagged:
            # The thanks come by a page of their own, so that going back and forth never offers to send again. After a
            # risk answer they come at once, with the way to help: no address may say that there was one.
            kiosk = "&kiosk=1" if _at_kiosk(request) else ""
            return RedirectResponse(f"?lang={_language(request, site.languages, '')}{kiosk}", 303)
        page = ENDED.get(taken.state, "expired")
        return self._say(request, page, site, visibility, rater=asked.rater, risk_answered=taken.risk_flagged)

    async def _lacking(
        self, site: Site, ticket: Ticket, answers: PageAnswers, fields: Mapping[str, str]
    ) -> tuple[str, tuple[Sheet, ...]]:
        """Tell what a page lacks to be taken in: anything, or what must be answered; "" when nothing does."""
        sheets = await self._sheets.again(ticket)
        if not any(answers):
            return "empty", sheets
        return ("required" if left_out(sheets, fields, safety_question=site.safety_question) else ""), sheets

    async def _unsaved(
        self, request: Request, ticket: Ticket | None, fields: Mapping[str, str], problem: str
    ) -> Response:
        """Show the form again with everything that was filled in; pass a risk answer on even so."""
        site = self._sites.get(ticket.site_id) if ticket else None
        if ticket is None or site is None:
            return self._say(request, problem)
        try:
            answers = _answers(ticket, fields)
        except ValueError:
            return self._say(request, "invalid", site)
        await self._handlers.flag_unsaved(ticket, answers)
        try:
            sheets = await self._sheets.again(ticket)
        except Transient:  # its words are not in memory: the browser still has the page
            return self._say(request, problem)
        problem = "busy" if problem == "busy" else "unsaved"
        return self._form(request, site, ticket, sheets, fields=fields, problem=problem)

    def _form(
        self,
        request: Request,
        site: Site,
        ticket: Ticket,
        sheets: tuple[Sheet, ...],
        *,
        asked: Asked | None = None,
        fields: Mapping[str, str] | None = None,
        problem: str = "",
    ) -> Response:
        language = _language(request, site.languages, asked.language if asked else "")
        shown = pages.Shown(
            site=site,
            sheets=sheets,
            rater=ticket.rater,
            visibility=Visibility(ticket.visibility),
            ticket=self._tickets.seal(ticket),
            stop=f"{PATH}{request.path_params['token']}{STOP}",
            draft=_draft(ticket.token_hash),
            filled=fields or {},
            problem=problem,
            kiosk=_at_kiosk(request),
        )
        status = {"": 200, "empty": 422, "only-words": 422, "required": 422, "busy": 429}.get(problem, 503)
        self._shown.labels({200: "form", 422: "form", 429: "busy"}.get(status, "trouble")).inc()
        html = pages.form(language, shown, asked.expires_at if asked else None)
        return _html(html, status, language)

    def _say(
        self,
        request: Request,
        kind: str,
        site: Site | None = None,
        visibility: Visibility = Visibility.UNKNOWN,
        *,
        rater: int = Rater.CLIENT,
        risk_answered: bool = False,
    ) -> Response:
        language = _language(request, site.languages if site else known_languages(), "")
        self._shown.labels(kind).inc()
        html = pages.message(
            language,
            kind,
            site,
            visibility,
            rater=rater,
            risk_answered=risk_answered,
            kiosk=_at_kiosk(request),
            ended=_draft(fingerprint(request.path_params["token"])) if kind in ENDED.values() else "",
        )
        return _html(html, STATUS[kind], language)

    def _within_limits(self, request: Request, token: str) -> bool:
        address = asker(request, self._proxies)
        # What cannot be a link is counted by its address alone.
        return self._limits.take(address, fingerprint(token) if well_formed(token) else address)


async def read_fields(request: Request) -> dict[str, str] | None:
    """Read what the page sent; None when no page of ours sends that."""
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            return None
    try:
        return dict(parse_qsl(body.decode("ascii"), keep_blank_values=True, max_num_fields=MAX_FIELDS))
    except ValueError:
        return None


def _answers(ticket: Ticket, fields: Mapping[str, str]) -> PageAnswers:
    return tuple(read(each, fields) for each in bare_sheets(ticket))


def _draft(token_hash: str) -> str:
    """Name what a browser keeps of a form. Of the hash, not of the link: what stays in its storage opens nothing."""
    return token_hash[:16]


def _at_kiosk(request: Request) -> bool:
    """Tell whether the page is on a screen that many use: it changes how it looks and what the browser keeps."""
    return request.query_params.get("kiosk") == "1"


def _remarks(fields: Mapping[str, str]) -> Remarks:
    return Remarks(remarks.tidy(fields.get("comment", "")), seeing.chosen(fields.get("visibility", "")))


def _language(request: Request, languages: tuple[str, ...], wanted: str) -> str:
    """Choose: what the client picked on the page, what the clinic asked for, what the browser prefers."""
    for choice in (request.query_params.get("lang", ""), wanted):
        if choice in languages:
            return choice
    return preferred_language(request.headers.get("accept-language", ""), languages)


def _html(html: str, status: int, language: str) -> HTMLResponse:
    headers = {**HEADERS, "content-language": language, "vary": "Accept-Language"}
    if status in (429, 503):
        headers["retry-after"] = RETRY_SECONDS
    return HTMLResponse(html, status, headers)
