"""On the real database, with two instances at once: reports three times and shuffled give byte-identical documents."""

import asyncio
import itertools
from collections.abc import Callable, Iterable
from datetime import timedelta

from bson import encode
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from services.intake import agents, store
from services.intake.handlers import Handlers
from services.intake.settings import IntakeSettings
from services.runtime.bus import Record
from services.runtime.clock import ManualClock
from services.runtime.events import Event
from services.runtime.events import encode as encode_event
from services.runtime.store import Store
from tests.unit.intake.stories import reports
from tests.unit.intake.world import NOW

Documents = list[bytes]
numbers = itertools.count()


async def deliver(configured: IntakeSettings, orders: Iterable[list[Event]]) -> tuple[Documents, set[str]]:
    """Run one instance for each order of events, all at once on one database; return its documents and what waits."""
    opened: list[Store] = []
    try:
        deliveries = []
        for events in orders:
            database = await Store.open(configured, "intake")
            opened.append(database)
            deliveries.append(instance(database, events))
            await database.ensure_indexes()
        await asyncio.gather(*deliveries)
        documents = [
            encode(document)
            for name in (store.EPISODES, store.SESSIONS)
            async for document in opened[0].db[name].find({}, {"outbox": 0, "pending": 0}).sort("_id", 1)
        ]
        return documents, {document["_id"] async for document in opened[0].db[store.PARKED].find({})}
    finally:
        for database in opened:
            await database.close()


async def instance(database: Store, events: list[Event]) -> None:
    """One service instance that takes these events in order."""
    at_hand: list[Event] = []
    handlers = Handlers(
        database.aggregates(store.EPISODES, store.EPISODE_INDEXES),
        database.aggregates(store.SESSIONS, store.SESSION_INDEXES),
        store.ParkedReports(database, timedelta(days=1), timedelta(seconds=5)),
        ManualClock(NOW),
    )
    subscription = agents.subscriptions(
        handlers, lambda: Record(agents.SESSION_EVENTS, 0, 0, *encode_event(at_hand[-1]))
    )[agents.SESSION_EVENTS]
    for event in events:
        at_hand.append(event)
        await subscription(event)


@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reports(min_size=4, max_size=16), st.randoms(use_true_random=False))
def test_shuffled_threefold_delivery_to_two_instances(  # type: ignore[no-untyped-def]
    mongo_prefix: str, service_env: Callable[..., dict[str, str]], events: list[Event], random
) -> None:
    def settings_of_a_new_database() -> IntakeSettings:
        prefix = f"{mongo_prefix}_{next(numbers)}"
        return IntakeSettings.load(service_env("intake", ATTUNE_MONGO_DATABASE_PREFIX=prefix))

    def shuffled(times: int) -> list[Event]:
        return random.sample(events * times, len(events) * times)

    async def both() -> None:
        once = await deliver(settings_of_a_new_database(), [events])
        thrice = await deliver(settings_of_a_new_database(), [shuffled(2), shuffled(1)])
        assert thrice == once

    asyncio.run(both())
