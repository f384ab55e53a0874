"""Looks again at the reports that wait for their episode, and ends the wait of those whose time is over.

It is what makes parking safe against crashes: whatever an opening did not take in is found here, and only here a report
that waited becomes a dead letter: first the dead letter is confirmed, then the wait ends.
"""

import asyncio
from contextlib import suppress

from services.intake.handlers import Handlers
from services.intake.store import ParkedReport, ParkedReports
from services.runtime.bus import DeadLetters
from services.runtime.clock import Clock
from services.runtime.errors import NotFound, Permanent, Transient
from services.runtime.metrics import Metrics
from services.runtime.telemetry import get_logger

_BATCH = 200  # reports looked at in one sweep

log = get_logger(__name__)


class Sweeper:
    """A part of the service: started, stopped, and healthy while it runs."""

    def __init__(
        self,
        handlers: Handlers,
        parked: ParkedReports,
        dead_letters: DeadLetters,
        clock: Clock,
        metrics: Metrics,
        every_seconds: float,
    ) -> None:
        self._handlers = handlers
        self._parked = parked
        self._dead_letters = dead_letters
        self._clock = clock
        self._every = every_seconds
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._outcomes = metrics.counter(
            "intake_parked_total",
            "Waiting reports settled by the sweeper, by outcome: applied, dead_letter.",
            ["outcome"],
        )

    @property
    def healthy(self) -> bool:
        """False once the loop has ended."""
        return self._task is not None and not self._task.done()

    @property
    def failed(self) -> asyncio.Task[None] | None:
        """The running loop: it ends only by ``stop`` or a fault of ours."""
        return self._task

    async def start(self) -> None:
        """Begin to sweep."""
        self._task = asyncio.create_task(self._run(), name="intake-sweeper")

    async def stop(self) -> None:
        """Finish the present sweep and end."""
        self._stopping.set()
        if self._task is not None:
            await self._task
        await self._dead_letters.close()

    async def sweep(self) -> int:
        """Look at the reports whose turn it is; return how many."""
        due = await self._parked.due(self._clock.now(), _BATCH)
        for waiting in due:
            await self._settle(waiting)
        return len(due)

    async def _settle(self, waiting: ParkedReport) -> None:
        now = self._clock.now()
        try:
            await self._handlers.apply_parked(waiting)
        except NotFound as reason:
            if now < waiting.deadline:
                await self._parked.look_again(waiting, waiting.next_look(now))
                return
            await self._bury(waiting, reason)
        except Permanent as reason:
            await self._bury(waiting, reason)
        else:
            self._outcomes.labels("applied").inc()
        await self._parked.remove(waiting)

    async def _bury(self, waiting: ParkedReport, reason: Permanent) -> None:
        """Make it a dead letter. A crash before its removal only repeats this: the same letter under the same id."""
        record = waiting.record
        await self._dead_letters.put(
            record.topic,
            record.partition,
            record.offset,
            record.key,
            record.value,
            record.headers,
            reason,
            site=waiting.episode.partition("/")[0],
            door="ingress",
        )
        self._outcomes.labels("dead_letter").inc()
        log.warning(
            "dead letter", field=reason.field, topic=record.topic, partition=record.partition, offset=record.offset
        )

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                looked_at = await self.sweep()
            except Transient as away:
                log.warning("waiting", what=away.what)
                looked_at = 0
            if looked_at < _BATCH:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._every)
