"""The guard without Kafka: who may publish, what waits, when it is too much."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from attune.clinic.v1 import session_events_pb2 as clinic

from services.runtime import events, identity, tracing
from services.runtime.bus import guard as guard_module
from services.runtime.bus.guard import Guard, Limit, Record, current_record
from services.runtime.errors import Permanent, Transient
from services.runtime.events import Event
from services.runtime.metrics import Metrics

TOPIC = "clinic.session-events.v1"
OPENED = "attune.episode.opened.v1"
REGISTRY = {OPENED: clinic.EpisodeOpened}


@dataclass
class Letters:
    """Keeps dead letters, after being away for some attempts."""

    away: int = 0
    kept: list[tuple[Permanent, dict[str, Any]]] = field(default_factory=list)

    async def put(self, *place: Any, **facts: Any) -> str:
        if self.away:
            self.away -= 1
            raise Transient("kafka dead letters")
        self.kept.append((place[6], facts))
        return "id"


@dataclass
class Trail:
    entries: list[dict[str, Any]] = field(default_factory=list)

    async def record(self, **entry: Any) -> None:
        self.entries.append(entry)


class World:
    def __init__(self, directory: Path) -> None:
        private, public = identity.generate_keys(directory)
        self.private = private.read_bytes()
        self.letters, self.trail, self.handled = Letters(), Trail(), []
        self.metrics = Metrics("test")
        self.limit = limit()
        self.outcomes: list[Exception] = []
        self.guard = Guard(
            "test",
            {TOPIC: self.handle},
            REGISTRY,
            self.letters,  # type: ignore[arg-type]
            limit=self.limit,
            metrics=self.metrics,
            ingress=frozenset({TOPIC}),
            verifier=identity.Verifier(public),
            audit=self.trail,  # type: ignore[arg-type]
        )

    async def handle(self, event: Event) -> None:
        if self.outcomes:
            raise self.outcomes.pop(0)
        self.handled.append((event, current_record(), tracing.current_traceparent()))

    def token(self, *sites: str, scope: str = identity.PUBLISH) -> bytes:
        return b"Bearer " + identity.issue(self.private, "clinic", sites, [scope], timedelta(hours=1)).encode()

    def record(self, *authorization: bytes, site: str = "north", trace: str | None = None) -> Record:
        event = events.Event(
            "01", f"/sites/{site}/ehr", OPENED, "", datetime.now(UTC), clinic.EpisodeOpened(episode_id="e"), "e", trace
        )
        key, value, headers = events.encode(event)
        headers += [("Authorization", data) for data in authorization]
        return Record(TOPIC, 2, 7, key, value, headers)


def limit(row: int = 20, window: int = 1000, per_hundred: float = 1.0) -> Limit:
    settings = SimpleNamespace(
        dead_letters_in_a_row=row, dead_letters_window=window, dead_letters_per_hundred=per_hundred
    )
    return Limit(settings)  # type: ignore[arg-type]


@pytest.fixture
def world(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> World:
    monkeypatch.setattr(guard_module, "_FIRST_WAIT_SECONDS", 0.001)
    return World(tmp_path)


async def test_a_clinic_publishes_for_its_site(world: World) -> None:
    trace = "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    record = world.record(world.token("north"), trace=trace)
    await world.guard.settle(record)
    ((event, place, continued),) = world.handled
    assert (event.id, place) == ("01", record)
    assert continued.split("-")[1] == trace.split("-")[1]
    assert not world.letters.kept
    assert current_record() is None


@pytest.mark.parametrize("case", ["none", "two", "basic", "forged", "other site", "other scope"])
async def test_others_do_not(world: World, case: str) -> None:
    good = world.token("north")
    given = {
        "none": [],
        "two": [good, world.token("north", "south")],
        "basic": [b"Basic eA=="],
        "forged": [good[:-4] + b"AAAA"],
        "other site": [world.token("south")],
        "other scope": [world.token("north", scope=identity.READ)],
    }[case]
    await world.guard.settle(world.record(*given))
    assert not world.handled
    ((refused, facts),) = world.letters.kept
    assert refused.field == ("source" if case.startswith("other") else "authorization")
    assert refused.advice
    assert (facts["door"], facts["site"]) == ("ingress", "north")
    (entry,) = world.trail.entries
    assert (entry["outcome"], entry["site_id"]) == ("denied", "north")
    assert entry["who"] == ("clinic" if case.startswith("other") else "nobody")


async def test_an_operator_may_replay_for_every_site(world: World) -> None:
    await world.guard.settle(world.record(world.token("*", scope=identity.OPERATE)))
    assert len(world.handled) == 1


async def test_a_dependency_that_is_away_is_waited_for(world: World) -> None:
    world.outcomes = [Transient("mongodb"), Transient("mongodb")]
    await world.guard.settle(world.record(world.token("north")))
    assert len(world.handled) == 1
    assert not world.letters.kept
    assert world.guard.waiting_for == ""
    assert world.metrics.consumer_retries.labels(TOPIC)._value.get() == 2


async def test_a_dead_letter_is_waited_for_as_well(world: World) -> None:
    world.letters.away = 3
    world.outcomes = [Permanent("data.x", "is wrong")]
    await world.guard.settle(world.record(world.token("north")))
    assert len(world.letters.kept) == 1


async def test_anything_else_is_raised(world: World) -> None:
    world.outcomes = [ZeroDivisionError()]
    with pytest.raises(ZeroDivisionError):
        await world.guard.settle(world.record(world.token("north")))
    assert not world.letters.kept


def test_ingress_needs_a_verifier() -> None:
    with pytest.raises(ValueError, match="verifier"):
        Guard("test", {}, {}, Letters(), limit=limit(), metrics=Metrics("t"), ingress=frozenset({TOPIC}))  # type: ignore[arg-type]


def test_so_many_in_a_row_are_too_much() -> None:
    counter = limit(row=3)
    for refused in (True, True, False, True, True):
        counter.count(refused)
        assert not counter.exceeded()
    counter.count(refused=True)
    assert "3 events in a row" in counter.exceeded()


def test_so_many_in_a_hundred_are_too_much_once_enough_were_seen() -> None:
    counter = limit(window=200, per_hundred=1.0)
    for number in range(199):
        counter.count(refused=number % 50 == 0)
        assert not counter.exceeded(), "four of so few say nothing"
    counter.count(refused=False)
    assert "4 of the last 200" in counter.exceeded()


def test_one_in_a_hundred_is_not_too_much() -> None:
    counter = limit(window=200, per_hundred=1.0)
    for number in range(2000):
        counter.count(refused=number % 100 == 0)
        assert not counter.exceeded()
