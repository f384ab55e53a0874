"""Consuming topics: Faust fetches, the guard settles, and only what is settled is committed."""

import asyncio
import random
import time
from collections.abc import Coroutine, Mapping
from functools import partial
from typing import Any

import structlog
from aiokafka.errors import KafkaError as AioKafkaError  # type: ignore[import-untyped]
from kafka.errors import KafkaError

from services.runtime.audit import Audit
from services.runtime.bus import faust_app
from services.runtime.bus.dead_letters import DeadLetters
from services.runtime.bus.errors import BusFailure, DeadLetterLimit, HandlerFailed, KafkaClientFailed
from services.runtime.bus.guard import Guard, Handler, Limit, Record
from services.runtime.bus.lanes import Lanes
from services.runtime.bus.positions import Positions, Ticket
from services.runtime.bus.quiet import quiet_clients
from services.runtime.clock import Clock
from services.runtime.events import Registry
from services.runtime.identity import Verifier
from services.runtime.metrics import Metrics
from services.runtime.settings import Settings

_COMMIT_SECONDS = 0.5
_LAG_SECONDS = 5.0
_START_RETRY_SECONDS = 2.0
# A commit while stopping must not outlive the time that the process has left.
_LAST_COMMIT_SECONDS = 3.0
_STOP_FAUST_SECONDS = 5.0
# During a rebalance, handlers that are about to finish may: it saves repeating their events.
_REBALANCE_GRACE_SECONDS = 1.0

_log = structlog.get_logger(__name__)


class Consumer:
    """Consumes topics at least once, each key in order, different keys at the same time.

    ``failed`` gets the reason as its result when consuming must end: a handler raised what is neither Permanent nor
    Transient, too much was refused, or the Kafka client gave up. Nothing is committed past an event that is not
    settled. ``dead_letters`` is the consumer's own: it closes it when it stops.
    """

    def __init__(
        self,
        settings: Settings,
        service: str,
        subscriptions: Mapping[str, Handler],
        registry: Registry,
        dead_letters: DeadLetters,
        *,
        metrics: Metrics,
        clock: Clock,
        ingress: frozenset[str] = frozenset(),
        verifier: Verifier | None = None,
        audit: Audit | None = None,
    ) -> None:
        quiet_clients()
        self._settings = settings
        self._clock = clock
        self._group = f"attune.{service}"
        self._topics = sorted(subscriptions)
        self._metrics = metrics
        self._limit = Limit(settings)
        self._dead_letters = dead_letters
        self._guard = Guard(
            service,
            subscriptions,
            registry,
            dead_letters,
            limit=self._limit,
            metrics=metrics,
            ingress=ingress,
            verifier=verifier,
            audit=audit,
        )
        self._positions = Positions()
        self._lanes = Lanes(settings.consumer_concurrency)
        self._app: faust_app.ConsumingApp | None = None
        self._tasks: list[asyncio.Task[None]] = []
        self._closed = asyncio.Event()  # nothing more is taken
        self._assigned = False
        self._behind = 0
        self._running: dict[int, float] = {}  # when handling of each ticket began
        self._progress_at = time.monotonic()
        self.failed: asyncio.Future[BaseException] = asyncio.get_event_loop().create_future()

    @property
    def assigned(self) -> bool:
        """Whether the group has admitted this instance; it may then have no partition all the same."""
        return self._assigned

    @property
    def status(self) -> str:
        """Why this consumer is not healthy, in words; empty while it is."""
        if self.failed.done():
            return f"stopped: {self.failed.result()}"
        if not self._assigned:
            return "waiting for Kafka to assign partitions"
        if self._guard.waiting_for:
            return f"waiting for {self._guard.waiting_for}"
        if self.stalled:
            return f"an event waits for more than {self._settings.consumer_stall_seconds:g} s"
        return ""

    @property
    def healthy(self) -> bool:
        """Whether events are consumed as they come."""
        return not self.status

    @property
    def stalled(self) -> bool:
        """Whether an event waits or is being handled for too long, without a dependency being away."""
        if self._guard.waiting_for or not self._assigned:
            return False
        # A handler that hangs holds its partition's position, however much the others do.
        oldest = min(self._running.values(), default=None)
        if oldest is None and self._behind:
            oldest = self._progress_at
        return oldest is not None and time.monotonic() - oldest > self._settings.consumer_stall_seconds

    async def start(self) -> None:
        """Begin to consume; returns at once and joins the group in the background, as soon as Kafka is there."""
        self._tasks = [
            asyncio.create_task(self._supervised(self._consume()), name="consumer"),
            asyncio.create_task(self._supervised(self._commit_regularly()), name="consumer-commit"),
            asyncio.create_task(self._supervised(self._watch_progress()), name="consumer-progress"),
        ]

    async def stop(self) -> None:
        """Take nothing more, finish what was taken as far as the drain time allows, commit, leave the group."""
        self._closed.set()
        try:
            await asyncio.wait_for(self._lanes.idle(), self._settings.drain_seconds / 2)
        except TimeoutError:
            _log.warning("stopped with open events; they come again", count=self._positions.open_count())
        await self._lanes.cancel()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        await self._commit_last()
        await self._stop_faust()
        await self._dead_letters.close()

    async def lag(self) -> int:
        """Return how many records of the assigned partitions are not settled, asking the broker."""
        app = self._app
        if app is None or not self._assigned or self.failed.done():
            return 0
        behind = await faust_app.lag(app, self._positions.next_offset)
        for (topic, partition), count in behind.items():
            self._metrics.consumer_lag.labels(topic, str(partition)).set(count)
        total = sum(behind.values())
        if not self._behind:
            self._progress_at = time.monotonic()
        self._behind = total
        return total

    async def _take(self, record: Record) -> None:
        """Accept one record from Faust; returns when there is room for the next. Never raises."""
        ticket = self._positions.take((record.topic, record.partition), record.offset)
        if self._closed.is_set():
            await asyncio.Event().wait()  # until Faust stops; the ticket keeps the record from being committed
        await self._lanes.put((record.topic, record.key), partial(self._settle, record, ticket))

    async def _settle(self, record: Record, ticket: Ticket) -> None:
        if self._closed.is_set():
            return
        self._running[id(ticket)] = time.monotonic()
        try:
            await self._guard.settle(record)
        except asyncio.CancelledError:
            if not self._closed.is_set():
                self._fail(HandlerFailed(f"the handler of {record.topic} was cancelled"))
            raise
        except Exception as error:  # noqa: BLE001  whatever it is, it stops the process
            # The class only: a message may quote the event.
            _log.exception("handler failed", topic=record.topic, partition=record.partition, offset=record.offset)
            self._fail(HandlerFailed(f"the handler of {record.topic} raised {type(error).__name__}"), error)
            return
        finally:
            del self._running[id(ticket)]
        self._positions.settle(ticket)
        self._progress_at = time.monotonic()
        exceeded = self._limit.exceeded()
        if exceeded:
            self._fail(DeadLetterLimit(f"{exceeded}; look at the dead letters of {self._group}, fix the cause, replay"))

    def _fail(self, failure: BusFailure, cause: BaseException | None = None) -> None:
        self._closed.set()
        failure.__cause__ = failure.__cause__ or cause
        if not self.failed.done():
            _log.error("consuming stopped", error=str(failure))
            self.failed.set_result(failure)

    async def _supervised(self, work: Coroutine[Any, Any, None]) -> None:
        try:
            await work
        except BusFailure as failure:
            self._fail(failure)
        except Exception as error:  # noqa: BLE001  whatever it is, it stops the process
            _log.exception("consumer failed")
            self._fail(KafkaClientFailed(type(error).__name__), error)

    async def _consume(self) -> None:
        """Start Faust, again while Kafka cannot be reached; then wait, and say so when it ends by itself."""
        while True:
            app = self._new_app()
            try:
                await app.start()
            except (KafkaError, AioKafkaError, OSError) as error:
                _log.warning("Kafka cannot be reached", error=type(error).__name__)
                await self._discard(app)
                await asyncio.sleep(random.uniform(0.5, 1) * _START_RETRY_SECONDS)  # noqa: S311
                continue
            break
        await app.wait_until_stopped()
        reason = app.crash_reason
        raise KafkaClientFailed(f"Faust stopped: {type(reason).__name__}") from reason

    def _new_app(self) -> faust_app.ConsumingApp:
        app = faust_app.build(self._group, self._settings.kafka_bootstrap, self._topics, self._take)
        # The stubs of signals know no handler that takes the partitions.
        assigned: Any = self._on_assigned
        revoked: Any = self._on_revoked
        app.on_partitions_assigned.connect(assigned, weak=False)
        app.on_partitions_revoked.connect(revoked, weak=False)
        self._app = app
        return app

    async def _on_assigned(self, _app: Any, *_partitions: Any, **_more: Any) -> None:
        self._assigned = True
        self._progress_at = time.monotonic()

    async def _on_revoked(self, _app: Any, *_partitions: Any, **_more: Any) -> None:
        """Commit what is settled, and forget the rest: whoever has the partitions next reads it again."""
        self._assigned = False
        try:
            await asyncio.wait_for(self._lanes.idle(), _REBALANCE_GRACE_SECONDS)
        except TimeoutError:
            _log.info("rebalance with open events; they come again", count=self._positions.open_count())
        await self._commit_now()
        self._positions.reset()

    async def _commit_regularly(self) -> None:
        while True:
            await asyncio.sleep(_COMMIT_SECONDS)
            if self._assigned:
                await self._commit_now()

    async def _commit_now(self) -> None:
        offsets = self._positions.committable()
        if offsets and self._app is not None and await faust_app.commit(self._app, offsets):
            self._positions.committed(offsets)

    async def _commit_last(self) -> None:
        if not self._assigned:
            return
        try:
            await asyncio.wait_for(self._commit_now(), _LAST_COMMIT_SECONDS)
        except Exception as error:  # noqa: BLE001  stopping goes on whatever happens
            # What is settled but not committed comes again and changes nothing.
            _log.warning("last commit failed", error=type(error).__name__)

    async def _watch_progress(self) -> None:
        stalled_since: float | None = None
        while True:
            await asyncio.sleep(_LAG_SECONDS)
            try:
                await self.lag()
            except (KafkaError, AioKafkaError, OSError, TimeoutError) as error:
                self._behind = 0
                _log.info("lag is unknown", error=type(error).__name__)
            stalled_since = (stalled_since or time.monotonic()) if self.stalled else None
            if stalled_since and time.monotonic() - stalled_since > self._settings.consumer_stall_seconds:
                # Whatever hangs, a handler or a client that left its group in silence: a new process starts afresh.
                raise KafkaClientFailed(self.status)

    async def _stop_faust(self) -> None:
        app, self._app = self._app, None
        self._assigned = False
        if app is not None:
            await self._discard(app)

    async def _discard(self, app: faust_app.ConsumingApp) -> None:
        try:
            await asyncio.wait_for(app.stop(), _STOP_FAUST_SECONDS)
        except Exception as error:  # noqa: BLE001  stopping goes on whatever happens
            # Its session ends by itself; nothing that it holds is ours.
            _log.warning("Faust did not stop cleanly", error=type(error).__name__)
