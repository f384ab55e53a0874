from collections.abc import AsyncIterator

import httpx
import pytest
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

from services.runtime.metrics import Metrics
from services.runtime.web import MAX_BODY_BYTES, HttpServer, Readiness, Web


async def page(request: Request) -> Response:
    body = await request.body()
    return PlainTextResponse(str(len(body)), headers={"content-security-policy": "own"})


async def broken(_request: Request) -> Response:
    raise RuntimeError("the client wrote: I am sad")


@pytest.fixture
def web() -> Web:
    return Web(Metrics("intake"), [Route("/page/{secret}", page, methods=["GET", "POST"]), Route("/broken", broken)])


@pytest.fixture
async def client(web: Web) -> AsyncIterator[httpx.AsyncClient]:
    server = HttpServer("127.0.0.1:0", web.app)
    await server.start()
    try:
        async with httpx.AsyncClient(base_url=f"http://{server.address}") as client:
            yield client
    finally:
        await server.stop()


async def test_live_before_ready_and_ready_says_what_is_missing(web: Web, client: httpx.AsyncClient) -> None:
    assert (await client.get("/health/live")).json() == {"live": True}
    answer = await client.get("/health/ready")
    assert answer.status_code == 503
    assert answer.json() == {"ready": False, "not_ready": {"service": "is starting"}}
    web.readiness = Readiness()
    web.readiness.set("store", "mongodb ping: ServerSelectionTimeoutError")
    assert (await client.get("/health/ready")).json()["not_ready"] == {
        "store": "mongodb ping: ServerSelectionTimeoutError"
    }
    web.readiness.set("store", None)
    answer = await client.get("/health/ready")
    assert (answer.status_code, answer.json()) == (200, {"ready": True, "not_ready": {}})


def test_readiness_tells_when_it_changes() -> None:
    readiness = Readiness()
    assert readiness.set("store", "away")
    assert not readiness.set("store", "still away")
    assert readiness.set("store", None)
    assert readiness.ready


async def test_every_answer_is_guarded_and_a_page_may_have_its_own_policy(client: httpx.AsyncClient) -> None:
    for path in ("/health/live", "/metrics", "/nothing", "/page/x"):
        headers = (await client.get(path)).headers
        assert headers["x-content-type-options"] == "nosniff"
        assert headers["referrer-policy"] == "no-referrer"
        assert headers["cache-control"] == "no-store"
        assert "server" not in headers
    assert (await client.get("/page/x")).headers["content-security-policy"] == "own"
    assert "default-src 'none'" in (await client.get("/nothing")).headers["content-security-policy"]


async def test_nothing_else_is_there(client: httpx.AsyncClient) -> None:
    for path in ("/", "/health", "/page", "/docs", "/../etc/passwd"):
        assert (await client.get(path)).status_code == 404
    assert (await client.delete("/health/live")).status_code == 405


async def test_metrics_count_by_endpoint_and_hold_no_path(client: httpx.AsyncClient) -> None:
    await client.get("/page/one-time-secret")
    await client.get("/nothing/secret")
    answer = await client.get("/metrics")
    assert answer.headers["content-type"].startswith("text/plain; version=0.0.4")
    assert 'attune_http_requests_total{endpoint="page",status="200"} 1.0' in answer.text
    assert 'attune_http_requests_total{endpoint="none",status="404"} 1.0' in answer.text
    assert "secret" not in answer.text


async def test_a_body_above_the_limit_is_refused(client: httpx.AsyncClient) -> None:
    assert (await client.post("/page/x", content=b"x" * MAX_BODY_BYTES)).text == str(MAX_BODY_BYTES)
    assert (await client.post("/page/x", content=b"x" * (MAX_BODY_BYTES + 1))).status_code == 413


async def test_a_fault_of_ours_says_nothing(client: httpx.AsyncClient) -> None:
    answer = await client.get("/broken")
    assert answer.status_code == 500
    assert "sad" not in answer.text
    assert answer.headers["x-content-type-options"] == "nosniff"


async def test_a_taken_port_is_reported(web: Web) -> None:
    first = HttpServer("127.0.0.1:0", web.app)
    await first.start()
    try:
        with pytest.raises(OSError, match="in use"):
            await HttpServer(first.address, web.app).start()
    finally:
        await first.stop()
