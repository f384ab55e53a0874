"""What alerting remembers of an episode of care: whether the client asked that ruptures go past the therapist."""

from services.alerting import store
from services.runtime.store import Aggregates, Change


class Episodes:
    """The newest word of intake on each episode, kept only where a client asked."""

    def __init__(self, episodes: Aggregates) -> None:
        self._episodes = episodes

    async def take(self, site_id: str, episode_id: str, therapist_id: str, past: bool, revision: int) -> None:
        """Take in what intake says; an older revision changes nothing."""

        def decide(document: store.Doc | None) -> Change | None:
            known = document["revision"] if document else 0
            if revision <= known or (document is None and not past):
                return None
            fields = {"site_id": site_id, "therapist_id": therapist_id, "past_therapist": past, "revision": revision}
            return Change(fields)

        await self._episodes.change(store.key(site_id, episode_id), decide)

    async def to_avoid(self, site_id: str, episode_id: str) -> str:
        """Return the therapist who is not to be told of the episode's ruptures; empty when anybody may."""
        document = await self._episodes.get(store.key(site_id, episode_id))
        return str(document["therapist_id"]) if document and document["past_therapist"] else ""
