"""Keeps the sites in force as the database has them, on every instance.

At a start the on-call file is applied: a site whose section is another than at the last start gets it; one that the
file no longer names, and that nobody applied since, is retired. So a file that stays the same takes nothing back that
came by ``attune oncall apply``. Afterwards each instance looks every second for what another one changed; while
MongoDB is away, what is known goes on counting.
"""

import asyncio
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta

from services.alerting import record as records_of
from services.alerting.domain.readiness import Lack, readiness
from services.alerting.domain.shifts import Override
from services.alerting.domain.sites import Channel
from services.alerting.metrics import AlertingMetrics
from services.alerting.record import Record
from services.alerting.sites import OnCallFile, Section, Sites
from services.runtime.clock import Clock
from services.runtime.errors import NotFound, Permanent, Transient
from services.runtime.files import FileError
from services.runtime.settings import SettingsError
from services.runtime.store import Aggregates, Change
from services.runtime.telemetry import get_logger

LOOK_EVERY = timedelta(seconds=1)
READINESS_EVERY = timedelta(minutes=1)
LOOK_AHEAD = timedelta(days=28)  # own: four weekly turns
# Overrides that are over stay for a while, so that it can still be seen who was on call (own: 13 months).
KEPT = timedelta(days=396)
MOST_OVERRIDES = 1000  # at a site: a document has its limits
_ALL = 10_000

Decide = Callable[[Record], Record | None]

log = get_logger(__name__)


class Roster:
    """The records of all sites, and what is in force of them. ``channels`` are those that have a gateway."""

    def __init__(
        self,
        records: Aggregates,
        sites: Sites,
        file: OnCallFile,
        channels: frozenset[Channel],
        clock: Clock,
        metrics: AlertingMetrics,
    ) -> None:
        self._records = records
        self._sites = sites
        self._file = file
        self._channels = channels
        self._clock = clock
        self._metrics = metrics
        self._stamps: dict[str, str] = {}
        self._looking: asyncio.Task[None] | None = None
        self._judged_at: datetime | None = None

    @property
    def healthy(self) -> bool:
        """Whether it still looks for changes."""
        return self._looking is not None and not self._looking.done()

    @property
    def failed(self) -> asyncio.Task[None] | None:
        """Done when looking for changes ended by a fault."""
        return self._looking

    async def load(self) -> None:
        """Put in force what the database has and the file changes, before anything is served; writes nothing."""
        for document in await self._records.find({"current": True}, limit=_ALL):
            record = records_of.read(document)
            self._in_force(self._started(record) or record)

    async def start(self) -> None:
        """Apply the file, and begin to look for what others change."""
        documents = await self._records.find({"current": True}, limit=_ALL)
        known = {document["site_id"]: records_of.read(document) for document in documents}
        site_ids = sorted(known.keys() | self._file.sections.keys())
        problems: list[str] = []
        for site_id in site_ids:
            # All of them first: a file is applied whole or not at all.
            try:
                after = self._started(known.get(site_id) or Record(site_id))
                if after is not None:
                    self._check(after)
            except Permanent as error:
                problems.append(f"ATTUNE_ALERTING_SITES_FILE: sites.{site_id}: {error}")
        if problems:
            raise SettingsError(problems)
        for site_id in site_ids:
            await self.change(site_id, self._started)
        self._looking = asyncio.create_task(self._look_on(), name="roster")

    async def stop(self) -> None:
        """Look no more."""
        if self._looking is not None:
            self._looking.cancel()
            await asyncio.gather(self._looking, return_exceptions=True)

    async def record(self, site_id: str) -> Record:
        """Return what is kept of a site; NotFound when there is none."""
        document = await self._records.get(site_id)
        record = None if document is None else records_of.read(document)
        if record is None or record.section is None:
            raise NotFound("site_id", "the site is not in the on-call file", "Add it, then `attune oncall apply`.")
        return record

    async def change(self, site_id: str, decide: Decide) -> Record:
        """Save what ``decide`` makes of a site and put it in force here; Permanent when that cannot be used."""

        def decide_document(document: records_of.Doc | None) -> Change | None:
            before = records_of.read(document) if document else Record(site_id)
            after = decide(before)
            if after is None or after == before:
                return None
            after = replace(after, overrides=self._kept(after.overrides), revision=before.revision + 1)
            self._check(after)
            return Change(records_of.document(after))

        saved = await self._records.change(site_id, decide_document)
        if saved is None:
            return Record(site_id)
        record = records_of.read(saved)
        self._in_force(record)
        return record

    def check(self, record: Record) -> None:
        """Raise Permanent when a record could not be used."""
        self._check(record)

    async def refresh(self) -> None:
        """Take in what other instances changed."""
        for stamp in await self._records.values({"current": True}, "stamp"):
            site_id = str(stamp).rpartition("@")[0]
            if self._stamps.get(site_id) == stamp:
                continue
            document = await self._records.get(site_id)
            if document is not None:
                self._in_force(records_of.read(document))

    async def judge(self) -> None:
        """Count what lacks at each site, for the metric."""
        now = self._clock.now()
        for site in self._sites:
            found = readiness(site, now, now + LOOK_AHEAD)
            for lack in Lack:
                number = sum(1 for finding in found if finding.lack is lack)
                self._metrics.readiness.labels(site.site_id, lack).set(number)
            await asyncio.sleep(0)  # many sites must not hold up a page
        self._judged_at = now

    async def _look_on(self) -> None:
        while True:
            try:
                await self.refresh()
            except Transient as error:
                log.warning("changes of the on-call file wait for a dependency", dependency=error.what)
            if self._judged_at is None or self._judged_at + READINESS_EVERY <= self._clock.now():
                await self.judge()
            await asyncio.sleep(LOOK_EVERY.total_seconds())

    def _started(self, record: Record) -> Record | None:
        """Return a record with the file's section of this start; None when nothing is new."""
        section: Section | None = self._file.sections.get(record.site_id)
        if section is None:
            if record.section is None or record.applied or not record.from_start:
                return None
            return replace(record, section=None, from_start="")
        digest = records_of.digest(section)
        if record.from_start == digest:
            return None
        return replace(record, section=section, from_start=digest, applied=False)

    def _in_force(self, record: Record) -> None:
        """Use a record from now on. One that cannot be read changes nothing: what was in force stays."""
        self._stamps[record.site_id] = record.stamp
        try:
            site = record.site(self._file.directory)
        except FileError as error:
            log.exception("a site cannot be read", site_id=record.site_id, problems=error.problems)
            return
        if site is None:
            self._sites.drop(record.site_id)
        else:
            self._sites.put(site)

    def _check(self, record: Record) -> None:
        if len(record.overrides) > MOST_OVERRIDES:
            raise Permanent("override", f"the site has {MOST_OVERRIDES} already", "Change the rota instead.")
        try:
            site = record.site(self._file.directory)
        except FileError as error:
            raise Permanent("section", "cannot be used: " + "; ".join(error.problems)) from error
        for person in site.people.values() if site else ():
            for contact in (*person.contacts, *person.unverified):
                if contact.channel not in self._channels:
                    raise Permanent(
                        f"people.{person.person_id}.contacts",
                        f"has {contact.channel}, and this installation has no gateway for it",
                        "Set ATTUNE_ALERTING_PHONE_URL, or name another contact.",
                    )

    def _kept(self, overrides: tuple[Override, ...]) -> tuple[Override, ...]:
        oldest = self._clock.now() - KEPT
        return tuple(override for override in overrides if override.ends_at > oldest)
