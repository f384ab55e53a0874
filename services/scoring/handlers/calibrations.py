"""Calibration of a site from its own history: a new version of its policy, or that there is too little to go by."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from services.runtime.clock import Clock
from services.runtime.errors import Permanent, as_permanent
from services.runtime.store import Aggregates
from services.scoring import store
from services.scoring.domain.assess import assess
from services.scoring.domain.calibration import TARGET, Calibration, TooFew, calibrate
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.inputs import Inputs, SessionStatus
from services.scoring.domain.population import DEFAULTS
from services.scoring.domain.site_policy import Activation, Version
from services.scoring.handlers.policies import Policies
from services.scoring.handlers.reading import pages


@dataclass(frozen=True, slots=True)
class Calibrated:
    """How many of the site's episodes were read; what was made, or why nothing was, comes with the last."""

    done: int
    of: int
    found: Calibration | TooFew | None = None
    version: Version | None = None
    activation: Activation | None = None


class Calibrations:
    """The one command. A calibration holds one core for a second or so; one at a time."""

    def __init__(self, episodes: Aggregates, policies: Policies, clock: Clock) -> None:
        self._episodes = episodes
        self._policies = policies
        self._clock = clock
        self._calibrating = asyncio.Semaphore(1)

    async def of_site(
        self, site_id: str, instrument_id: str, target: float, who: str, *, activate: bool, reason: str
    ) -> AsyncGenerator[Calibrated, None]:
        """Estimate from every rating of the site, and make a version; put it in force when asked to, with a reason."""
        instrument = CATALOGUE.get(instrument_id)
        if instrument is None or instrument_id not in DEFAULTS:
            raise Permanent("instrument_id", "is not one in which ruptures are looked for", "Is the id right?")
        if activate and not reason.strip():
            raise Permanent("reason", "is missing", "Say why the limits change; it is kept.")
        rows: list[list[float]] = []
        done = of = 0
        async with self._calibrating:
            async for page in pages(self._episodes, site_id):
                done, of = page.done, page.of
                for doc in page.docs:
                    rows += _series(store.known(doc).inputs(), instrument_id)
                yield Calibrated(done, of)
            with as_permanent(""):
                found = await asyncio.to_thread(calibrate, instrument, _table(rows), target or TARGET)
        if isinstance(found, TooFew):
            yield Calibrated(of, of, found)
            return
        why = f"calibrated from {found.ratings} ratings of {found.clients} clients; {reason}".strip("; ")
        policy = found.policy(f"{self._clock.now():%Y-%m-%d}")
        version = await self._policies.add(site_id, instrument_id, policy, found.population, why, who)
        activation = None
        if activate:
            async for step in self._policies.activate(site_id, instrument_id, version.number, reason, who):
                activation = step.activation
        yield Calibrated(of, of, found, version, activation)


def _series(inputs: Inputs, instrument_id: str) -> list[list[float]]:
    """Each client's totals in the order of sessions; NaN where one was attended and not rated."""
    found = []
    ordered = sorted(inputs.sessions, key=lambda session: (session.scheduled_at, session.session_id))
    for series in assess(inputs).series:
        if series.instrument.id != instrument_id:
            continue
        totals = {rating.session_id: rating.value for rating in series.ratings}
        row = [
            np.nan if (value := totals.get(session.session_id)) is None else value
            for session in ordered
            if session.session_id in totals or session.status is SessionStatus.HELD
        ]
        found.append(row)
    return found


def _table(rows: list[list[float]]) -> NDArray[np.float64]:
    table = np.full((len(rows), max(map(len, rows), default=0)), np.nan)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    return table
