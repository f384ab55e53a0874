"""Clients: a therapist's own, a client's trajectory, and every therapist's for the supervisor."""

from starlette.responses import Response

from services.alerting.console.reading import Reading
from services.alerting.sites import Sites
from services.alerting.web import render
from services.alerting.web.alerts import picture
from services.alerting.web.door import Door, Visit
from services.alerting.web.inbox import UTC_ZONE
from services.alerting.web.trajectory import table


class ClientPages:
    """The pages of clients."""

    def __init__(self, door: Door, reading: Reading, sites: Sites) -> None:
        self._door = door
        self._reading = reading
        self._sites = sites

    async def own(self, visit: Visit) -> Response:
        """Show the clients of the visitor, those with an open alert first."""
        clients = await self._reading.own_clients(visit.site)
        clients.sort(key=lambda client: (not client.open_alerts, client.episode.episode_id))
        return self._page(visit, "clients.html", clients=clients)

    async def show(self, visit: Visit) -> Response:
        """Show a client's trajectory."""
        episode, trajectory, away = await self._reading.client(visit.site, visit.part("episode"), visit.language)
        series = [] if trajectory is None else [table(each) for each in trajectory.series]
        return self._page(visit, "client.html", episode=episode, series=series, away=away)

    async def chart(self, visit: Visit) -> Response:
        """Return the trajectory's picture."""
        return await picture(self._reading.client_chart(visit.site, visit.part("episode")))

    async def caseload(self, visit: Visit) -> Response:
        """Show every therapist's clients, for support."""
        return self._page(visit, "caseload.html", caseloads=await self._reading.caseloads(visit.site))

    def _page(self, visit: Visit, template: str, **values: object) -> Response:
        site = self._sites.get(visit.site.site_id)
        zone = UTC_ZONE if site is None else site.zone
        html = render.page(visit, template, zone=zone, now=visit.now, **values)
        return self._door.html(visit.request, html, 200, visit.language)
