"""What happens to one record: handled, or set aside as a dead letter; never lost, never skipped.

``settle`` returns only when the record's effect is durable. It waits in place while a dependency is away, however long.
It raises only what must stop the process, and then the record is not acknowledged.
"""

import asyncio
import random
import time
from collections import deque
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial

import structlog

from services.runtime import events, faults, tracing
from services.runtime.audit import Audit
from services.runtime.bus.dead_letters import AUTHORIZATION, DeadLetters
from services.runtime.errors import Forbidden, Permanent, Transient
from services.runtime.events import Event, Registry
from services.runtime.identity import PUBLISH, Identity, Verifier
from services.runtime.metrics import Metrics
from services.runtime.settings import Settings

Handler = Callable[[Event], Awaitable[None]]

_FIRST_WAIT_SECONDS = 0.1
_LONGEST_WAIT_SECONDS = 5.0
_NOT_A_TOKEN = "nobody"  # noqa: S105  who an audit names when there is no valid token

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """A record as it was consumed."""

    topic: str
    partition: int
    offset: int
    key: bytes | None
    value: bytes | None
    headers: Sequence[tuple[str, bytes]]


_current: ContextVar[Record | None] = ContextVar("record", default=None)


def current_record() -> Record | None:
    """Return the record that the calling handler was given, for those who need its place; None outside of a handler."""
    return _current.get()


class Limit:
    """How much may be refused before the fault must be ours."""

    def __init__(self, settings: Settings) -> None:
        self._row_limit = settings.dead_letters_in_a_row
        self._window = settings.dead_letters_window
        self._percentage = settings.dead_letters_per_hundred
        self._in_a_row = 0
        self._recent: deque[bool] = deque()
        self._refused_recently = 0

    def count(self, refused: bool) -> None:
        """Count one settled record."""
        self._in_a_row = self._in_a_row + 1 if refused else 0
        self._recent.append(refused)
        self._refused_recently += refused
        if len(self._recent) > self._window:
            self._refused_recently -= self._recent.popleft()

    def exceeded(self) -> str:
        """Return what is exceeded, in words; empty while all is well."""
        if self._in_a_row >= self._row_limit:
            return f"{self._in_a_row} events in a row were refused"
        seen = len(self._recent)
        if seen >= self._window and self._refused_recently * 100 > self._percentage * seen:
            return f"{self._refused_recently} of the last {seen} events were refused"
        return ""


class Guard:
    """The one way in which a service handles what it consumes."""

    def __init__(
        self,
        service: str,
        handlers: Mapping[str, Handler],
        registry: Registry,
        dead_letters: DeadLetters,
        *,
        limit: Limit,
        metrics: Metrics,
        ingress: frozenset[str] = frozenset(),
        verifier: Verifier | None = None,
        audit: Audit | None = None,
    ) -> None:
        if ingress and verifier is None:
            raise ValueError("ingress topics need a verifier")
        self._service = service
        self._handlers = handlers
        self._registry = registry
        self._dead_letters = dead_letters
        self._limit = limit
        self._metrics = metrics
        self._ingress = ingress
        self._verifier = verifier
        self._audit = audit
        self._waiting: dict[tuple[str, int, int], str] = {}

    @property
    def waiting_for(self) -> str:
        """What records wait for, in words; empty while nothing waits."""
        return ", ".join(sorted(set(self._waiting.values())))

    async def settle(self, record: Record) -> None:
        """Bring one record to its durable end, however long that takes."""
        started = time.perf_counter()
        refused = False
        try:
            await self._until_possible(record, partial(self._handle, record))
            faults.point("after-save-before-ack")
        except Permanent as reason:
            refused = True
            await self._until_possible(record, partial(self._set_aside, record, reason))
        self._limit.count(refused)
        self._metrics.events_consumed.labels(record.topic, "dead_letter" if refused else "handled").inc()
        self._metrics.handle_seconds.labels(record.topic).observe(time.perf_counter() - started)

    async def _until_possible(self, record: Record, act: Callable[[], Awaitable[None]]) -> None:
        place = (record.topic, record.partition, record.offset)
        wait = _FIRST_WAIT_SECONDS
        try:
            while True:
                try:
                    return await act()
                except Transient as away:
                    if place not in self._waiting:
                        _log.warning("waiting", dependency=away.what, **_place(record))
                    self._waiting[place] = away.what
                    self._metrics.consumer_retries.labels(record.topic).inc()
                # Jitter, so that all records and all instances do not come back at the same moment.
                await asyncio.sleep(random.uniform(wait / 2, wait))  # noqa: S311
                wait = min(wait * 2, _LONGEST_WAIT_SECONDS)
        finally:
            if self._waiting.pop(place, None):
                _log.info("no longer waiting", **_place(record))

    async def _handle(self, record: Record) -> None:
        caller: Identity | None = None
        ingress = record.topic in self._ingress
        if ingress:
            caller = await self._identify(record)
        limit = events.INGRESS_MAX_BYTES if ingress else events.MAX_BYTES
        event = events.decode(record.key, record.value, record.headers, self._registry, max_bytes=limit)
        if caller is not None and not caller.allows(event.site_id, PUBLISH):
            await self._deny(
                caller.subject, event.site_id, event.type, "not for this site or without the scope publish"
            )
            raise Forbidden(
                "source",
                f"the token is not for site {event.site_id}, or may not publish",
                "Use the token of the site that the source names.",
            )
        token = _current.set(record)
        try:
            with tracing.use(event.traceparent):
                await self._handlers[record.topic](event)
        finally:
            _current.reset(token)

    async def _identify(self, record: Record) -> Identity:
        assert self._verifier is not None
        values = [data for name, data in record.headers if name.lower() == AUTHORIZATION and data is not None]
        scheme, _, token = (values[0] if values else b"").decode("latin-1").partition(" ")
        try:
            if len(values) != 1 or scheme.lower() != "bearer" or not token.strip():
                raise Forbidden(
                    AUTHORIZATION,
                    "is missing or not one bearer token",
                    "Send the header authorization: Bearer <the site's token>.",
                )
            return self._verifier.verify(token.strip())
        except Forbidden as refused:
            await self._deny(_NOT_A_TOKEN, site_hint(record), record.topic, refused.reason)
            raise Forbidden(AUTHORIZATION, refused.reason, refused.advice) from None

    async def _deny(self, who: str, site_id: str, subject: str, detail: str) -> None:
        if self._audit is not None:
            await self._audit.record(
                who=who, action="publish", site_id=site_id, subject=subject, outcome="denied", detail=detail
            )

    async def _set_aside(self, record: Record, refused: Permanent) -> None:
        identity = await self._dead_letters.put(
            record.topic,
            record.partition,
            record.offset,
            record.key,
            record.value,
            record.headers,
            refused,
            site=site_hint(record),
            door="ingress" if record.topic in self._ingress else "internal",
        )
        self._metrics.dead_letters.labels(record.topic).inc()
        # The reason may quote the sender; it is in the dead letter, not here.
        _log.warning("dead letter", dead_letter_id=identity, field=refused.field, **_place(record))


def site_hint(record: Record) -> str:
    """Return the site that the record claims in its headers, for finding it, not for trust; empty when it does not."""
    for name, data in record.headers:
        if name.lower() == "ce_source" and data is not None:
            return events.site_of(data.decode("utf-8", "replace"))
    return ""


def _place(record: Record) -> dict[str, str | int]:
    return {"topic": record.topic, "partition": record.partition, "offset": record.offset}
