"""Whether a form is about the session, episode and client that it names, as far as intake knows.

Intake is asked so that a mix-up of ids at a clinic is found at the door. It must never stand between a client and their
answer: only a plain contradiction refuses a form, an unknown session or a silent intake never does, and what intake
says is not stored.
"""

import asyncio
import time
from collections.abc import Callable
from typing import Protocol

from services.feedback.domain.forms import Form
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

    async def check(self, form: Form) -> None:
        """Permanent when intake knows for certain that the form belongs elsewhere; at most ``limit_seconds`` long."""
        if self._intake is None or self._monotonic() < self._asks_again_at:
            self._outcomes.labels("skipped").inc()
            return
        try:
            async with asyncio.timeout(self._limit):
                episode_id, client_ids = await asyncio.gather(
                    self._intake.episode_of(form.site_id, form.session_id),
                    self._intake.clients_of(form.site_id, form.episode_id),
                )
        except (TimeoutError, Transient) as error:
            self._asks_again_at = self._monotonic() + self._rest
            self._outcomes.labels("away").inc()
            log.warning("intake did not answer; responses are accepted unchecked", error=error)
            return
        self._judge(form, episode_id, client_ids)

    def _judge(self, form: Form, episode_id: str | None, client_ids: frozenset[str] | None) -> None:
        if episode_id is not None and episode_id != form.episode_id:
            self._outcomes.labels("contradicts").inc()
            raise Permanent(
                "data.session_id",
                "the session belongs to another episode",
                "Correct data.session_id or data.episode_id.",
            )
        if client_ids is not None and form.client_id not in client_ids:
            self._outcomes.labels("contradicts").inc()
            raise Permanent(
                "data.client_id", "is none of the episode's clients", "Correct data.client_id or data.episode_id."
            )
        self._outcomes.labels("unknown" if episode_id is None else "agrees").inc()
