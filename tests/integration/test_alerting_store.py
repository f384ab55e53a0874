"""Alerting's engine on the real database: the same behaviour as in memory, and what only a database can show."""

import asyncio
from collections.abc import AsyncIterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from services.alerting import store as alerting_store
from services.alerting.domain.alert import Status
from services.alerting.domain.silence import Scope
from services.dev.environment import Keys
from services.runtime.errors import Conflict
from services.runtime.store import Change, Lease, Store
from tests.support.runtime import settings_on
from tests.unit.alerting.world import ON_CALL, SITE, World, risk_event, rupture_event


@pytest.fixture
async def store(mongo_uri: str, mongo_prefix: str, keys: Keys) -> AsyncIterator[Store]:
    store = await Store.open(settings_on(mongo_uri, mongo_prefix, keys), "alerting")
    try:
        yield store
    finally:
        await store.close()


@pytest.fixture
async def world(store: Store, tmp_path: Path) -> World:
    alerts = store.aggregates(alerting_store.ALERTS, alerting_store.ALERT_INDEXES)
    deliveries = store.aggregates(alerting_store.DELIVERIES, alerting_store.DELIVERY_INDEXES)
    silences = store.aggregates(alerting_store.SILENCES, alerting_store.SILENCE_INDEXES)
    addresses = store.aggregates(alerting_store.ADDRESSES)
    await store.ensure_indexes()
    return World(tmp_path, alerts, deliveries, silences, addresses)


async def test_an_alert_is_told_escalated_acknowledged_and_remembered(world: World) -> None:
    alert_id = await world.risk()
    await world.settle()
    await world.wait(minutes=5)
    assert world.told() == [ON_CALL, "carla"]
    await world.handlers.acknowledge(SITE, alert_id, "carla", "on it")
    await world.wait(hours=2)
    assert world.told() == []
    _, state = await world.alert(alert_id)
    assert (state.status, state.acknowledged_by) == (Status.ACKNOWLEDGED, "carla")
    assert [page.progress for page in await world.deliveries_of(alert_id)] == ["sent", "sent"]


async def test_what_is_read_back_is_what_was_written(world: World) -> None:
    alert_id = await world.rupture()
    await world.rupture("revised", 5)
    world.mail.down = None
    await world.settle()
    document = await world.alerts.get(f"{SITE}/{alert_id}")
    assert document is not None
    facts, state = alerting_store.read_alert(document)
    written = alerting_store.alert_document(facts, state, document["order"])
    assert Change(written).doc.items() <= document.items()
    for page in await world.deliveries_of(alert_id):
        assert alerting_store.read_delivery(alerting_store.delivery_document(page)) == page
    world.told()


async def test_many_writers_of_one_event_make_one_alert_and_one_event(world: World, store: Store) -> None:
    await asyncio.gather(*(world.deliver(risk_event()) for _ in range(10)))
    documents = await store.db["alerts"].find({"site_id": SITE}).to_list()
    assert len(documents) == 1
    assert len(documents[0]["outbox"]) == 1


async def test_a_second_open_alert_of_the_same_subject_is_impossible(world: World) -> None:
    alert_id = await world.risk()
    document = await world.alerts.get(f"{SITE}/{alert_id}")
    assert document is not None
    with pytest.raises(Conflict, match="dedup_key"):
        await world.alerts.change(f"{SITE}/another", lambda _: Change(document))


async def test_acknowledgement_and_escalation_at_once_leave_one_winner_and_no_later_page(world: World) -> None:
    for number in range(10):
        alert_id = await world.risk(f"flag-{number}")
        await asyncio.gather(
            world.escalations.escalate((SITE, alert_id), 1),
            world.handlers.acknowledge(SITE, alert_id, "ben"),
            world.handlers.acknowledge(SITE, alert_id, "carla"),
            world.escalations.escalate((SITE, alert_id), 1),
        )
        _, state = await world.alert(alert_id)
        assert state.status is Status.ACKNOWLEDGED
        assert sorted(entry.who for entry in state.timeline if entry.what == "acknowledged") == ["ben", "carla"]
    await world.wait(hours=1)
    assert world.told() == []


async def test_listings_are_newest_first_complete_and_of_one_site(world: World) -> None:
    ids = []
    for number in range(7):
        world.clock.advance(timedelta(seconds=1))
        ids.append(await world.deliver(rupture_event("opened", 3, f"rupture-{number}")))
    await world.handlers.close(SITE, ids[3], "ben", "seen")
    await world.settle()
    world.told()
    listed, before = [], ""
    while True:
        page, last = await world.handlers.list_alerts(SITE, False, before, 3)
        listed += [facts.alert_id for facts, _ in page]
        if len(page) < 3:
            break
        before = last
    assert listed == ids[::-1]
    opened, _ = await world.handlers.list_alerts(SITE, True, "", 100)
    assert [facts.alert_id for facts, _ in opened] == [alert_id for alert_id in ids[::-1] if alert_id != ids[3]]
    assert await world.handlers.list_alerts("elsewhere", False, "", 100) == ([], "")


async def test_of_two_engines_one_acts_and_the_other_takes_over_when_it_stops(world: World, store: Store) -> None:
    first, second = world.new_engine(Lease(store)), world.new_engine(Lease(store))
    await first.cycle()
    await second.cycle()
    assert (first.acting, second.acting) == (True, False)
    await world.risk()
    await second.cycle()
    assert world.told() == []
    await first.stop()
    await second.cycle()
    await second._send.idle()
    assert second.acting
    assert world.told() == [ON_CALL]


async def test_a_silence_keeps_pages_back_and_its_end_lets_them_go(world: World) -> None:
    until = world.clock.now() + timedelta(hours=2)
    silence = await world.silences.create(SITE, Scope.EPISODE, "episode-1", "carla", "known", None, until)
    await world.rupture()
    await world.settle()
    assert world.told() == []
    await world.silences.end(SITE, silence.silence_id, "ben")
    await world.settle()
    assert world.told() == [ON_CALL]
    assert await world.silences.unreleased() == []
    assert [each.ended_by for each in await world.silences.of_site(SITE)] == ["ben"]


async def test_a_bundle_is_one_message_and_every_alert_of_it_is_told(world: World) -> None:
    ids = [await world.deliver(rupture_event("opened", 3, f"rupture-{number}")) for number in range(5)]
    await world.settle()
    assert [text.count for _, _, text, _ in world.arrived] == [5]
    world.told()
    pages = [page for alert_id in ids for page in await world.deliveries_of(alert_id)]
    assert {page.progress for page in pages} == {"sent"}
    [lead] = [page for page in pages if not page.bundle]
    assert len(await world.pages.told_with(lead)) == 4


async def test_every_query_of_the_engine_uses_an_index(world: World, store: Store) -> None:
    alert_id = await world.risk()
    await world.settle()
    world.told()
    now = world.clock.now()
    due: dict[str, Any] = {"progress": "pending", "kind": "risk", "not_before": {"$lte": now}}
    queries: list[tuple[str, dict[str, Any]]] = [
        ("alerts", {"open": True, "kind": "risk", "next_action_at": {"$lte": now}}),
        ("alerts", {"site_id": SITE, "order": {"$lt": "9"}}),
        ("deliveries", due),
        ("deliveries", {"progress": "sending", "deadline": {"$lte": now}}),
        ("deliveries", {"next_channel": True, "kind": "risk"}),
        ("deliveries", due | {"channel": "sms", "purpose": "page"}),
        ("deliveries", {"alert": f"{SITE}/{alert_id}"}),
        ("deliveries", {"delivery_id": "x"}),
        ("deliveries", {"contact": "x", "progress": "pending", "not_before": {"$lte": now}}),
        ("deliveries", {"held_by": "x"}),
        ("deliveries", {"bundle": "x"}),
        ("alerts", {"site_id": SITE, "about": "risk:episode-1"}),
        ("alerts", {"end_due": True}),
        ("alerts", {"held_by": "x"}),
        ("silences", {"unreleased": True}),
        ("silences", {"site_id": SITE}),
    ]
    for collection, query in queries:
        plan = await store.db[collection].find(query).explain()
        assert "COLLSCAN" not in str(plan["queryPlanner"]["winningPlan"]), query
