"""Faust, set up the one way that is safe here: raw bytes, no tables, no web, no acknowledgements of its own."""

from collections.abc import Awaitable, Callable, Iterable
from typing import Any

import faust
from faust.types import TP

from services.runtime.bus import records
from services.runtime.bus.guard import Record

Take = Callable[[Record], Awaitable[None]]

# A crashed instance is replaced after the session; the broker's least session is 6 s.
_SESSION_SECONDS = 10.0
_HEARTBEAT_SECONDS = 2.0
_REBALANCE_SECONDS = 20.0
_REQUEST_SECONDS = 30.0
# Waiting in place for hours is normal while a dependency is away, and Faust never rejoins a group that it left for
# polling too rarely. The consumer's own watchdog looks for progress instead.
_POLL_SECONDS = 14 * 86_400.0
# Records in memory per partition before fetching pauses.
_BUFFER = 256


class ConsumingApp(faust.App):
    """An app that writes nothing to disk: it has no tables, and the container's root is read-only."""

    def _create_directories(self) -> None:
        """Faust would make its table directories here."""


def build(group: str, bootstrap: str, topics: Iterable[str], take: Take) -> ConsumingApp:
    """Return an app, not started, that awaits ``take`` for every record of the topics, per partition in order."""
    records.install()
    app = ConsumingApp(
        group,
        broker=[f"kafka://{address}" for address in bootstrap.split(",")],
        autodiscover=False,
        web_enabled=False,
        topic_disable_leader=True,
        topic_allow_declare=False,
        table_standby_replicas=0,
        stream_wait_empty=False,
        stream_buffer_maxsize=_BUFFER,
        broker_session_timeout=_SESSION_SECONDS,
        broker_heartbeat_interval=_HEARTBEAT_SECONDS,
        broker_rebalance_timeout=_REBALANCE_SECONDS,
        broker_request_timeout=_REQUEST_SECONDS,
        broker_max_poll_interval=_POLL_SECONDS,
        consumer_auto_offset_reset="earliest",
        key_serializer="raw",
        value_serializer="raw",
    )
    for topic in topics:
        _add_reader(app, topic, take)
    return app


def _add_reader(app: ConsumingApp, topic: str, take: Take) -> None:
    # acks=False: Faust's bookkeeping of acknowledgements commits past open events; Positions keeps it instead.
    channel = app.topic(
        topic, key_type=bytes, value_type=bytes, key_serializer="raw", value_serializer="raw", acks=False
    )

    async def read(stream: Any) -> None:
        async for event in stream.noack().events():
            message = event.message
            if message.generation_id != app.consumer_generation_id or not app.flow_control.is_active():
                continue  # from before a rebalance; it comes again from the committed offset
            await take(
                Record(
                    topic=message.topic,
                    partition=message.partition,
                    offset=message.offset,
                    key=message.key,
                    value=message.value,
                    headers=message.headers or (),
                )
            )

    app.agent(channel, name=f"read.{topic}")(read)


async def commit(app: ConsumingApp, offsets: dict[tuple[str, int], int]) -> bool:
    """Commit the offsets of the next records to handle; False when a rebalance came first."""
    return await app.consumer._commit({TP(topic, number): offset for (topic, number), offset in offsets.items()})  # type: ignore[attr-defined,no-any-return]


def assignment(app: ConsumingApp) -> set[tuple[str, int]]:
    """Return the partitions that this instance has now."""
    return {(at.topic, at.partition) for at in app.consumer.assignment()}


async def lag(app: ConsumingApp, next_offset: Callable[[tuple[str, int]], int | None]) -> dict[tuple[str, int], int]:
    """Return how many records of each assigned partition are not settled, asking the broker."""
    partitions = {TP(*at) for at in assignment(app)}
    if not partitions:
        return {}
    ends = await app.consumer.highwaters(*partitions)
    unread = [at for at in partitions if next_offset((at.topic, at.partition)) is None]
    starts = await _starts(app, unread)
    behind = {}
    for at in partitions:
        place = (at.topic, at.partition)
        known = next_offset(place)
        behind[place] = max(0, ends[at] - (starts[at] if known is None else known))
    return behind


async def _starts(app: ConsumingApp, partitions: list[TP]) -> dict[TP, int]:
    """Return where reading starts on partitions from which nothing came yet."""
    if not partitions:
        return {}
    first = await app.consumer.earliest_offsets(*partitions)
    positions = {at: await app.consumer.position(at) for at in partitions}
    return {at: first[at] if positions[at] is None else positions[at] for at in partitions}  # type: ignore[misc]
