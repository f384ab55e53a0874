"""Whether a form is about the session, episode and client that it names, as far as intake knows.

Intake is asked so that a mix-up of ids at a clinic is found at the door. It must never stand between a client and their
answer: only a plain contradiction refuses a form of the clinic's, an unknown session or a silent intake never does, and
what intake says is not stored. A form behind a link is compared before the client is asked, never after.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from services.runtime.errors import Permanent, Transient
from services.runtime.metrics import Metrics
from services.runtime.telemetry import get_logger

log = get_logger(__name__)


class Intake(Protocol):
    """What is asked of intake. None means that it does not know; Transient that it did not answer."""

    async def episode_of(self, site_id: str, session_id: str) -> str | None:
        """Return the episode that a session belongs to."""
        ...

    async def clients_of(self, site_id: str, episode_id: str) -> frozenset[str] | None:
        """Return the clients of an episode."""
        ...


class Whereabouts:
    """Asks intake, for a bounded time; after a failure not at all for ``rest_seconds``."""

    def __init__(
        self,
        intake: Intake | None,
        metrics: Metrics,
        limit_seconds: float,
        rest_seconds: float,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        self._intake = intake
        self._limit = limit_seconds
        self._rest = rest_seconds
        self._monotonic = monotonic
        self._asks_again_at = -float("inf")
        self._outcomes = metrics.counter(
            "feedback_intake_checks_total",
            "Forms compared with what intake knows, by outcome: agrees, contradicts, unknown, away, skipped.",
            ["outcome"],
        )

    async def check(self, site_id: str, episode_id: str, session_id: str, client_id: str) -> None:
        """Permanent when intake knows for certain that a form belongs elsewhere; at most ``limit_seconds`` long.

        Without ``client_id`` nothing is said of the client.
        """
        if self._intake is None or self._monotonic() < self._asks_again_at:
            self._outcomes.labels("skipped").inc()
            return
        try:
            async with asyncio.timeout(self._limit):
                known_episode, known_clients = await asyncio.gather(
                    self._intake.episode_of(site_id, session_id), self._intake.clients_of(site_id, episode_id)
                )
        except (TimeoutError, Transient) as error:
            self._asks_again_at = self._monotonic() + self._rest
            self._outcomes.labels("away").inc()
            log.warning("intake did not answer; responses are accepted unchecked", error=error)
            return
        if known_episode is not None and known_episode != episode_id:
            self._outcomes.labels("contradicts").inc()
            raise Permanent(
                "data.session_id",
                "the session belongs to another episode",
                "Correct data.session_id or data.episode_id.",
            )
        if known_clients is not None and client_id and client_id not in known_clients:
            self._outcomes.labels("contradicts").inc()
            raise Permanent(
                "data.client_id", "is none of the episode's clients", "Correct data.client_id or data.episode_id."
            )
        self._outcomes.labels("unknown" if known_episode is None else "agrees").inc()
