"""HTTP in: what the phone gateway says. Signed as our own webhooks are, so nobody else can say it.

``POST /gateway/status`` with ``{"id", "seq", "status", "reason"}``: what became of a message, by our id for it. ``seq``
grows with each report of one message, so that a late one never moves its status back.
``POST /gateway/reply`` with ``{"from", "text"}``: a person answered an SMS; its code acknowledges, once.
"""

import json
import re
from collections.abc import Mapping
from typing import Any

from starlette.requests import Request
from starlette.responses import JSONResponse
from starlette.routing import Route

from services.alerting.domain.delivery import Report
from services.alerting.pages import Pages
from services.alerting.replies import Replies
from services.runtime.clock import Clock
from services.runtime.errors import Permanent, Transient
from services.runtime.outbound import is_genuine
from services.runtime.telemetry import get_logger

MAX_BYTES = 16 * 1024
_REASON = re.compile(r"[a-z][a-z0-9_-]{0,31}")

log = get_logger(__name__)


class Callbacks:
    """The two doors of the phone gateway. ``secret`` is what it signs with."""

    def __init__(self, pages: Pages, replies: Replies, secret: bytes, clock: Clock) -> None:
        self._pages = pages
        self._replies = replies
        self._secret = secret
        self._clock = clock

    def routes(self) -> list[Route]:
        """Return the routes to serve."""
        return [
            Route("/gateway/status", self.status, methods=["POST"], name="gateway-status"),
            Route("/gateway/reply", self.reply, methods=["POST"], name="gateway-reply"),
        ]

    async def status(self, request: Request) -> JSONResponse:
        """Note what became of a message; a late or repeated report changes nothing and is answered alike."""
        try:
            said = await self._read(request)
            page = await self._pages.by_id(_text(said, "id", 64))
            if page is None:
                raise Permanent("id", "is of no message of ours")
            await self._pages.report(page, _report(said))
        except (Permanent, Transient) as error:
            return _refused(error)
        return JSONResponse({"noted": True})

    async def reply(self, request: Request) -> JSONResponse:
        """Acknowledge by the code of an SMS; says what came of it, so that the gateway can tell the person."""
        try:
            said = await self._read(request)
            outcome = await self._replies.take(_text(said, "from", 32), _text(said, "text", 1_600))
        except (Permanent, Transient) as error:
            return _refused(error)
        return JSONResponse({"outcome": outcome})

    async def _read(self, request: Request) -> Mapping[str, Any]:
        body = await request.body()
        if len(body) > MAX_BYTES:
            raise Permanent("body", "is too long")
        if not is_genuine(self._secret, request.headers, body, self._clock.now()):
            raise _Unsigned("signature", "does not match, or is too old")
        try:
            said = json.loads(body)
        except ValueError as error:
            raise Permanent("body", "is not JSON") from error
        if not isinstance(said, dict):
            raise Permanent("body", "is not an object")
        return said


class _Unsigned(Permanent):
    """Whoever asks has not shown that they are the gateway."""


def _refused(error: Permanent | Transient) -> JSONResponse:
    if isinstance(error, Transient):
        log.warning("a callback waits for a dependency", dependency=error.what)
        return JSONResponse({"error": "try again"}, 503)
    return JSONResponse({"error": str(error)}, 401 if isinstance(error, _Unsigned) else 400)


def _report(said: Mapping[str, Any]) -> Report:
    seq = said.get("seq")
    if not isinstance(seq, int) or isinstance(seq, bool) or not 0 < seq < 2**53:
        raise Permanent("seq", "is not a positive number")
    status = _text(said, "status", 20)
    if status not in ("sent", "delivered", "undelivered"):
        raise Permanent("status", "is not sent, delivered or undelivered")
    # What a provider says may hold an address; only a code is kept.
    reason = str(said.get("reason", ""))
    return Report(seq, status, reason if _REASON.fullmatch(reason) else "")


def _text(said: Mapping[str, Any], field: str, longest: int) -> str:
    value = said.get(field)
    if not isinstance(value, str) or not value.strip() or len(value) > longest:
        raise Permanent(field, "is missing or too long")
    return value.strip()
