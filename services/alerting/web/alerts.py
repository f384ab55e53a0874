"""One alert: why, the trajectory, what happened so far, and what can be done."""

from collections.abc import Awaitable, Callable
from datetime import UTC, datetime

from starlette.responses import RedirectResponse, Response

from services.alerting.book import Alert
from services.alerting.console.reading import Reading, Shown
from services.alerting.domain import findings as findings_of
from services.alerting.domain.facts import Kind
from services.alerting.domain.findings import Findings, Found, RuptureType
from services.alerting.handlers import Handlers
from services.alerting.sites import Sites
from services.alerting.web import render
from services.alerting.web.door import Door, Visit
from services.alerting.web.inbox import UTC_ZONE
from services.alerting.web.trajectory import table
from services.runtime.errors import Conflict, NotFound, Permanent, Transient


class AlertPages:
    """The pages of one alert."""

    def __init__(self, door: Door, reading: Reading, handlers: Handlers, sites: Sites) -> None:
        self._door = door
        self._reading = reading
        self._handlers = handlers
        self._sites = sites

    async def show(self, visit: Visit) -> Response:
        """Show the alert."""
        return await self._page(visit, 200, "")

    async def chart(self, visit: Visit) -> Response:
        """Return the trajectory's picture."""
        return await picture(self._reading.alert_chart(visit.site, visit.part("alert")))

    async def acknowledge(self, visit: Visit) -> Response:
        """Take it on."""
        return await self._act(
            visit,
            lambda site_id, alert_id, me, as_of: self._handlers.acknowledge(
                site_id, alert_id, me, visit.value("note"), as_of
            ),
        )

    async def escalate(self, visit: Visit) -> Response:
        """Tell the next step now."""
        return await self._act(
            visit,
            lambda site_id, alert_id, me, as_of: self._handlers.escalate(
                site_id, alert_id, me, visit.value("note"), as_of
            ),
        )

    async def close(self, visit: Visit) -> Response:
        """End it, with what was found."""
        found = _findings(visit)
        return await self._act(
            visit,
            lambda site_id, alert_id, me, as_of: self._handlers.close(
                site_id, alert_id, me, visit.value("reason"), found, as_of
            ),
        )

    async def _act(
        self, visit: Visit, command: Callable[[str, str, str, datetime | None], Awaitable[Alert]]
    ) -> Response:
        """Do what a button says, if the alert is still as the page showed it; then show it anew."""
        row = await self._reading.row(visit.site, visit.part("alert"))
        if not visit.site.person_id:
            return await self._page(visit, 403, "nobody")
        try:
            await command(visit.site.site_id, row.facts.alert_id, visit.site.person_id, _as_of(visit))
        except Conflict as conflict:
            return await self._page(visit, 409, "stale" if conflict.field == "as_of" else "closed")
        except NotFound as missing:
            if missing.field != "person_id":
                raise
            return await self._page(visit, 403, "nobody")
        except Permanent as refused:
            return await self._page(visit, 400, refused.field.partition(".")[0])
        visit.outcome = "OK"
        return RedirectResponse(
            f"/console/s/{visit.site.site_id}/alerts/{row.facts.alert_id}",
            303,
            headers=render.headers(visit.language, secure=self._door.secure),
        )

    async def _page(self, visit: Visit, status: int, problem: str) -> Response:
        shown = await self._reading.alert(visit.site, visit.part("alert"), visit.language)
        site = self._sites.get(visit.site.site_id)
        html = render.page(
            visit,
            "alert.html",
            shown=shown,
            row=shown.row,
            zone=UTC_ZONE if site is None else site.zone,
            now=visit.now,
            problem=problem,
            may_act=bool(site and visit.site.person_id in site.people),
            series=[] if shown.trajectory is None else [table(each) for each in shown.trajectory.series],
            ideas=_ideas(shown),
            steps=sorted(findings_of.RISK_STEPS),
            is_risk=shown.row.facts.kind is Kind.RISK,
        )
        return self._door.html(visit.request, html, status, visit.language)


async def picture(asked: Awaitable[str]) -> Response:
    """Return a chart; empty with 503 while scoring is away, and then the page says so."""
    try:
        svg = await asked
    except Transient:
        return Response(status_code=503, headers=dict(render.CHART_HEADERS))
    return Response(svg, media_type="image/svg+xml", headers=dict(render.CHART_HEADERS))


def _as_of(visit: Visit) -> datetime | None:
    try:
        return datetime.fromisoformat(visit.value("as_of")).astimezone(UTC)
    except ValueError:
        return None


def _findings(visit: Visit) -> Findings | None:
    """Read the form; Permanent when it says what no form of ours says."""
    if not visit.value("found"):
        return None
    try:
        return Findings(
            Found(visit.value("found")),
            tuple(RuptureType(each) for each in visit.values("type")),
            tuple(visit.values("tried")),
        )
    except ValueError:
        raise Permanent("findings", "is not in the vocabulary") from None


def _ideas(shown: Shown) -> list[object]:
    """Return the ideas for the rupture that the alert is about."""
    if shown.trajectory is None:
        return []
    return [each for each in shown.trajectory.ideas if each.rupture_id == shown.row.facts.subject_id]
