"""Alerts about Attune itself: opened while something is not as it should be, closed when it is again.

``subject`` names one occurrence: the same one said again changes nothing, and one that was closed stays closed.
"""

import hashlib
from collections.abc import Mapping, Sequence
from datetime import datetime

from services.alerting.book import Alert
from services.alerting.domain.alert import Status
from services.alerting.domain.facts import RAISED, WITHDRAWN, Kind, Report, alert_id
from services.alerting.domain.policy import Policy
from services.alerting.domain.readiness import Finding
from services.alerting.handlers import Handlers
from services.runtime.clock import Clock
from services.runtime.errors import NotFound

READINESS = "readiness."
UNANSWERED = "unanswered."
_OPEN = 500  # open operational alerts looked through


class Conditions:
    """Opens and closes them."""

    def __init__(self, handlers: Handlers, clock: Clock) -> None:
        self._handlers = handlers
        self._clock = clock

    async def holds(self, site_id: str, subject: str, detail: str) -> str:
        """Open the alert of an occurrence; return its id. ``detail`` names nobody."""
        if await self._known(Kind.OPERATIONAL, site_id, subject) is not None:
            return alert_id(Kind.OPERATIONAL, site_id, subject)
        report = Report(f"{subject}.1", RAISED, 1, self._clock.now(), {"condition": subject, "detail": detail})
        return await self._handlers.report(Kind.OPERATIONAL, site_id, subject, report)

    async def over(self, site_id: str, subject: str) -> None:
        """Close the alert of an occurrence, unless somebody took it on; nothing happens when there is none.

        One that somebody took on knows that it is over, and ends when they close it or the acknowledgement runs out.
        """
        known = await self._known(Kind.OPERATIONAL, site_id, subject)
        if known is not None and not known[0].withdrawn:
            report = Report(f"{subject}.2", WITHDRAWN, 2, self._clock.now(), {"condition": subject, "detail": "over"})
            await self._handlers.report(Kind.OPERATIONAL, site_id, subject, report)

    async def lacks(self, findings: Mapping[str, Sequence[Finding]]) -> None:
        """Open one alert for each site that lacks something soon, and close those of what lacks no longer.

        ``findings`` has every site. What lacks names the occurrence, with the day of a gap that is still to come; and
        so does the week: what nobody sees to is told again.
        """
        now = self._clock.now()
        current = {site_id: _subject(found, now) for site_id, found in findings.items() if found}
        for facts in await self._handlers.open_of(Kind.OPERATIONAL, _OPEN):
            known = facts.site_id in findings and facts.subject_id.startswith(READINESS)
            if known and facts.subject_id != current.get(facts.site_id):
                await self.over(facts.site_id, facts.subject_id)
        for site_id, subject in current.items():
            lacks = ", ".join(sorted({str(finding.lack) for finding in findings[site_id]}))
            await self.holds(site_id, subject, f"{lacks}; see attune oncall readiness")

    async def unanswered(self, site_id: str, alert_id: str, loop: int, name: str) -> None:
        """Open the alert that everybody was told of another one and nobody has answered, this time."""
        subject = f"{UNANSWERED}{alert_id}.{loop}"
        await self.holds(site_id, subject, f"everybody was told of {name}, and nobody has answered")

    async def answered(self) -> None:
        """Close the alerts of what nobody had answered and somebody has by now, or what is over."""
        for facts in await self._handlers.open_of(Kind.OPERATIONAL, _OPEN):
            if facts.subject_id.startswith(UNANSWERED):
                about = facts.subject_id.removeprefix(UNANSWERED).rpartition(".")[0]
                alert = await self._alert(facts.site_id, about)
                if alert is None or alert[1].status is not Status.TRIGGERED:
                    await self.over(facts.site_id, facts.subject_id)

    async def test_page(self, site_id: str, subject: str, policy: Policy | None = None) -> str:
        """Page whoever a risk would page first, or whom ``policy`` names, to see that a page arrives."""
        if await self._known(Kind.TEST, site_id, subject) is None:
            report = Report(f"{subject}.1", RAISED, 1, self._clock.now(), {"condition": subject})
            await self._handlers.report(Kind.TEST, site_id, subject, report, policy)
        return alert_id(Kind.TEST, site_id, subject)

    async def _known(self, kind: Kind, site_id: str, subject: str) -> Alert | None:
        return await self._alert(site_id, alert_id(kind, site_id, subject))

    async def _alert(self, site_id: str, alert_id: str) -> Alert | None:
        try:
            return await self._handlers.get_alert(site_id, alert_id)
        except NotFound:
            return None


def _subject(findings: Sequence[Finding], now: datetime) -> str:
    what = sorted({f"{each.lack}|{each.rota_id}|{each.person_id}|{each.channel}{_day(each, now)}" for each in findings})
    year, week, _ = now.isocalendar()
    return f"{READINESS}{year}-{week}.{hashlib.sha256(' '.join(what).encode()).hexdigest()[:12]}"


def _day(finding: Finding, now: datetime) -> str:
    """Return the day of a gap: another gap of the same rota is another one. One that has begun has none."""
    # What has begun is looked at from now on, so its beginning moves with every look.
    return "" if finding.starts_at is None or finding.starts_at <= now else f"|{finding.starts_at.date().isoformat()}"
