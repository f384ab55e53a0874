"""Nobody sees, guesses or times a thing of another site: every route and every RPC of every service, from their tables.

A new route or RPC is tested by itself when it names its site, and fails this test until somebody says here why it may
do without.
"""

import importlib
import re
import uuid
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import grpc
import httpx
import pytest
from google.protobuf import descriptor_pool, message_factory

from services.alerting.book import Book
from services.alerting.pages import Pages
from services.dev.environment import Keys
from services.dev.forms import feedback_settings
from services.runtime.lifecycle import Parts
from services.runtime.settings import Settings
from tests.support.console import OURS, THEIRS, User, settings

SERVICES = ("intake", "feedback", "scoring", "alerting")
BASE = "http://127.0.0.1:1"
# Routes without a site in their path, and what keeps them from telling of one.
WITHOUT_SITE = {
    ("GET", "/health/live"): "says nothing of a site",
    ("GET", "/health/ready"): "says nothing of a site",
    ("GET", "/metrics"): "counts over all sites; labels never carry pseudonyms (tests/unit/runtime/test_metrics.py)",
    ("GET", "/instruments"): "what every site may use",
    ("GET", "/"): "the service's name, and what every site may use",
    ("GET", "/a/{token}"): "a signed link of one page, which says nothing of a site",
    ("POST", "/a/{token}"): "the same",
    ("GET", "/calendar/{token}.ics"): "the secret address of one person's or one site's calendar",
    ("GET", "/f/{token}"): "160 random bits of one request",
    ("POST", "/f/{token}"): "the same",
    ("POST", "/f/{token}/risk"): "the same",
    ("GET", "/f/{token}/stop"): "the same",
    ("POST", "/f/{token}/stop"): "the same",
    ("GET", "/kiosk"): "a code of one request, or a kiosk's own cookie for its one site; its own tests say more",
    ("POST", "/kiosk"): "the same",
    ("POST", "/kiosk/sign-in"): "a kiosk's token, for its one site",
    ("GET", "/form/{name}"): "style and script",
    ("GET", "/console/assets/{name}"): "style and script",
    ("GET", "/console/sign-in"): "an empty form",
    ("POST", "/console/sign-in"): "makes a session or says that it did not; tested below",
    ("POST", "/console/sign-out"): "ends the caller's own session",
    ("GET", "/console"): "lists the sites of the session's own account; tested below",
    ("GET", "/console/inbox"): "the same",
    ("GET", "/console/events"): "says that something changed at a site of the account, nothing of what",
}
Environment = Callable[..., dict[str, str]]


@asynccontextmanager
async def built(service: str, environment: Environment, folder: Path) -> AsyncIterator[Parts]:
    """A service as its wiring builds it, on the real database, without its streams."""
    wiring = importlib.import_module(f"services.{service}.wiring")
    module = importlib.import_module(f"services.{service}.settings")
    settings_class = next(
        each
        for each in vars(module).values()
        if isinstance(each, type) and issubclass(each, Settings) and each.service() == service
    )
    extra: dict[str, str] = {}
    if service == "feedback":
        extra = {**feedback_settings(folder, BASE, [OURS, THEIRS]), "ATTUNE_PEER_ALERTING": "127.0.0.1:9"}
    if service == "alerting":
        extra = {**settings(folder, BASE, OURS, THEIRS), "ATTUNE_PEER_SCORING": "127.0.0.1:9"}
        extra["ATTUNE_PEER_INTAKE"] = "127.0.0.1:9"
    parts = await wiring.build(settings_class.load(environment(service, **extra)))
    try:
        await parts.store.ensure_indexes()
        await parts.store.ping()
        yield parts
    finally:
        await parts.grpc.stop()
        for close in parts.close:
            await close()
        await parts.store.close()


def table(parts: Parts) -> set[tuple[str, str]]:
    methods = [(method, route.path) for route in parts.web.routes for method in route.methods]  # type: ignore[attr-defined]
    return {(method, path) for method, path in methods if method != "HEAD"}


@pytest.mark.parametrize("service", SERVICES)
async def test_every_rpc_refuses_another_site_before_it_looks(
    service: str, service_env: Environment, tmp_path: Path, keys: Keys
) -> None:
    async with built(service, service_env, tmp_path) as parts:
        await parts.grpc.start()
        names = [name for _, _, name in parts.grpc._services]
        assert names
        token = keys.token("somebody", [OURS], ["publish", "read", "act", "operate", "service"])
        async with grpc.aio.insecure_channel(parts.grpc.address) as channel:
            for name in names:
                for method in descriptor_pool.Default().FindServiceByName(name).methods:
                    request = message_factory.GetMessageClass(method.input_type)(site_id=THEIRS)
                    path = f"/{name}/{method.name}"
                    answer = {"response_deserializer": lambda data: data, "request_serializer": lambda sent: sent}
                    metadata = [("authorization", f"Bearer {token}")]
                    for given, expected in ((metadata, "PERMISSION_DENIED"), ([], "UNAUTHENTICATED")):
                        make = channel.unary_stream if method.server_streaming else channel.unary_unary
                        call = make(path, **answer)(request.SerializeToString(), metadata=given, timeout=10)
                        assert (await call.code()).name == expected, path


@pytest.mark.parametrize("service", SERVICES)
async def test_every_route_names_its_site_or_says_here_why_not(
    service: str, service_env: Environment, tmp_path: Path
) -> None:
    async with built(service, service_env, tmp_path) as parts:
        unsaid = {each for each in table(parts) if "{site}" not in each[1]} - WITHOUT_SITE.keys()
        assert not unsaid, "say in WITHOUT_SITE what keeps these from telling of a site, or give them a {site}"


class Visitor:
    """A browser in front of the service in this process."""

    def __init__(self, parts: Parts) -> None:
        transport = httpx.ASGITransport(parts.web.app)
        self.http = httpx.AsyncClient(transport=transport, base_url=BASE, headers={"origin": BASE}, timeout=30)

    async def sign_in(self, user: User) -> None:
        data = {"username": user.username, "password": user.password, "code": user.code()}
        answer = await self.http.post("/console/sign-in", data=data)
        assert answer.status_code == 303, answer.text

    async def token(self) -> str:
        found = re.search(r'name="csrf" value="([^"]+)"', (await self.http.get("/console")).text)
        assert found
        return found[1]


async def user(parts: Parts, keys: Keys, site: str, *roles: str) -> User:
    from attune.alerting.v1 import console_service_pb2 as api
    from attune.alerting.v1 import console_service_pb2_grpc as api_grpc

    request = api.AddUserRequest(
        site_id=site,
        username=f"u{uuid.uuid4().hex[:8]}",
        roles=[f"ROLE_{role}" for role in roles],
        person_id="ana",
        therapist_id="th-1",
    )
    token = keys.token("operator", [site], ["operate"])
    async with grpc.aio.insecure_channel(parts.grpc.address) as channel:
        stub = api_grpc.ConsoleServiceStub(channel)
        secret = (await stub.AddUser(request, metadata=[("authorization", f"Bearer {token}")], timeout=30)).secret
    return User(request.username, secret.password, secret.totp_uri)


async def test_an_operator_of_one_site_does_not_take_an_account_of_another_over(
    service_env: Environment, tmp_path: Path, keys: Keys
) -> None:
    from attune.alerting.v1 import console_service_pb2 as api
    from attune.alerting.v1 import console_service_pb2_grpc as api_grpc

    async with built("alerting", service_env, tmp_path) as parts:
        await parts.grpc.start()
        theirs = await user(parts, keys, THEIRS, "SUPERVISOR")
        request = api.AddUserRequest(site_id=OURS, username=theirs.username, roles=["ROLE_OPERATOR"])
        async with grpc.aio.insecure_channel(parts.grpc.address) as channel:
            stub = api_grpc.ConsoleServiceStub(channel)
            for sites, code in (([OURS], "PERMISSION_DENIED"), ([OURS, THEIRS], "OK")):
                token = keys.token("operator", sites, ["operate"])
                call = stub.AddUser(request, metadata=[("authorization", f"Bearer {token}")], timeout=30)
                assert (await call.code()).name == code
            token = keys.token("operator", [OURS], ["operate"])
            again = api.ResetUserRequest(site_id=OURS, username=theirs.username)
            call = stub.ResetUser(again, metadata=[("authorization", f"Bearer {token}")], timeout=30)
            assert (await call.code()).name == "PERMISSION_DENIED"


async def alert_of(parts: Parts, keys: Keys, site: str) -> str:
    from datetime import UTC, datetime

    from attune.alerting.v1 import alerting_service_pb2 as api
    from attune.alerting.v1 import alerting_service_pb2_grpc as api_grpc
    from attune.feedback.v1 import events_pb2 as feedback

    flag = feedback.RiskFlag(site_id=site, flag_id=uuid.uuid4().hex, episode_id="ep-1", client_id="cl-1", items=[11])
    flag.submitted_at.FromDatetime(datetime.now(UTC))
    token = keys.token("feedback", [site], ["service"])
    async with grpc.aio.insecure_channel(parts.grpc.address) as channel:
        stub = api_grpc.AlertingServiceStub(channel)
        request = api.RaiseRiskFlagRequest(site_id=site, flag=flag)
        answer = await stub.RaiseRiskFlag(request, metadata=[("authorization", f"Bearer {token}")], timeout=30)
    return str(answer.alert_id)


ALL = ("THERAPIST", "SUPERVISOR", "ON_CALL", "SITE_ADMIN", "OPERATOR")


async def test_every_page_of_another_site_is_as_if_it_were_not_there_and_is_not_looked_for(
    service_env: Environment, tmp_path: Path, keys: Keys, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with built("alerting", service_env, tmp_path) as parts:
        await parts.grpc.start()
        alert_id = await alert_of(parts, keys, THEIRS)
        visitor = Visitor(parts)
        await visitor.sign_in(await user(parts, keys, OURS, *ALL))
        csrf = await visitor.token()
        assert alert_id not in (await visitor.http.get("/console")).text

        def forbid(real: Any) -> Any:
            async def asked(self: Any, first: Any, *rest: Any, **more: Any) -> Any:
                assert THEIRS not in str(first), "something of the other site was looked for"
                return await real(self, first, *rest, **more)

            return asked

        for owner, name in ((Book, "get"), (Book, "find"), (Pages, "of_alert")):
            monkeypatch.setattr(owner, name, forbid(getattr(owner, name)))
        pages = [each for each in table(parts) if "{site}" in each[1]]
        assert len(pages) >= 14
        for method, path in pages:
            answers = []
            for site, alert in ((THEIRS, alert_id), (THEIRS, str(uuid.uuid4())), ("nowhere", alert_id)):
                where = path.replace("{site}", site).replace("{alert}", alert).replace("{episode}", "ep-1")
                assert "{" not in where, f"{path}: give this part of the path a value here"
                answer = await visitor.http.request(method, where, data={"csrf": csrf} if method == "POST" else None)
                answers.append((answer.status_code, answer.text))
            assert answers[0][0] == 404, (method, path)
            assert len(set(answers)) == 1, (method, path)
        denied = await parts.store.db.audit.count_documents({"site_id": THEIRS, "detail": "no role at the site"})
        assert denied == 2 * len(pages)


async def test_every_page_needs_a_session_and_every_post_its_token_and_origin(
    service_env: Environment, tmp_path: Path, keys: Keys
) -> None:
    async with built("alerting", service_env, tmp_path) as parts:
        await parts.grpc.start()
        alert_id = await alert_of(parts, keys, OURS)
        stranger, visitor = Visitor(parts), Visitor(parts)
        await visitor.sign_in(await user(parts, keys, OURS, *ALL))
        csrf = await visitor.token()
        inside = [each for each in table(parts) if each[1].startswith("/console") and "assets" not in each[1]]
        for method, path in inside:
            where = path.replace("{site}", OURS).replace("{alert}", alert_id).replace("{episode}", "ep-1")
            if path == "/console/sign-in":
                if method == "POST":
                    forged = await stranger.http.post(where, data={}, headers={"origin": "https://evil.example"})
                    assert forged.status_code == 403
                continue
            outside = await stranger.http.request(method, where, data={"csrf": csrf} if method == "POST" else None)
            assert outside.status_code == (401 if method == "POST" else 303), path
            if method != "POST":
                continue
            for headers, data in (
                ({}, {}),
                ({}, {"csrf": "x" * 43}),
                ({"origin": "https://evil.example"}, {"csrf": csrf}),
                ({"origin": "null"}, {"csrf": csrf}),
                ({"sec-fetch-site": "cross-site"}, {"csrf": csrf}),
                ({"sec-fetch-site": "same-site"}, {"csrf": csrf}),
            ):
                forged = await visitor.http.post(where, data=data, headers=headers)
                assert forged.status_code == 403, (path, headers, data)
        page = await visitor.http.get(f"/console/s/{OURS}/alerts/{alert_id}")
        assert "nobody has it" in page.text, "a forged form changed something"


async def test_the_session_is_new_at_each_sign_in_and_over_when_it_ends(
    service_env: Environment, tmp_path: Path, keys: Keys
) -> None:
    async with built("alerting", service_env, tmp_path) as parts:
        await parts.grpc.start()
        somebody = await user(parts, keys, OURS, "SUPERVISOR")
        visitor = Visitor(parts)
        planted = "a" * 43
        visitor.http.cookies.set("attune", planted, domain="127.0.0.1", path="/")
        data = {"username": somebody.username, "password": somebody.password, "code": somebody.code()}
        answer = await visitor.http.post("/console/sign-in", data=data)
        cookie = answer.headers["set-cookie"]
        assert planted not in cookie
        assert "HttpOnly" in cookie
        assert "SameSite=lax" in cookie
        token = cookie.partition("=")[2].partition(";")[0]
        fixed = Visitor(parts)
        fixed.http.cookies.set("attune", planted)
        assert (await fixed.http.get("/console")).status_code == 303
        assert await parts.store.db.sessions.count_documents({"_id": token}) == 0, "the token itself is kept"
        visitor.http.cookies.clear()
        visitor.http.cookies.set("attune", token)
        csrf = await visitor.token()
        assert (await visitor.http.post("/console/sign-out", data={"csrf": csrf})).status_code == 303
        stolen = Visitor(parts)
        stolen.http.cookies.set("attune", token)
        assert (await stolen.http.get("/console")).status_code == 303


async def test_broken_glass_is_written_down_first_opens_for_a_while_and_the_administrator_sees_it(
    service_env: Environment, tmp_path: Path, keys: Keys
) -> None:
    async with built("alerting", service_env, tmp_path) as parts:
        await parts.grpc.start()
        alert_id = await alert_of(parts, keys, OURS)
        where = f"/console/s/{OURS}/alerts/{alert_id}"
        therapist = await user(parts, keys, OURS, "THERAPIST")
        visitor = Visitor(parts)
        await visitor.sign_in(therapist)
        assert (await visitor.http.get(where)).status_code == 404
        csrf = await visitor.token()
        glass = f"/console/s/{OURS}/break-glass"
        assert (await visitor.http.post(glass, data={"csrf": csrf, "reason": "short"})).status_code == 400
        assert (await visitor.http.get(where)).status_code == 404
        reason = "the treating team cannot be reached"
        assert (await visitor.http.post(glass, data={"csrf": csrf, "reason": reason})).status_code == 303
        opened = await visitor.http.get(where)
        assert opened.status_code == 200
        assert "You broke the glass" in opened.text
        admin = Visitor(parts)
        await admin.sign_in(await user(parts, keys, OURS, "SITE_ADMIN"))
        told = (await admin.http.get(f"/console/s/{OURS}/audit")).text
        assert reason in told
        assert f"{therapist.username}, until" in told
        assert (await admin.http.get(where)).status_code == 403
