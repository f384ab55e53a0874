"""HTTP in: the screen in the waiting room. Staff sign it in once, with a token that can do nothing else.

It shows nothing of anybody: whoever enters an episode's reference gets the way to its form, and nothing else.
"""

from collections.abc import Mapping

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response
from starlette.routing import Route

from services.feedback import pages, qr
from services.feedback.kiosk import Kiosk
from services.feedback.languages import known_languages
from services.feedback.limits import Limits
from services.feedback.sites import Site
from services.feedback.web.form import HEADERS, read_fields
from services.runtime.audit import Audit
from services.runtime.errors import Conflict, Forbidden, NotFound, Permanent, Transient
from services.runtime.identity import ALL_SITES, KIOSK, Verifier
from services.runtime.limits import Network
from services.runtime.telemetry import get_logger
from services.runtime.web import asker, preferred_language

PATH = "/kiosk"
COOKIE = "attune-kiosk"
# A screen stays signed in over nights and restarts; the token's own end counts in any case (own).
REMEMBERED = 400 * 24 * 3600
STATUS = {"": 200, "nothing": 404, "several": 400, "busy": 429, "trouble": 503, "refused": 403}

log = get_logger(__name__)


class KioskPages:
    """The pages of the screen."""

    def __init__(
        self,
        kiosk: Kiosk,
        sites: Mapping[str, Site],
        verifier: Verifier,
        limits: Limits,
        proxies: tuple[Network, ...],
        audit: Audit,
        *,
        secure: bool,
    ) -> None:
        self._kiosk = kiosk
        self._sites = sites
        self._verifier = verifier
        self._limits = limits
        self._proxies = proxies
        self._audit = audit
        self._secure = secure

    def routes(self) -> list[Route]:
        """Return the routes to serve."""
        return [
            Route(PATH, self.start, methods=["GET"]),
            Route(PATH, self.open_form, methods=["POST"]),
            Route(f"{PATH}/sign-in", self.sign_in, methods=["POST"]),
        ]

    async def start(self, request: Request) -> Response:
        """Ask for a reference, or for the token."""
        signed_in = self._signed_in(request.cookies.get(COOKIE, ""))
        return _page(request, signed_in[0] if signed_in else None)

    async def sign_in(self, request: Request) -> Response:
        """Take a kiosk's token in, and remember it in this browser, out of scripts' reach."""
        token = (await _field(request, "token")).strip()
        if not self._within_limits(request, "sign-in"):
            return _page(request, None, "busy")
        if self._signed_in(token) is None:
            return _page(request, None, "refused")
        answer = RedirectResponse(PATH, 303, HEADERS)
        answer.set_cookie(COOKIE, token, REMEMBERED, path=PATH, secure=self._secure, httponly=True, samesite="strict")
        return answer

    async def open_form(self, request: Request) -> Response:
        """Show the way to the form of a reference: its QR code, and a link that opens it here."""
        signed_in = self._signed_in(request.cookies.get(COOKIE, ""))
        if signed_in is None:
            return _page(request, None)
        site, screen = signed_in
        if not self._within_limits(request, screen):
            return _page(request, site, "busy")
        try:
            found = await self._kiosk.find(site.site_id, await _field(request, "reference"))
            await self._audit.record(
                who=screen,
                action="OpenAtKiosk",
                site_id=site.site_id,
                subject=f"request_id={found.request.request_id}",
                outcome="opened",
            )
        except (NotFound, Conflict):
            return _page(request, site, "nothing")
        except Permanent as refused:
            return _page(request, site, "several" if refused.field == "reference" else "nothing")
        except Transient as away:
            log.warning("a kiosk waits for a dependency", dependency=away.what)
            return _page(request, site, "trouble")
        return _page(request, site, link=found.link)

    def _signed_in(self, token: str) -> tuple[Site, str] | None:
        """Return the one site of a kiosk's token, and whose it is; None for any other token."""
        if not token:
            return None
        try:
            identity = self._verifier.verify(token)
        except Forbidden:
            return None
        if KIOSK not in identity.scopes or len(identity.sites) != 1 or ALL_SITES in identity.sites:
            return None
        site = self._sites.get(next(iter(identity.sites)))
        return (site, identity.subject) if site is not None else None

    def _within_limits(self, request: Request, who: str) -> bool:
        address = asker(request, self._proxies)
        return self._limits.take(address, f"kiosk {who} {address}")


async def _field(request: Request, name: str) -> str:
    """Read one field; empty when it is not there, or no page of ours sends that."""
    return (await read_fields(request) or {}).get(name, "")


def _page(request: Request, site: Site | None, problem: str = "", link: str = "") -> HTMLResponse:
    languages = site.languages if site is not None else known_languages()
    language = preferred_language(request.headers.get("accept-language", ""), languages)
    html = pages.kiosk(language, site, problem, link, qr.svg(link) if link else "")
    return HTMLResponse(html, STATUS[problem], {**HEADERS, "content-language": language})
