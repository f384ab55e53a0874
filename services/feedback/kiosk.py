"""A screen in the waiting room: finds the form that a client is to answer now, by the reference of their episode."""

from dataclasses import dataclass

from services.feedback.domain.requests import Request, State
from services.feedback.domain.rules import check_identifier
from services.feedback.requests import Requests
from services.runtime.clock import Clock
from services.runtime.errors import NotFound, Permanent, as_permanent


@dataclass(frozen=True, slots=True)
class Found:
    """A request that can be answered now, and its link."""

    request: Request
    link: str


class Kiosk:
    """Looks requests up for the kiosks of all sites."""

    def __init__(self, requests: Requests, clock: Clock) -> None:
        self._requests = requests
        self._clock = clock

    async def find(self, site_id: str, reference: str) -> Found:
        """Return the latest open request of an episode. ``reference`` is the episode's id, then the client's if needed.

        NotFound when there is nothing to answer, whatever the reason: a screen in a waiting room tells nothing of
        anybody. Permanent when the episode has several clients and none is named.
        """
        episode_id, _, client_id = " ".join(reference.split()).partition(" ")
        for name, value in (("episode", episode_id), ("client", client_id or "any")):
            with as_permanent(""):
                check_identifier(name, value)
        now = self._clock.now()
        waiting = [
            each
            for each in (await self._requests.asking(site_id, episode_id)).requests
            if each.state is State.ISSUED and now < each.expires_at and client_id in ("", each.client_id)
        ]
        if not waiting:
            raise NotFound("reference", "has nothing to answer now")
        if len({each.client_id for each in waiting}) > 1:
            raise Permanent("reference", "is of several clients", "Add a space and the client's id.")
        latest = max(waiting, key=lambda each: (each.issued_at, each.request_id))
        request, link = await self._requests.issue(
            site_id, episode_id, latest.session_id, latest.client_id, latest.language
        )
        return Found(request, link)
