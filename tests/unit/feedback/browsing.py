"""A browser without scripts on the form of a world in memory, for whatever request a test has issued."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any
from urllib.parse import urlencode

import httpx

from services.feedback.domain.fhir_answers import Mapped
from services.feedback.domain.questionnaire import Loaded
from services.feedback.domain.requests import Care, Session, Visibility
from services.feedback.limits import Limits
from services.feedback.questionnaires import File
from services.feedback.sheets import Sheets
from services.feedback.tickets import Tickets
from services.feedback.web import FormPages
from services.runtime.limits import networks
from services.runtime.metrics import Metrics
from services.runtime.web import Web
from tests.support import questionnaires as made
from tests.unit.feedback.forms import NOW
from tests.unit.feedback.world import LINKS, World

CARE = Care(1, monitoring=True, visibility=Visibility.THERAPIST_ONLY, client_ids=("cl-1",))


class NoAudit:
    async def record(self, **entry: str) -> None:
        """Not looked at here."""


class Page:
    """The page of one request."""

    def __init__(self, http: httpx.AsyncClient, token: str) -> None:
        self.http = http
        self.path = f"/f/{token}"
        self.ticket = ""

    async def look(self, language: str = "en") -> str:
        page = await self.http.get(f"{self.path}?lang={language}")
        assert page.status_code == 200, page.text
        found = re.search(r'name="ticket" value="([^"]+)"', page.text)
        assert found
        self.ticket = found[1]
        return page.text

    async def send(self, fields: dict[str, str]) -> httpx.Response:
        body = urlencode({"ticket": self.ticket, **fields})
        headers = {"content-type": "application/x-www-form-urlencoded"}
        return await self.http.post(f"{self.path}?lang=en", content=body, headers=headers)


async def cared_for(world: World) -> None:
    """An episode with one client, who has agreed, and a session that was held."""
    await world.requests.take_care("harbour", "ep-1", CARE)
    await world.requests.take_session("harbour", "ep-1", Session("se-1", 1, held=True, scheduled_at=NOW))


async def loaded(world: World, resource: Any, instrument_id: str, mapped: Mapped | None = None) -> Loaded:
    """A wording that the site has loaded."""
    file = File(instrument_id, "", made.text(resource), made.LICENCE, mapped or Mapped())
    return await world.questionnaires.load("harbour", file, "ops")


async def asked(world: World, rater: int = 0, instrument_id: str = "", session: str = "se-1") -> tuple[str, str]:
    """Ask by name: the request's id and the secret of its link."""
    wanted = await world.questionnaires.wanted("harbour", rater, instrument_id, "")
    request, link = await world.requests.issue("harbour", "ep-1", session, "", "", wanted)
    assert link == LINKS.link(request.request_id)
    return request.request_id, LINKS.token(request.request_id)


@asynccontextmanager
async def browser(world: World, token: str) -> AsyncIterator[Page]:
    """The page behind a link."""
    metrics = Metrics("feedback")
    form = FormPages(
        world.handlers,
        world.requests,
        {world.site.site_id: world.site},
        Sheets(world.questionnaires),
        Tickets(b"k" * 32),
        Limits(lambda: world.elapsed),
        networks("127.0.0.1"),
        NoAudit(),  # type: ignore[arg-type]
        world.clock,
        metrics,
    )
    transport = httpx.ASGITransport(app=Web(metrics, form.routes()).app)
    async with httpx.AsyncClient(
        transport=transport, base_url="https://feedback.example", follow_redirects=True
    ) as http:
        yield Page(http, token)
