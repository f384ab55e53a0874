"""Word that something changed: asked of the database once for all browsers of this process that watch a site.

By asking, and not from memory, so that it is the same whichever instance made the change. What is told is that
something changed and whether a new risk is among it: nothing of what.
"""

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.alerting.book import Book
from services.alerting.domain.facts import Kind
from services.runtime.errors import Transient
from services.runtime.telemetry import get_logger

LOOK_EVERY = 1.0  # seconds between two looks at a site that somebody watches (own)
WATCHED = 200  # open risks of a site, and as many others, that are looked at: those that the inbox shows

log = get_logger(__name__)

State = Mapping[str, tuple[str, int]]


@dataclass(frozen=True, slots=True)
class Change:
    """Something changed at a site."""

    site_id: str
    new_risk: bool


class Live:
    """Looks at the sites that browsers watch. A part of the service; without browsers it does nothing."""

    def __init__(self, book: Book) -> None:
        self._book = book
        self._queues: dict[asyncio.Queue[Change | None], frozenset[str]] = {}
        self._known: dict[str, State] = {}
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None

    @property
    def healthy(self) -> bool:
        """Tell whether it runs. That the database is away shows elsewhere."""
        return self._task is not None and not self._task.done()

    @property
    def failed(self) -> "asyncio.Task[None] | None":
        """The running look-out: it ends only by ``stop`` or a failure."""
        return self._task

    async def start(self) -> None:
        """Begin."""
        self._task = asyncio.create_task(self._run(), name="console live")

    async def stop(self) -> None:
        """End every stream."""
        self._stopping.set()
        for queue in self._queues:
            queue.put_nowait(None)
        if self._task is not None:
            await self._task

    def watch(self, sites: frozenset[str]) -> "tuple[asyncio.Queue[Change | None], Callable[[], None]]":
        """Return a queue of the changes at these sites (None: the service stops), and what ends the watching."""
        queue: asyncio.Queue[Change | None] = asyncio.Queue()
        self._queues[queue] = sites
        if self._stopping.is_set():
            queue.put_nowait(None)
        return queue, lambda: self._forget(queue)

    def _forget(self, queue: "asyncio.Queue[Change | None]") -> None:
        self._queues.pop(queue, None)
        watched = frozenset().union(*self._queues.values())
        for site_id in self._known.keys() - watched:
            del self._known[site_id]

    async def _run(self) -> None:
        while not self._stopping.is_set():
            for site_id in frozenset().union(*self._queues.values()):
                await self._look(site_id)
            try:
                async with asyncio.timeout(LOOK_EVERY):
                    await self._stopping.wait()
            except TimeoutError:
                continue

    async def _look(self, site_id: str) -> None:
        try:
            found, _ = await self._book.open_of(site_id, WATCHED)
        except Transient as away:
            log.warning("live updates wait for a dependency", dependency=away.what)
            return
        now = {str(each["alert_id"]): (str(each["kind"]), int(each["version"])) for each in found}
        before = self._known.get(site_id)
        self._known[site_id] = now
        if before is None or before == now:
            return
        new_risk = any(kind == Kind.RISK for alert_id, (kind, _) in now.items() if alert_id not in before)
        for queue, sites in self._queues.items():
            if site_id in sites:
                queue.put_nowait(Change(site_id, new_risk))
