"""From the outbox of documents to Kafka: in order per document, and taken out only after Kafka confirmed."""

import asyncio
import random
import time
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Protocol

import structlog

from services.runtime import faults
from services.runtime.bus.errors import BusFailure
from services.runtime.bus.sender import OWN_FAULTS, Outgoing, Sender
from services.runtime.clock import Clock
from services.runtime.errors import Transient
from services.runtime.metrics import Metrics
from services.runtime.settings import Settings

_SWEEP_SECONDS = 2.0
# Documents per round: one flush and one confirmation serve them all.
_BATCH = 200
_STORE_CONCURRENCY = 16
_SWEPT = 1000  # documents found in one sweep
# A round that takes longer is stuck: twice what its slowest send may take.
_STUCK_SECONDS = 60.0
# Nudges beyond this are dropped: their documents are in the database, where the sweep finds them.
_WAITING_LIMIT = 10_000
_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 5.0
# A document whose event the broker refuses for itself (too large, no such topic) must not hold up the others.
_REFUSED_WAIT_SECONDS = 30.0

_log = structlog.get_logger(__name__)

Key = tuple[str, str]


class Entry(Protocol):
    """One event waiting in an outbox, encoded as it travels."""

    @property
    def id(self) -> str: ...
    @property
    def topic(self) -> str: ...
    @property
    def key(self) -> bytes: ...
    @property
    def value(self) -> bytes: ...
    @property
    def headers(self) -> Sequence[tuple[str, bytes]]: ...


class Outboxes(Protocol):
    """A collection of documents with outboxes, as the publisher needs it; the store's Aggregates are one."""

    name: str
    # Called with (collection, id) after each save that caused events.
    on_saved: Callable[[str, str], None] | None

    async def outbox(self, id: str) -> Sequence[Entry]:
        """Return the events of a document that wait, oldest first."""
        ...

    async def pending_ids(self, limit: int = 100) -> list[str]:
        """Return ids of documents with events that wait."""
        ...

    async def sent(self, id: str, event_ids: Sequence[str]) -> None:
        """Take published events out of the outbox."""
        ...


class Publisher:
    """Publishes what documents have in their outbox, at once when nudged and by sweeping after a crash.

    While Kafka is away it tries again with growing pauses; the events wait in the database, never in memory. ``failed``
    gets the reason as its result when publishing ended by a fault of ours.
    """

    def __init__(self, settings: Settings, collections: Sequence[Outboxes], *, metrics: Metrics, clock: Clock) -> None:
        self._collections = {collection.name: collection for collection in collections}
        for collection in collections:
            collection.on_saved = self.nudge
        self._metrics = metrics
        self._clock = clock
        self._drain_seconds = settings.drain_seconds
        self._sender = Sender(settings.kafka_bootstrap, f"attune-{metrics.service}-publisher")
        self._waiting: dict[Key, None] = {}  # ordered, each document once
        self._refused: dict[Key, float] = {}  # until when a document with a refused event is left alone
        self._work = asyncio.Event()
        self._store_slots = asyncio.Semaphore(_STORE_CONCURRENCY)
        self._sweep_at = 0.0
        self._busy = False
        self._round_at = 0.0
        self._away = ""
        self._task: asyncio.Task[None] | None = None
        self.last_confirmed_at: datetime | None = None
        self.failed: asyncio.Future[BaseException] = asyncio.get_event_loop().create_future()

    @property
    def status(self) -> str:
        """Why this publisher is not healthy, in words; empty while it is."""
        if self.failed.done():
            return f"stopped: {self.failed.result()}"
        if self._refused:
            return f"{len(self._refused)} documents have events that Kafka refuses"
        if self._away:
            return f"waiting for {self._away}"
        busy = time.monotonic() - self._round_at if self._busy else 0.0
        return f"one round of publishing has taken {busy:.0f} s" if busy > _STUCK_SECONDS else ""

    @property
    def healthy(self) -> bool:
        """Whether events are published as they come."""
        return not self.status

    async def start(self) -> None:
        """Begin to publish; returns at once, whether Kafka is there or not."""
        self._task = asyncio.create_task(self._run(), name="publisher")

    async def stop(self) -> None:
        """Publish what waits, as far as the drain time allows; what is left is found after the next start."""
        if self._task is not None:
            try:
                await asyncio.wait_for(self._until_drained(), self._drain_seconds / 2)
            except (TimeoutError, Transient):
                _log.warning("stopped with events to publish; they are published after the next start")
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)
        await self._sender.close()

    def nudge(self, aggregates_name: str, id: str) -> None:
        """Say that a document has new events. Returns at once; from the event loop's thread only."""
        if len(self._waiting) < _WAITING_LIMIT:
            self._waiting[aggregates_name, id] = None
        self._work.set()

    async def drained(self) -> bool:
        """Tell whether no event waits anywhere."""
        return not self._waiting and not self._busy and await self.pending() == 0

    async def pending(self) -> int:
        """Return how many documents have events that wait, counted up to a thousand per collection."""
        total = 0
        for name, collection in self._collections.items():
            count = len(await collection.pending_ids(1000))
            self._metrics.outbox_pending.labels(name).set(count)
            total += count
        return total

    async def _until_drained(self) -> None:
        while not self.failed.done() and not await self.drained():
            self._sweep_at = 0.0
            self._work.set()
            await asyncio.sleep(0.05)

    async def _run(self) -> None:
        pause = _FIRST_WAIT_SECONDS
        try:
            while True:
                away = await self._round()
                if away and not self._away:
                    _log.warning("publishing waits", dependency=away)
                elif self._away and not away:
                    _log.info("publishing goes on")
                self._away = away
                if away:
                    await asyncio.sleep(random.uniform(pause / 2, pause))  # noqa: S311
                pause = min(pause * 2, _LONGEST_WAIT_SECONDS) if away else _FIRST_WAIT_SECONDS
        except Exception as error:  # noqa: BLE001  whatever it is, it stops the process
            _log.exception("publisher failed")
            failure = BusFailure(f"the publisher raised {type(error).__name__}")
            failure.__cause__ = error
            self.failed.set_result(failure)

    async def _round(self) -> str:
        """Publish one batch; return which dependency is away, or an empty text."""
        if not self._waiting:
            await self._wait_for_work()
        self._busy, self._round_at = True, time.monotonic()
        batch: list[Key] = []
        try:
            if time.monotonic() >= self._sweep_at:
                await self._sweep()
            batch = list(self._waiting)[:_BATCH]
            for key in batch:
                del self._waiting[key]
            return await self._publish(batch)
        except Transient as away:
            self._put_back(batch)
            return away.what
        finally:
            self._busy = False

    async def _wait_for_work(self) -> None:
        self._work.clear()
        try:
            await asyncio.wait_for(self._work.wait(), max(0.0, self._sweep_at - time.monotonic()))
        except TimeoutError:
            return

    async def _sweep(self) -> None:
        """Find documents that nobody nudged for: after a crash, a lost nudge, or another instance's end."""
        now = time.monotonic()
        self._refused = {key: until for key, until in self._refused.items() if until > now}
        for name, collection in self._collections.items():
            # Those that Kafka refuses must not hide the others.
            found = await collection.pending_ids(_SWEPT + len(self._refused))
            self._metrics.outbox_pending.labels(name).set(len(found))
            for identity in found:
                if (name, identity) not in self._refused and len(self._waiting) < _WAITING_LIMIT:
                    self._waiting.setdefault((name, identity))
        self._sweep_at = time.monotonic() + _SWEEP_SECONDS

    async def _publish(self, batch: list[Key]) -> str:
        outboxes = await asyncio.gather(*(self._load(key) for key in batch))
        entries = [entry for outbox in outboxes for entry in outbox]
        if not entries:
            return ""
        started = time.perf_counter()
        outcomes = await self._sender.send(
            [Outgoing(entry.topic, entry.key, entry.value, list(entry.headers)) for entry in entries]
        )
        self._measure(entries, outcomes, time.perf_counter() - started)
        if any(outcome is None for outcome in outcomes):
            faults.point("after-publish-before-mark")
        result = iter(outcomes)
        per_document = [
            (key, [(entry, next(result)) for entry in outbox]) for key, outbox in zip(batch, outboxes, strict=True)
        ]
        await asyncio.gather(*(self._mark(key, sent) for key, sent in per_document if sent))
        return next((f"kafka: {type(error).__name__}" for error in outcomes if _is_away(error)), "")

    async def _load(self, key: Key) -> Sequence[Entry]:
        name, identity = key
        async with self._store_slots:
            return await self._collections[name].outbox(identity)

    async def _mark(self, key: Key, sent: Sequence[tuple[Entry, Exception | None]]) -> None:
        """Take out what was confirmed, up to the first that was not: the order of a document's events is kept."""
        name, identity = key
        confirmed: list[str] = []
        for entry, error in sent:
            if error is None:
                confirmed.append(entry.id)
                continue
            if _is_away(error):
                self._put_back([key])
            else:
                _log.error("Kafka refuses an event", topic=entry.topic, event_id=entry.id, error=type(error).__name__)
                self._refused[key] = time.monotonic() + _REFUSED_WAIT_SECONDS
            break
        if confirmed:
            async with self._store_slots:
                await self._collections[name].sent(identity, confirmed)

    def _measure(self, entries: Sequence[Entry], outcomes: Sequence[Exception | None], seconds: float) -> None:
        for entry, outcome in zip(entries, outcomes, strict=True):
            if outcome is None:
                self._metrics.events_published.labels(entry.topic).inc()
                self._metrics.publish_seconds.labels(entry.topic).observe(seconds)
                self.last_confirmed_at = self._clock.now()
            else:
                self._metrics.publish_failures.labels(entry.topic).inc()

    def _put_back(self, batch: list[Key]) -> None:
        for key in batch:
            self._waiting.setdefault(key)


def _is_away(outcome: Exception | None) -> bool:
    return outcome is not None and not isinstance(outcome, OWN_FAULTS)
