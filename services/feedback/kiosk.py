"""A screen in the waiting room: finds the form that a client is to answer now, by the reference of their episode.

A reference that names the session, too, asks about it there and then: nobody waits until the session is reported.
"""

from dataclasses import dataclass

from services.feedback.domain.requests import Request, State
from services.feedback.domain.rules import check_identifier
from services.feedback.requests import Requests
from services.feedback.whereabouts import Whereabouts
from services.runtime.clock import Clock
from services.runtime.errors import NotFound, Permanent, as_permanent


@dataclass(frozen=True, slots=True)
class Found:
    """A request that can be answered now, and its link."""

    request: Request
    link: str


class Kiosk:
    """Looks requests up for the kiosks of all sites."""

    def __init__(self, requests: Requests, whereabouts: Whereabouts, clock: Clock) -> None:
        self._requests = requests
        self._whereabouts = whereabouts
        self._clock = clock

    async def find(self, site_id: str, reference: str) -> Found:
        """Return the latest open request of an episode, or the one about the session that is named.

        ``reference`` is ``episode`` or ``episode/session``, then a space and the client's id if it has several.
        NotFound or Conflict when there is nothing to answer, whatever the reason: a screen in a waiting room tells
        nothing of anybody. Permanent when the episode has several clients and none is named.
        """
        place, _, client_id = " ".join(reference.split()).partition(" ")
        episode_id, slash, session_id = place.partition("/")
        for name, value in (("episode", episode_id), ("session", session_id if slash else "any")):
            with as_permanent(""):
                check_identifier(name, value)
        with as_permanent(""):
            check_identifier("client", client_id or "any")
        if slash:
            return await self._about(site_id, episode_id, session_id, client_id)
        return await self._latest(site_id, episode_id, client_id)

    async def _about(self, site_id: str, episode_id: str, session_id: str, client_id: str) -> Found:
        try:
            # A session that is not reported yet is asked about on the word of whoever typed it.
            await self._whereabouts.check(site_id, episode_id, session_id, client_id)
            request, link = await self._requests.issue(site_id, episode_id, session_id, client_id, "")
        except Permanent as refused:
            if refused.field == "client_id" and not client_id:
                raise _shared() from refused
            raise NotFound("reference", "has nothing to answer now") from refused
        if not link:
            raise NotFound("reference", "has nothing to answer now")
        return Found(request, link)

    async def _latest(self, site_id: str, episode_id: str, client_id: str) -> Found:
        now = self._clock.now()
        waiting = [
            each
            for each in (await self._requests.asking(site_id, episode_id)).requests
            if each.state is State.ISSUED and now < each.expires_at and client_id in ("", each.client_id)
        ]
        if not waiting:
            raise NotFound("reference", "has nothing to answer now")
        if len({each.client_id for each in waiting}) > 1:
            raise _shared()
        latest = max(waiting, key=lambda each: (each.issued_at, each.request_id))
        request, link = await self._requests.issue(
            site_id, episode_id, latest.session_id, latest.client_id, latest.language
        )
        return Found(request, link)


def _shared() -> Permanent:
    return Permanent("reference", "is of several clients", "Add a space and the client's id.")
