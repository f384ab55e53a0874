"""The policies of each site, at hand for every assessment.

They are read again when they are older than a few seconds, and an activation is in force only for sessions at least a
minute ahead: so every process knows of it before such a session is held. Where one does not, all the same, nothing
goes back and forth: each document notes how many activations it was judged by, and a process that knows fewer reads
the policies again before it judges.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from services.runtime.clock import Clock
from services.runtime.store import Aggregates
from services.scoring import store
from services.scoring.domain.site_policy import SitePolicies

FRESH_FOR = timedelta(seconds=5)
# From an activation to the first session that it judges: many times FRESH_FOR, so that clocks may differ.
LEAD = timedelta(seconds=60)
MOST_INSTRUMENTS = 100


class PolicyBook:
    """Reads policies, and keeps what it read for a few seconds."""

    def __init__(self, policies: Aggregates, clock: Clock) -> None:
        self._policies = policies
        self._clock = clock
        self._read: dict[str, tuple[datetime, SitePolicies]] = {}

    async def of(self, site_id: str) -> SitePolicies:
        """The policies of a site, at most a few seconds old."""
        found = self._read.get(site_id)
        # A clock that was set back must not make what was read last for ever.
        if found is not None and timedelta(0) <= self._clock.now() - found[0] < FRESH_FOR:
            return found[1]
        return await self.fresh(site_id)

    async def fresh(self, site_id: str) -> SitePolicies:
        """The policies of a site as they are now."""
        at = self._clock.now()
        docs = await self._policies.find({"site_id": site_id}, limit=MOST_INSTRUMENTS)
        read = [store.read_policy(doc) for doc in docs]
        policies = SitePolicies({each.instrument_id: each for each in read})
        self._read[site_id] = (at, policies)
        return policies
