"""The gRPC door over loopback: who may call, what is answered, what is audited, and that OK means durable."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import grpc
import pytest
from attune.intake.v1 import intake_service_pb2 as api
from attune.intake.v1 import intake_service_pb2_grpc as grpc_api
from grpc_health.v1 import health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection_pb2, reflection_pb2_grpc

from services.dev.environment import Keys
from services.dev.mongo import Mongo
from services.runtime import rpc
from services.runtime.audit import Audit
from services.runtime.clock import SystemClock
from services.runtime.errors import Conflict, Forbidden, NotFound, Permanent, Transient
from services.runtime.identity import ALL_SITES, PUBLISH, READ, SERVICE, Verifier
from services.runtime.metrics import Metrics
from services.runtime.settings import Settings
from services.runtime.store import Aggregates, Change, Store
from services.runtime.tracing import current_traceparent, use
from tests.support.runtime import settings_on

NAME = "attune.intake.v1.IntakeService"
SCOPES = {
    **dict.fromkeys(("OpenEpisode", "UpdateEpisode", "CloseEpisode", "RecordSession"), PUBLISH),
    **dict.fromkeys(("GetEpisode", "ListEpisodes", "GetSession", "ListSessions"), READ),
}

Answer = Callable[[Any], Awaitable[Any]]


class Servicer(grpc_api.IntakeServiceServicer):
    """GetEpisode does what the test says; OpenEpisode saves."""

    def __init__(self, documents: Aggregates) -> None:
        self.documents = documents
        self.answer: Answer = self.found
        self.calls = 0

    @staticmethod
    async def found(request: Any) -> Any:
        response = api.GetEpisodeResponse()
        response.episode.site_id, response.episode.episode_id = request.site_id, request.episode_id
        return response

    async def GetEpisode(self, request: Any, context: Any) -> Any:
        self.calls += 1
        return await self.answer(request)

    async def OpenEpisode(self, request: Any, context: Any) -> Any:
        await self.documents.change(
            f"{request.site_id}/{request.event_id}",
            lambda doc: None if doc else Change({"by": rpc.current_identity().subject}),
        )
        return api.OpenEpisodeResponse()


class Door:
    """A running door with everything behind it."""

    def __init__(self, settings: Settings, store: Store, keys: Keys) -> None:
        self.settings, self.store, self.keys = settings, store, keys
        self.metrics = Metrics("intake")
        self.servicer = Servicer(store.aggregates("episodes"))
        self.server = rpc.server(
            settings,
            [(grpc_api.add_IntakeServiceServicer_to_server, self.servicer, NAME)],
            SCOPES,
            verifier=Verifier(keys.public),
            audit=Audit(store, SystemClock(), self.metrics),
            metrics=self.metrics,
            deadline_seconds=0.5,
        )
        self._channel: Any = None

    @property
    def channel(self) -> Any:
        self._channel = self._channel or grpc.aio.insecure_channel(self.server.address)
        return self._channel

    @property
    def stub(self) -> Any:
        return grpc_api.IntakeServiceStub(self.channel)

    def bearer(self, *sites: str, scopes: tuple[str, ...] = (READ,), subject: str = "clinic-north") -> Any:
        return (("authorization", f"Bearer {self.keys.token(subject, sites, scopes)}"),)

    async def get(self, site: str = "north", *, metadata: Any = None, **call: Any) -> Any:
        request = api.GetEpisodeRequest(site_id=site, episode_id="e1")
        return await self.stub.GetEpisode(request, metadata=metadata or self.bearer("north"), **call)

    async def refused(self, site: str = "north", **call: Any) -> tuple[grpc.StatusCode, str]:
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await self.get(site, **call)
        return caught.value.code(), caught.value.details() or ""

    async def audit(self) -> list[dict[str, Any]]:
        entries = await self.store.db["audit"].find({}, {"_id": 0, "at": 0, "unsealed": 0}).to_list()
        return sorted(entries, key=lambda entry: str(entry))

    async def close(self) -> None:
        if self._channel is not None:
            await self._channel.close()
        await self.server.stop()
        await self.store.close()


@asynccontextmanager
async def opened(uri: str, prefix: str, keys: Keys, **extra: str) -> AsyncIterator[Door]:
    settings = settings_on(uri, prefix, keys, ATTUNE_DRAIN_SECONDS="2", **extra)
    door = Door(settings, await Store.open(settings, "intake"), keys)
    await door.server.start()
    await door.server.set_serving(True)
    try:
        yield door
    finally:
        await door.close()


@pytest.fixture
async def door(mongo_uri: str, mongo_prefix: str, keys: Keys) -> AsyncIterator[Door]:
    async with opened(mongo_uri, mongo_prefix, keys) as door:
        yield door


async def test_a_call_of_the_tokens_site_is_answered_and_audited(door: Door) -> None:
    response = await door.get()
    assert response.episode.episode_id == "e1"
    assert await door.audit() == [
        {
            "who": "clinic-north",
            "action": "rpc GetEpisode",
            "site_id": "north",
            "subject": "episode_id=e1",
            "outcome": "OK",
            "detail": "",
        }
    ]
    assert b'attune_rpc_calls_total{code="OK",method="GetEpisode"} 1.0' in door.metrics.exposition()


async def test_a_call_for_another_site_is_denied_and_audited(door: Door) -> None:
    code, details = await door.refused("south")
    assert code is grpc.StatusCode.PERMISSION_DENIED
    assert details.startswith("site_id: the token is not for site south")
    assert door.servicer.calls == 0
    (entry,) = await door.audit()
    assert (entry["who"], entry["site_id"], entry["outcome"]) == ("clinic-north", "south", "PERMISSION_DENIED")
    assert "not for site south" in entry["detail"]


async def test_a_missing_scope_is_denied(door: Door) -> None:
    code, details = await door.refused(metadata=door.bearer("north", scopes=(PUBLISH,)))
    assert code is grpc.StatusCode.PERMISSION_DENIED
    assert "lacks the scope read" in details
    assert door.servicer.calls == 0


@pytest.mark.parametrize(
    "authorization", [None, "Bearer", "Bearer ", "Basic abc", "Bearer not-a-token", "Bearer a.b.c"]
)
async def test_no_valid_token_is_unauthenticated_and_audited(door: Door, authorization: str | None) -> None:
    metadata = (("authorization", authorization),) if authorization else (("x", "y"),)
    code, details = await door.refused(metadata=metadata)
    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert details
    assert door.servicer.calls == 0
    (entry,) = await door.audit()
    assert (entry["who"], entry["outcome"]) == ("unauthenticated", "UNAUTHENTICATED")


async def test_an_expired_token_and_a_token_of_another_key_are_refused(door: Door, tmp_path: Path) -> None:
    old = door.keys.token("clinic-north", ["north"], [READ], timedelta(seconds=-1))
    code, details = await door.refused(metadata=(("authorization", f"Bearer {old}"),))
    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert "expired" in details
    forged = Keys(tmp_path / "others").token("clinic-north", ["north"], [READ])
    code, details = await door.refused(metadata=(("authorization", f"Bearer {forged}"),))
    assert code is grpc.StatusCode.UNAUTHENTICATED
    assert forged not in details


@pytest.mark.parametrize("site", ["", "../north", "n" * 65, "north\n", "*"])
async def test_a_site_that_is_no_identifier_is_refused(door: Door, site: str) -> None:
    code, details = await door.refused(site, metadata=door.bearer(ALL_SITES))
    assert code is grpc.StatusCode.INVALID_ARGUMENT
    assert details.startswith("site_id: ")
    assert door.servicer.calls == 0


@pytest.mark.parametrize(
    ("error", "code", "text"),
    [
        (Permanent("data.x", "is wrong", "Do y."), grpc.StatusCode.INVALID_ARGUMENT, "data.x: is wrong. Do y."),
        (NotFound("episode_id", "is unknown"), grpc.StatusCode.NOT_FOUND, "episode_id: is unknown"),
        (Forbidden("site_id", "no"), grpc.StatusCode.PERMISSION_DENIED, "site_id: no"),
        (Conflict("event_id", "differs"), grpc.StatusCode.FAILED_PRECONDITION, "event_id: differs"),
        (Transient("mongodb"), grpc.StatusCode.UNAVAILABLE, "mongodb. Try again; a repeat is safe."),
    ],
)
async def test_errors_have_their_status(door: Door, error: Exception, code: grpc.StatusCode, text: str) -> None:
    async def fail(_request: Any) -> Any:
        raise error

    door.servicer.answer = fail
    assert await door.refused() == (code, text)
    (entry,) = await door.audit()
    assert entry["outcome"] == code.name


async def test_a_fault_of_ours_is_internal_and_says_nothing(door: Door) -> None:
    async def fail(_request: Any) -> Any:
        raise RuntimeError("the client wrote: I am sad")

    door.servicer.answer = fail
    code, details = await door.refused()
    assert code is grpc.StatusCode.INTERNAL
    assert "sad" not in details
    assert "sad" not in str(await door.audit())


async def test_a_call_without_a_deadline_gets_one(door: Door) -> None:
    async def hang(_request: Any) -> Any:
        await asyncio.Event().wait()

    door.servicer.answer = hang
    code, details = await door.refused()
    assert code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert details.startswith("deadline: ")


async def test_a_call_that_its_caller_gave_up_is_audited_all_the_same(door: Door) -> None:
    entered = asyncio.Event()

    async def hang(_request: Any) -> Any:
        entered.set()
        await asyncio.Event().wait()

    door.servicer.answer = hang
    code, _ = await door.refused(timeout=0.2)
    assert code is grpc.StatusCode.DEADLINE_EXCEEDED
    assert entered.is_set()
    async with asyncio.timeout(5):
        while not await door.audit():  # noqa: ASYNC110  written by another task of the door
            await asyncio.sleep(0.02)
    (entry,) = await door.audit()
    assert entry["outcome"] in ("CANCELLED", "DEADLINE_EXCEEDED")


async def test_bytes_that_are_no_message_are_refused_by_name(door: Door) -> None:
    call = door.channel.unary_unary(f"/{NAME}/GetEpisode")
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await call(b"\x0a\xff\xff", metadata=door.bearer("north"))
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert (caught.value.details() or "").startswith("request: ")
    (entry,) = await door.audit()
    assert entry["outcome"] == "INVALID_ARGUMENT"


async def test_a_message_above_one_mebibyte_is_refused(door: Door) -> None:
    request = api.GetEpisodeRequest(site_id="north", episode_id="x" * (1024 * 1024))
    with pytest.raises(grpc.aio.AioRpcError) as caught:
        await door.stub.GetEpisode(request, metadata=door.bearer("north"))
    assert caught.value.code() is grpc.StatusCode.RESOURCE_EXHAUSTED
    assert door.servicer.calls == 0


async def test_ok_means_durable(tmp_path: Path, keys: Keys) -> None:
    """The database is killed at the very moment that the caller has its OK."""
    with Mongo(tmp_path / "mongo") as mongo:
        async with opened(mongo.uri, "t", keys, ATTUNE_MONGO_SERVER_SELECTION_SECONDS="1") as door:
            metadata = door.bearer("north", scopes=(PUBLISH,))
            for number in range(3):
                request = api.OpenEpisodeRequest(site_id="north", event_id=f"c{number}")
                await door.stub.OpenEpisode(request, metadata=metadata)
                mongo.kill()
                await asyncio.to_thread(mongo.start)
                stored = await door.servicer.documents.get(f"north/c{number}")
                assert stored is not None
                assert stored["by"] == "clinic-north"


async def test_without_the_database_nothing_is_answered(tmp_path: Path, keys: Keys) -> None:
    """Not even what needs no database: an answer without an audit entry is no answer."""
    with Mongo(tmp_path / "mongo") as mongo:
        async with opened(mongo.uri, "t", keys, ATTUNE_MONGO_SERVER_SELECTION_SECONDS="0.3") as door:
            await door.get()
            mongo.kill()
            code, details = await door.refused()
            assert code is grpc.StatusCode.UNAVAILABLE
            assert details.startswith("mongodb")
            # Once the supervisor knows, calls are refused at once and reach no handler.
            with pytest.raises(Transient):
                await door.store.ping()
            before = door.servicer.calls
            started = asyncio.get_running_loop().time()
            code, _ = await door.refused()
            assert code is grpc.StatusCode.UNAVAILABLE
            assert asyncio.get_running_loop().time() - started < 0.2
            assert door.servicer.calls == before


async def test_the_trace_of_the_caller_goes_on(door: Door) -> None:
    seen: list[str | None] = []

    async def look(request: Any) -> Any:
        seen.append(current_traceparent())
        return await Servicer.found(request)

    door.servicer.answer = look
    with use(None) as traceparent:
        async with rpc.channel(door.settings, door.server.address) as channel:
            request = api.GetEpisodeRequest(site_id="north", episode_id="e1")
            await grpc_api.IntakeServiceStub(channel).GetEpisode(request)
    assert seen[0] is not None
    assert seen[0].split("-")[1] == traceparent.split("-")[1]
    assert seen[0] != traceparent


async def test_our_channel_brings_the_services_token_and_a_deadline(door: Door) -> None:
    remaining: list[float] = []
    metrics = Metrics("feedback")

    async def look(request: Any) -> Any:
        identity = rpc.current_identity()
        assert identity.subject == "intake"
        assert SERVICE in identity.scopes
        return await Servicer.found(request)

    door.servicer.answer = look
    request = api.GetEpisodeRequest(site_id="anywhere", episode_id="e1")
    async with rpc.channel(door.settings, door.server.address, metrics=metrics, deadline_seconds=0.3) as channel:
        stub = grpc_api.IntakeServiceStub(channel)
        assert (await stub.GetEpisode(request)).episode.site_id == "anywhere"

        async def hang(_request: Any) -> Any:
            remaining.append(1)
            await asyncio.Event().wait()

        door.servicer.answer = hang
        with pytest.raises(Transient, match="intake DEADLINE_EXCEEDED"), rpc.calling("intake"):
            await stub.GetEpisode(request)
    assert remaining
    assert b'attune_rpc_client_calls_total{code="OK",method="GetEpisode"} 1.0' in metrics.exposition()


async def test_a_peers_refusal_is_our_error(door: Door) -> None:
    async def missing(_request: Any) -> Any:
        raise NotFound("episode_id", "is unknown")

    door.servicer.answer = missing
    async with rpc.channel(door.settings, door.server.address) as channel:
        with pytest.raises(NotFound) as caught, rpc.calling("intake"):
            await grpc_api.IntakeServiceStub(channel).GetEpisode(api.GetEpisodeRequest(site_id="north"))
    assert (caught.value.field, caught.value.reason) == ("episode_id", "is unknown")


async def test_an_absent_peer_is_transient(door: Door, free_port: int) -> None:
    async with rpc.channel(door.settings, f"127.0.0.1:{free_port}", deadline_seconds=2) as channel:
        with pytest.raises(Transient, match="intake"), rpc.calling("intake"):
            await grpc_api.IntakeServiceStub(channel).GetEpisode(api.GetEpisodeRequest(site_id="north"))


async def test_health_follows_serving_and_needs_no_token(door: Door) -> None:
    health = health_pb2_grpc.HealthStub(door.channel)

    async def status(name: str) -> int:
        return int((await health.Check(health_pb2.HealthCheckRequest(service=name))).status)

    assert await status("") == await status(NAME) == health_pb2.HealthCheckResponse.SERVING
    await door.server.set_serving(False)
    assert await status("") == await status(NAME) == health_pb2.HealthCheckResponse.NOT_SERVING


async def test_reflection_lists_the_service(door: Door) -> None:
    stub = reflection_pb2_grpc.ServerReflectionStub(door.channel)
    call = stub.ServerReflectionInfo(iter([reflection_pb2.ServerReflectionRequest(list_services="")]))
    names = [service.name async for answer in call for service in answer.list_services_response.service]
    assert NAME in names


async def test_stopping_lets_running_calls_finish(door: Door) -> None:
    entered, go = asyncio.Event(), asyncio.Event()

    async def slow(request: Any) -> Any:
        entered.set()
        await go.wait()
        return await Servicer.found(request)

    door.servicer.answer = slow
    running = asyncio.create_task(door.get(timeout=5))
    await entered.wait()
    stopping = asyncio.create_task(door.server.stop())
    await asyncio.sleep(0.05)
    go.set()
    assert (await running).episode.episode_id == "e1"
    await stopping


async def test_a_taken_port_is_reported(door: Door) -> None:
    taken = door.settings.model_copy(update={"grpc_bind": door.server.address})
    second = Door(taken, door.store, door.keys)
    with pytest.raises(OSError, match=door.server.address):
        await second.server.start()


def test_a_door_is_never_half_guarded(tmp_path: Path, keys: Keys) -> None:
    settings = settings_on("mongodb://127.0.0.1:9/?replicaSet=x", "t", keys)
    entry = (grpc_api.add_IntakeServiceServicer_to_server, object(), NAME)
    guards: Any = {"verifier": None, "audit": None, "metrics": None}
    without = {name: scope for name, scope in SCOPES.items() if name != "GetSession"}
    with pytest.raises(ValueError, match="GetSession has no known scope"):
        rpc.server(settings, [entry], without, **guards)
    with pytest.raises(ValueError, match="no known scope"):
        rpc.server(settings, [entry], {**SCOPES, "GetSession": "anything"}, **guards)
    with pytest.raises(ValueError, match="do not exist: Mistyped"):
        rpc.server(settings, [entry], {**SCOPES, "Mistyped": READ}, **guards)


async def test_audit_entries_have_their_time(door: Door) -> None:
    await door.get()
    entry = await door.store.db["audit"].find_one({"site_id": "north"})
    assert entry is not None
    assert abs(entry["at"] - datetime.now(UTC)) < timedelta(seconds=30)
