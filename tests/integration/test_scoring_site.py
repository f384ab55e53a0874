"""Policies and figures of a whole site over the gRPC door, on the real database with 2,000 episodes."""

import asyncio
import random
import time
from collections.abc import AsyncIterator, Iterator
from datetime import timedelta
from typing import Any

import grpc
import pytest
from attune.scoring.v1 import scoring_service_pb2 as api
from attune.scoring.v1 import scoring_service_pb2_grpc as grpc_api

from services.dev.environment import Keys
from services.runtime import rpc
from services.runtime.audit import Audit
from services.runtime.clock import ManualClock
from services.runtime.identity import OPERATE, READ, Verifier
from services.runtime.metrics import Metrics
from services.runtime.store import Store, canonical
from services.scoring import store
from services.scoring.api import SCOPES, SERVICE_NAME, ScoringService
from services.scoring.domain.assess import assess
from services.scoring.domain.inputs import Response, Session
from services.scoring.domain.known import CareReport, Known
from services.scoring.handlers import Calibrations, Handlers, Policies, PolicyBook, SiteCourses, Summaries
from tests.support.runtime import settings_on
from tests.unit.scoring import builders
from tests.unit.scoring.builders import checkin, when

CHECKIN = "attune-checkin"
EPISODES, SESSIONS, BATCH = 2_000, 12, 200
STRICT = {"id": "strict", "version": "1", "detectors": [{"name": "individuals-chart", "parameters": {"k": 1.5}}]}


class Door:
    """Scoring's gRPC door with everything behind it but Kafka."""

    def __init__(self, settings: Any, database: Store, keys: Keys) -> None:
        self.database, self.keys = database, keys
        self.clock = ManualClock(when(SESSIONS + 1))
        metrics = Metrics("scoring")
        self.episodes = database.aggregates(store.EPISODES, store.EPISODE_INDEXES)
        policies = database.aggregates(store.POLICIES, store.POLICY_INDEXES)
        book = PolicyBook(policies, self.clock)
        self.handlers = Handlers(self.episodes, book)
        audit = Audit(database, self.clock, metrics)
        desk = Policies(policies, self.episodes, book, self.handlers, audit, self.clock)
        service = ScoringService(
            self.handlers,
            Summaries(self.episodes, book, self.clock),
            desk,
            Calibrations(self.episodes, desk, self.clock),
            SiteCourses(self.episodes, self.clock),
            self.clock,
        )
        self.server = rpc.server(
            settings,
            [(grpc_api.add_ScoringServiceServicer_to_server, service, SERVICE_NAME)],
            SCOPES,
            verifier=Verifier(keys.public),
            audit=audit,
            metrics=metrics,
        )

    async def open(self) -> None:
        await self.database.ensure_indexes()
        await self.server.start()
        self.channel = grpc.aio.insecure_channel(self.server.address)
        self.stub = grpc_api.ScoringServiceStub(self.channel)

    async def close(self) -> None:
        await self.channel.close()
        await self.server.stop()
        await self.database.close()

    def bearer(self, site: str, *scopes: str) -> Any:
        return (("authorization", f"Bearer {self.keys.token('lead-north', [site], scopes)}"),)

    async def call(self, method: str, *scopes: str, token_site: str = "north", **fields: Any) -> Any:
        request = getattr(api, f"{method}Request")(site_id="north", **fields)
        return await getattr(self.stub, method)(request, metadata=self.bearer(token_site, *(scopes or (READ,))))

    async def stream(self, method: str, *scopes: str, token_site: str = "north", **fields: Any) -> list[Any]:
        request = getattr(api, f"{method}Request")(site_id="north", **fields)
        answers = getattr(self.stub, method)(request, metadata=self.bearer(token_site, *(scopes or (OPERATE,))))
        return [answer async for answer in answers]

    async def audited(self) -> list[tuple[str, str, str, str]]:
        entries = await self.database.db["audit"].find({}).sort("at", 1).to_list()
        return [(each["who"], each["action"], each["site_id"], each["outcome"]) for each in entries]

    async def seed(self, episodes: int) -> None:
        made = (_episode(number, random.Random(number)) for number in range(episodes))
        batch: list[dict[str, Any]] = []
        for document in made:
            batch.append(document)
            if len(batch) == BATCH:
                await self.database.db[store.EPISODES].insert_many(batch)
                batch = []
        if batch:
            await self.database.db[store.EPISODES].insert_many(batch)


@pytest.fixture
async def door(mongo_uri: str, mongo_prefix: str, keys: Keys) -> AsyncIterator[Door]:
    settings = settings_on(mongo_uri, mongo_prefix, keys)
    opened = Door(settings, await Store.open(settings, "scoring"), keys)
    await opened.open()
    yield opened
    await opened.close()


def _values(chance: random.Random) -> Iterator[float]:
    """A steady client; one in five falls once, for good in half of the cases."""
    level = chance.gauss(8.6, 0.5)
    falls, lasting = chance.random() < 0.2, chance.random() < 0.5
    at = chance.randrange(4, SESSIONS)
    for session in range(SESSIONS):
        low = falls and (session == at or (lasting and session > at))
        yield min(10.0, max(0.0, round(level - 2.5 * low + chance.gauss(0, 0.45), 1)))


def _episode(number: int, chance: random.Random) -> dict[str, Any]:
    """The document of one episode, as it is after its events came one after another."""
    known = Known("north", f"ep-{number:04d}", care=(CareReport(1, when(0), f"th-{number % 40:02d}", None, True),))
    for session, value in enumerate(_values(chance), start=1):
        booked: Session = builders.session(session)
        answered: Response = builders.response(session, checkin(value), client_id=f"cl-{number:04d}")
        with_session = known.with_session(booked, 1)
        assert with_session is not None
        with_response = with_session.with_response(answered)
        assert with_response is not None
        known = with_response
    document = canonical(store.document(known, assess(known.inputs())))
    return {"_id": store.key(known.site_id, known.episode_id), "version": known.revision, **document}


@pytest.mark.slow
async def test_a_site_with_2000_episodes_is_previewed_in_seconds_and_history_is_told_when_asked(door: Door) -> None:
    await door.seed(EPISODES)
    made = await door.call("SetPolicy", OPERATE, instrument_id=CHECKIN, policy=STRICT, reason="too quiet")
    started = time.monotonic()
    steps = await door.stream("PreviewPolicy", READ, instrument_id=CHECKIN, version=made.version.version)
    seconds = time.monotonic() - started
    assert seconds < 30
    assert len(steps) > 20  # progress comes while it runs
    assert [step.episodes_done for step in steps] == sorted(step.episodes_done for step in steps)
    assert not any(step.HasField("preview") for step in steps[:-1])
    found = steps[-1].preview
    assert (found.episodes, found.clients, found.rated_sessions) == (EPISODES, EPISODES, EPISODES * SESSIONS)
    assert found.then.ruptures_per_100 > found.now.ruptures_per_100 > 1
    assert found.then.ruptures - found.now.ruptures == found.gained - found.lost
    assert len(found.gained_ruptures) == 200

    started = time.monotonic()
    summary = await door.call("GetSiteSummary")
    assert time.monotonic() - started < 10
    (figures,) = summary.instruments
    assert figures.clients == EPISODES
    assert len(summary.caseloads) == 40
    assert [each.therapist_id for each in summary.caseloads] == sorted(each.therapist_id for each in summary.caseloads)

    assert await door.episodes.pending_ids() == []
    (step,) = await door.stream("ActivatePolicy", instrument_id=CHECKIN, version=1, reason="agreed")
    assert step.activation.active_from.ToDatetime() == (door.clock.now() + timedelta(minutes=1)).replace(tzinfo=None)
    assert await door.episodes.pending_ids() == []  # nothing is told of history unless asked
    steps = await door.stream("ActivatePolicy", instrument_id=CHECKIN, version=1, reason="agreed", tell_history=True)
    assert steps[-1].episodes_done == EPISODES
    assert 0 < steps[-1].changed < EPISODES
    told = await door.database.db[store.EPISODES].count_documents({"pending": True})
    assert told == steps[-1].changed
    again = await door.stream("ActivatePolicy", instrument_id=CHECKIN, version=1, reason="agreed", tell_history=True)
    assert again[-1].changed == 0
    # Judged again, the site's history is what the preview had said.
    after = (await door.stream("PreviewPolicy", READ, instrument_id=CHECKIN, version=1))[-1].preview
    assert (after.now.ruptures, after.gained, after.lost) == (found.then.ruptures, 0, 0)


METHODS = {
    "GetSiteSummary": {},
    "ListPolicies": {},
    "SetPolicy": {"instrument_id": CHECKIN, "policy": STRICT, "reason": "why"},
    "PreviewPolicy": {"instrument_id": CHECKIN, "version": 0},
    "ActivatePolicy": {"instrument_id": CHECKIN, "version": 0, "reason": "why"},
    "Calibrate": {"instrument_id": CHECKIN},
}
STREAMS = ("PreviewPolicy", "ActivatePolicy", "Calibrate")
CHANGES = ("SetPolicy", "ActivatePolicy", "Calibrate")


@pytest.mark.parametrize("method", METHODS)
async def test_a_token_of_another_site_is_refused_and_audited(door: Door, method: str) -> None:
    ask = door.stream if method in STREAMS else door.call
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await ask(method, OPERATE, token_site="south", **METHODS[method])
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert await door.audited() == [("lead-north", f"rpc {method}", "north", "PERMISSION_DENIED")]
    assert await door.database.db[store.POLICIES].find_one({"site_id": "north"}) is None


@pytest.mark.parametrize("method", CHANGES)
async def test_a_token_that_may_only_read_changes_no_policy(door: Door, method: str) -> None:
    ask = door.stream if method in STREAMS else door.call
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await ask(method, READ, **METHODS[method])
    assert refused.value.code() is grpc.StatusCode.PERMISSION_DENIED
    assert "operate" in (refused.value.details() or "")


async def test_a_stream_is_audited_before_its_first_message_and_with_its_outcome(door: Door) -> None:
    await door.stream("PreviewPolicy", READ, instrument_id=CHECKIN, version=0)
    with pytest.raises(grpc.aio.AioRpcError) as refused:
        await door.stream("PreviewPolicy", READ, instrument_id=CHECKIN, version=7)
    assert refused.value.code() is grpc.StatusCode.INVALID_ARGUMENT
    assert sorted(await door.audited()) == sorted(
        ("lead-north", "rpc PreviewPolicy", "north", outcome)
        for outcome in ("STARTED", "OK", "STARTED", "INVALID_ARGUMENT")
    )


async def test_who_gives_up_a_preview_holds_up_nobody_and_is_audited(door: Door) -> None:
    await door.seed(120)
    request = api.PreviewPolicyRequest(site_id="north", instrument_id=CHECKIN, version=0)
    answers = door.stub.PreviewPolicy(request, metadata=door.bearer("north", READ))
    assert (await answers.read()).episodes == 120
    answers.cancel()
    # Only one replay runs at a time: this one would wait for ever for one that was not ended.
    steps = await asyncio.wait_for(door.stream("PreviewPolicy", READ, instrument_id=CHECKIN, version=0), 20)
    assert steps[-1].preview.episodes == 120
    await door.server.stop()
    assert "CANCELLED" in {outcome for _, _, _, outcome in await door.audited()}


async def test_a_policy_travels_whole_and_names_who_made_it(door: Door) -> None:
    made = await door.call("SetPolicy", OPERATE, instrument_id=CHECKIN, policy=STRICT, reason="too quiet")
    listed = await door.call("ListPolicies", instrument_id=CHECKIN)
    assert [each.version for each in listed.versions] == [0, 1]
    assert listed.versions[1] == made.version
    assert (made.version.made_by, made.version.reason) == ("lead-north", "too quiet")
    assert made.version.policy["detectors"][0]["parameters"]["k"] == 1.5
    again = await door.call("SetPolicy", OPERATE, instrument_id=CHECKIN, policy=made.version.policy, reason="too quiet")
    assert again.version == made.version
    assert dict(listed.active) == {CHECKIN: 0}
    assert ("lead-north", "make policy", "north", "REQUESTED") in await door.audited()


def _measured(number: int, totals: list[int], *, closed: bool) -> dict[str, Any]:
    """The document of an episode with a PHQ-9 of these totals."""
    report = CareReport(1, when(0), "th-1", when(60) if closed else None, True)
    known = Known("north", f"phq-{number:04d}", care=(report,))
    for session, total in enumerate(totals, start=1):
        answers = {item: float(min(3, max(0, total - 3 * (item - 1)))) for item in range(1, 10)}
        with_session = known.with_session(builders.session(session), 1)
        assert with_session is not None
        with_response = with_session.with_response(builders.response(session, answers, instrument_id="phq9"))
        assert with_response is not None
        known = with_response
    document = canonical(store.document(known, assess(known.inputs())))
    return {"_id": store.key(known.site_id, known.episode_id), "version": known.revision, **document}


async def test_an_outcome_is_compared_with_the_sites_closed_episodes_on_the_real_database(door: Door) -> None:
    closed = [_measured(number, [10 + number % 11, 6, 5 + number % 3], closed=True) for number in range(320)]
    episodes = door.database.db[store.EPISODES]
    await episodes.insert_many([*closed, _measured(900, [14, 6], closed=False), _measured(901, [14, 15], closed=False)])
    well = (await door.call("GetTrajectory", episode_id="phq-0900")).series[0].outcome
    stuck = (await door.call("GetTrajectory", episode_id="phq-0901")).series[0].outcome
    assert (well.course, stuck.course) == (api.COURSE_ON_TRACK, api.COURSE_NOT_ON_TRACK)
    assert (well.category, stuck.category) == (api.CHANGE_CATEGORY_RECOVERED, api.CHANGE_CATEGORY_UNCHANGED)
    assert "320 closed episodes" in stuck.basis
    assert ("lead-north", "rpc GetTrajectory", "north", "OK") in await door.audited()
