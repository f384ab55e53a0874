"""Alerting's part about who is on call, on a store without a database, with gateways that record."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

from services.alerting import sites as sites_of
from services.alerting.calendars import Calendars
from services.alerting.domain.shifts import Override, OverrideKind
from services.alerting.domain.sites import Channel
from services.alerting.metrics import AlertingMetrics
from services.alerting.oncall import OnCall
from services.alerting.roster import Roster
from services.alerting.verification import Verification
from services.runtime.metrics import Metrics
from tests.unit.alerting.world import MONDAY, SITE, SITES, MemoryAggregates, World

NOON = datetime(2026, 1, 12, 12, tzinfo=UTC)
DORA = {"contacts": [{"email": "dora@example.org"}]}


class Desk:
    """Alerting's part about who is on call, started from a file; ``again`` is another start on the same records."""

    def __init__(self, world: World, text: str = SITES, records: MemoryAggregates | None = None) -> None:
        file = Path(world.directory) / "sites.yaml"
        file.write_text(text)
        self.world = world
        self.records = records or MemoryAggregates("sites")
        self.sites = sites_of.Sites({}, {})
        self.metrics = Metrics("alerting")
        self.roster = Roster(
            self.records,
            self.sites,
            sites_of.read(file),
            frozenset(Channel),
            world.clock,
            AlertingMetrics(self.metrics),  # type: ignore[arg-type]
        )
        self.oncall = OnCall(self.roster, self.sites, world.clock)
        gateways = {Channel.EMAIL: world.mail, Channel.WEBHOOK: world.webhook}
        self.verification = Verification(self.roster, self.sites, gateways, b"k" * 32, world.clock)
        self.calendars = Calendars(
            MemoryAggregates("calendars"),
            self.sites,
            "https://alerts.example.org",
            world.clock,  # type: ignore[arg-type]
        )

    @classmethod
    async def opened(cls, world: World, text: str = SITES, records: MemoryAggregates | None = None) -> Desk:
        desk = cls(world, text, records)
        await desk.roster.start()
        await desk.roster.stop()
        return desk

    async def again(self, text: str = SITES) -> Desk:
        return await Desk.opened(self.world, text, self.records)

    def section(self) -> dict:
        return sites_of.read(Path(self.world.directory) / "sites.yaml").sections[SITE]

    def on_call(self, at: datetime = NOON, rota: str = "main") -> tuple[str, ...]:
        return self.sites.declared(SITE).on_call(rota, at)

    def code(self) -> str:
        """The code that just arrived."""
        return self.world.arrived.pop()[2].confirm


def override(kind: OverrideKind, comes: str = "", goes: str = "", hours: float = 4) -> Override:
    ends = MONDAY + timedelta(hours=hours)
    return Override("", "main", kind, MONDAY, ends, comes, goes, "ana", "holiday", MONDAY)
