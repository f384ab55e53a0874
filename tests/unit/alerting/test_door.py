"""What stands before every page of the console, and the stream that tells of changes, on stores in memory."""

import asyncio
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any

import httpx
import pyotp
import pytest
from argon2 import PasswordHasher
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse

from services.alerting.console.accounts import Accounts
from services.alerting.console.live import Change, Live
from services.alerting.console.sessions import Sessions
from services.alerting.domain.access import Role
from services.alerting.web import inbox
from services.alerting.web.door import Door, Page, Visit
from services.alerting.web.inbox import InboxPages
from services.runtime.clock import ManualClock
from services.runtime.errors import Transient
from tests.unit.alerting.test_link import RecordingAudit
from tests.unit.alerting.world import MemoryAggregates

BASE = "http://127.0.0.1:8080"
IDLE = timedelta(minutes=15)


class House:
    """A door with one visitor who is signed in, with roles at two sites."""

    def __init__(self) -> None:
        self.clock = ManualClock(datetime(2026, 1, 12, 3, 0, tzinfo=UTC))
        stored, kept = MemoryAggregates("accounts"), MemoryAggregates("sessions")
        hasher = PasswordHasher(1, 8, 1)
        self.accounts = Accounts(stored, b"k" * 48, self.clock, hasher)  # type: ignore[arg-type]
        self.sessions = Sessions(kept, self.accounts, self.clock, IDLE, timedelta(hours=12))  # type: ignore[arg-type]
        self.audit = RecordingAudit()
        self.door = Door(self.sessions, self.audit, self.clock, BASE, ())  # type: ignore[arg-type]
        self.live = Live(None)  # type: ignore[arg-type]
        nothing: Any = None
        self.inbox = InboxPages(self.door, nothing, self.sessions, nothing, self.live, self.clock)
        self.token = ""

    async def opened(self) -> "House":
        secret = None
        for site, role in (("north", Role.THERAPIST), ("south", Role.ON_CALL)):
            made = await self.accounts.add(site, "ana", (role,), "ana", "th-1", may=lambda _: True)
            secret = secret or made
        assert secret
        totp = pyotp.parse_uri(secret.totp_uri)
        assert isinstance(totp, pyotp.TOTP)
        account = await self.accounts.sign_in("ana", secret.password, totp.at(self.clock.now()))
        assert account
        self.token = await self.sessions.begin(account)
        return self

    def browser(self, *pages: Page) -> httpx.AsyncClient:
        app = Starlette(routes=[self.door.route(page) for page in pages])
        transport = httpx.ASGITransport(app, raise_app_exceptions=False)
        return httpx.AsyncClient(transport=transport, base_url=BASE, cookies={self.door.cookie: self.token})

    async def visit(self) -> Visit:
        visitor = await self.sessions.visitor(self.token, present=False)
        assert visitor
        cookie = f"{self.door.cookie}={self.token}".encode()
        scope = {"type": "http", "method": "GET", "path": "/", "query_string": b"", "headers": [(b"cookie", cookie)]}
        return Visit(Request(scope), visitor, self.clock.now(), "en")


@pytest.fixture
async def house() -> House:
    return await House().opened()


async def stream(house: House) -> AsyncIterator[str]:
    answer = await house.inbox.events(await house.visit())
    assert isinstance(answer, StreamingResponse)
    lines: Any = answer.body_iterator
    return lines  # type: ignore[no-any-return]


async def fine(visit: Visit) -> Response:
    return Response("fine")


async def fault(visit: Visit) -> Response:
    raise ZeroDivisionError


async def away(visit: Visit) -> Response:
    raise Transient("mongodb")


async def test_a_page_over_all_sites_is_in_the_audit_of_each(house: House) -> None:
    async with house.browser(Page("GET", "/console", "inbox", fine)) as http:
        assert (await http.get("/console")).status_code == 200
    assert [(each["site_id"], each["outcome"]) for each in house.audit.entries] == [("north", "200"), ("south", "200")]


@pytest.mark.parametrize(("handler", "status"), [(fault, 500), (away, 503)])
async def test_a_page_that_breaks_off_is_in_the_audit(house: House, handler: Any, status: int) -> None:
    async with house.browser(Page("GET", "/console/s/{site}/x", "x", handler)) as http:
        assert (await http.get("/console/s/north/x")).status_code == status
    assert [(each["site_id"], each["outcome"]) for each in house.audit.entries] == [("north", "UNKNOWN")]


async def test_an_origin_that_no_browser_sends_is_foreign(house: House) -> None:
    async with house.browser(Page("POST", "/console/x", "x", fine)) as http:
        answer = await http.post("/console/x", headers=[(b"origin", "http://ñ".encode())])
    assert answer.status_code == 403


@pytest.mark.parametrize("background", [True, False])
async def test_what_a_browser_asks_by_itself_does_not_say_that_somebody_is_there(
    house: House, background: bool
) -> None:
    async with house.browser(Page("GET", "/console/events", "events", fine, background=background)) as http:
        house.clock.advance(IDLE - timedelta(seconds=1))
        assert (await http.get("/console/events")).status_code == 200
        house.clock.advance(timedelta(seconds=2))
        assert (await http.get("/console/events", follow_redirects=False)).status_code == (303 if background else 200)


async def test_a_stream_that_is_never_sent_leaves_nothing_behind(house: House) -> None:
    await stream(house)
    assert not house.live._queues


async def test_a_session_has_so_many_streams_and_no_more(house: House) -> None:
    opened = [await stream(house) for _ in range(inbox.STREAMS + 1)]
    for each in opened[:-1]:
        assert (await anext(each)).startswith("retry:")
    with pytest.raises(StopAsyncIteration):
        await anext(opened[-1])
    assert (await house.inbox.events(await house.visit())).status_code == 429
    await opened[0].aclose()  # type: ignore[attr-defined]
    assert (await anext(await stream(house))).startswith("retry:")


@pytest.mark.parametrize(("site", "event"), [("north", "change"), ("south", "risk")])
async def test_a_new_risk_sounds_for_those_only_who_may_see_it(house: House, site: str, event: str) -> None:
    lines = await stream(house)
    await anext(lines)
    (queue,) = house.live._queues
    queue.put_nowait(Change(site, new_risk=True))
    async with asyncio.timeout(5):
        assert (await anext(lines)).startswith(f"event: {event}\n")


async def test_a_stream_ends_when_its_visitor_may_be_told_of_other_sites(house: House) -> None:
    lines = await stream(house)
    await anext(lines)
    await house.accounts.disable("south", "ana")
    with pytest.raises(StopAsyncIteration):
        await anext(lines)
    assert not house.live._queues
