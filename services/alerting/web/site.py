"""A site as a whole: its figures over time, who is on call, the audit, and breaking the glass."""

from datetime import datetime, timedelta

from starlette.responses import RedirectResponse, Response

from services.alerting.console.accounts import Accounts
from services.alerting.console.reading import Reading
from services.alerting.domain import access
from services.alerting.domain.shifts import Shift, shifts
from services.alerting.domain.sites import Site
from services.alerting.sites import Sites
from services.alerting.web import render
from services.alerting.web.door import Door, Visit
from services.alerting.web.inbox import UTC_ZONE
from services.runtime.audit import Audit
from services.runtime.errors import NotFound, Permanent

PERIOD = timedelta(days=30)
PERIODS = 6
CALENDAR = timedelta(days=14)
AUDIT_LINES = 100
MAX_REASON = 500
GLASS = "break glass"


class SitePages:
    """The pages of a site."""

    def __init__(self, door: Door, reading: Reading, accounts: Accounts, sites: Sites, audit: Audit) -> None:
        self._door = door
        self._reading = reading
        self._accounts = accounts
        self._sites = sites
        self._audit = audit

    async def overview(self, visit: Visit) -> Response:
        """Show the site's figures for the last six times thirty days, for support and never as a ranking."""
        ends = [visit.now - PERIOD * number for number in range(PERIODS)]
        summaries = await self._reading.figures(visit.site.site_id, [(end - PERIOD, end) for end in reversed(ends)])
        return self._page(visit, "overview.html", summaries=summaries, last=summaries[-1])

    async def on_call(self, visit: Visit) -> Response:
        """Show who is on call now and on the days to come."""
        site = self._sites.get(visit.site.site_id)
        if site is None:
            raise NotFound("site_id", "the site is not in the on-call file")
        return self._page(visit, "on-call.html", rotas=_rotas(site, visit.now), site=site)

    async def audit(self, visit: Visit) -> Response:
        """Show who did what at the site, the newest first, and who broke the glass."""
        before = _before(visit.request.query_params.get("before", ""))
        entries = await self._audit.entries(visit.site.site_id, AUDIT_LINES + 1, before)
        last = entries[AUDIT_LINES - 1] if len(entries) > AUDIT_LINES else None
        more = f"{last['at'].isoformat()},{last['_id']}" if last else ""
        broken = [
            (account.username, grant.emergency_until)
            for account in await self._accounts.of_site(visit.site.site_id)
            for grant in (account.grants[visit.site.site_id],)
            if grant.emergency_until is not None
        ]
        return self._page(visit, "audit.html", entries=entries[:AUDIT_LINES], more=more, broken=broken)

    async def glass(self, visit: Visit) -> Response:
        """Ask why."""
        return self._page(visit, "break-glass.html", problem="")

    async def break_glass(self, visit: Visit) -> Response:
        """Open every alert and client of the site for an hour. The reason is durable before anything opens."""
        reason = visit.value("reason").strip()
        if not 10 <= len(reason) <= MAX_REASON:
            return self._page(visit, "break-glass.html", 400, problem="reason")
        username = visit.visitor.account.username
        await self._door.record(
            who=f"user:{username}",
            action=GLASS,
            site_id=visit.site.site_id,
            subject=f"for {access.EMERGENCY}",
            outcome="STARTED",
            detail=reason,
        )
        await self._accounts.break_glass(visit.site.site_id, username)
        headers = render.headers(visit.language, secure=self._door.secure)
        return RedirectResponse("/console", 303, headers=headers)

    def _page(self, visit: Visit, template: str, status: int = 200, **values: object) -> Response:
        site = self._sites.get(visit.site.site_id)
        zone = UTC_ZONE if site is None else site.zone
        html = render.page(visit, template, zone=zone, now=visit.now, **values)
        return self._door.html(visit.request, html, status, visit.language)


def _rotas(site: Site, now: datetime) -> list[tuple[str, tuple[Shift, ...]]]:
    """Return each rota with who is on call from now on, overrides included."""
    until = now + CALENDAR
    return [
        (rota_id, shifts(rota, site.overrides_of(rota_id), now, until)) for rota_id, rota in sorted(site.rotas.items())
    ]


def _before(text: str) -> tuple[datetime, str] | None:
    """Read which entry the page before ended with: its time, a comma and its id."""
    if not text:
        return None
    moment, _, entry_id = text.partition(",")
    try:
        at = datetime.fromisoformat(moment)
    except ValueError:
        raise Permanent("before", "is not a time") from None
    if at.tzinfo is None:
        raise Permanent("before", "has no time zone")
    return at, entry_id
