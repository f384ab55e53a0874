"""Ends requests that nobody answered in time: a silence is told like an answer."""

import asyncio
from contextlib import suppress

from services.feedback.requests import Requests
from services.runtime.errors import Transient
from services.runtime.telemetry import get_logger

_BATCH = 200  # episodes looked at in one sweep

log = get_logger(__name__)


class Sweeper:
    """A part of the service: started, stopped, and healthy while it runs."""

    def __init__(self, requests: Requests, every_seconds: float) -> None:
        self._requests = requests
        self._every = every_seconds
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """False once the loop has ended."""
        return self._task is not None and not self._task.done()

    @property
    def failed(self) -> "asyncio.Task[None] | None":
        """The running loop: it ends only by ``stop`` or a fault of ours."""
        return self._task

    async def start(self) -> None:
        """Begin to sweep."""
        self._task = asyncio.create_task(self._run(), name="feedback-sweeper")

    async def stop(self) -> None:
        """Finish the present sweep and end."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def _run(self) -> None:
        while not self._stopping.is_set():
            try:
                looked_at = await self._requests.expire(_BATCH)
            except Transient as away:
                log.warning("waiting", what=away.what)
                looked_at = 0
            if looked_at < _BATCH:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._every)
