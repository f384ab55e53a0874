"""What can be read of responses, and by whom; and whom the client lets see one after they have talked."""

from collections.abc import Callable
from dataclasses import dataclass
from enum import Enum

from services.feedback import messages, store
from services.feedback.domain.forms import Rater
from services.feedback.domain.requests import Asking, Visibility
from services.feedback.domain.responses import Response, Talked
from services.feedback.domain.seeing import CHOICES, Reader, in_force, may_read_answers, may_read_comment
from services.runtime.audit import Audit
from services.runtime.clock import Clock
from services.runtime.errors import Forbidden, NotFound, Permanent
from services.runtime.events import Event, make
from services.runtime.identity import SUPERVISE, TREAT, Identity
from services.runtime.store import Aggregates, Change, Vault
from services.runtime.tracing import current_traceparent

RESPONSES_TOPIC = "feedback.responses.v1"
VISIBILITY_CHANGED = "attune.response.visibility-changed.v1"

_PAGE = 200  # documents of one query inside a listing


@dataclass(frozen=True, slots=True)
class Shown:
    """A response as one reader sees it."""

    response: Response
    # The client does not let this reader see the answers.
    withheld: bool


class CommentState(Enum):
    """What a reader gets of a comment."""

    SHOWN = "shown"
    WITHHELD = "withheld"
    FORGOTTEN = "forgotten"


@dataclass(frozen=True, slots=True)
class Comment:
    """What a client wrote beside the answers, as one reader sees it; the text is empty unless it is shown."""

    response: Response
    visibility: Visibility
    state: CommentState
    text: str = ""


class Reading:
    """The queries of feedback, as far as they are about answers."""

    def __init__(self, responses: Aggregates, askings: Aggregates, vault: Vault, audit: Audit, clock: Clock) -> None:
        self._responses = responses
        self._askings = askings
        self._vault = vault
        self._audit = audit
        self._clock = clock

    async def get_response(self, site_id: str, response_id: str, who: Identity) -> Shown:
        """Return a response by the submission that counts."""
        response = await self._response(site_id, response_id)
        asking = await self._asking(site_id, response.current.episode_id)
        return _shown(response, asking, _reader(asking, who))

    async def list_responses(self, site_id: str, episode_id: str, who: Identity) -> list[Shown]:
        """Return an episode's responses in the order in which they were submitted."""
        asking = await self._asking(site_id, episode_id)
        reader = _reader(asking, who)
        return [_shown(each, asking, reader) for each in await self._of_episode(site_id, episode_id)]

    async def comments(self, site_id: str, episode_id: str, who: Identity) -> list[Comment]:
        """Return what an episode's clients wrote, in the order of their responses.

        Forbidden for all but the treating therapist and the site's supervisors. Each comment that is shown has an entry
        of its own in the audit before anything is returned.
        """
        asking = await self._asking(site_id, episode_id)
        reader = _reader(asking, who)
        if not (reader.treating or reader.supervising):
            raise Forbidden(
                "episode_id",
                "what clients write is for their therapist and the site's supervisors",
                f"Use a token of this site: {TREAT} with the therapist's id as its subject, or {SUPERVISE}.",
            )
        written = [each for each in await self._of_episode(site_id, episode_id) if each.comment is not None]
        return [await self._comment(each, asking, reader, who) for each in written]

    async def set_visibility(self, site_id: str, response_id: str, visibility: Visibility, who: Identity) -> Visibility:
        """Take the treating therapist's word on whom the client lets see a response; return who may see it now."""
        if visibility not in CHOICES:
            raise Permanent("visibility", "is missing", f"Give one of {', '.join(CHOICES)}.")
        response = await self._response(site_id, response_id)
        asking = await self._asking(site_id, response.current.episode_id)
        if not _reader(asking, who).treating:
            raise Forbidden(
                "response_id",
                "whom a client lets see it is for the treating therapist to say",
                f"Use a token of this site with the scope {TREAT} and the therapist's id as its subject.",
            )
        word = Talked(visibility, who.subject, messages.milliseconds(self._clock.now()))
        await self._responses.change(store.key(site_id, response_id), _having(word))
        return visibility

    async def forget(self, site_id: str, client_id: str) -> bool:
        """Destroy the key of everything that a client wrote at a site; whether there was one."""
        return await self._vault.forget(store.key(site_id, client_id))

    async def rewrap(self, site_id: str) -> int:
        """Wrap the keys of a site's clients with the newest master key; return how many were not."""
        return await self._vault.rewrap(site_id)

    async def _comment(self, response: Response, asking: Asking, reader: Reader, who: Identity) -> Comment:
        visibility = _visibility(response, asking)
        form = response.current
        if response.comment is None or not may_read_comment(visibility, reader):
            return Comment(response, visibility, CommentState.WITHHELD)
        opened = await self._vault.open(response.comment)
        if opened is None:
            return Comment(response, visibility, CommentState.FORGOTTEN)
        if opened["of"] != store.key(form.site_id, form.response_id):
            raise RuntimeError("a comment was moved to another response in the database")
        await self._audit.record(
            who=who.subject,
            action="ReadComment",
            site_id=form.site_id,
            subject=f"response_id={form.response_id}",
            outcome="OK",
        )
        return Comment(response, visibility, CommentState.SHOWN, str(opened["text"]))

    async def _response(self, site_id: str, response_id: str) -> Response:
        document = await self._responses.get(store.key(site_id, response_id))
        if document is None:
            raise NotFound("response_id", "there is no such response at this site")
        return store.read_response(document)

    async def _asking(self, site_id: str, episode_id: str) -> Asking:
        document = await self._askings.get(store.key(site_id, episode_id))
        return Asking(site_id, episode_id) if document is None else store.read_asking(document)

    async def _of_episode(self, site_id: str, episode_id: str) -> list[Response]:
        found: list[Response] = []
        after = ""
        while True:
            documents = await self._responses.find(
                {"site_id": site_id, "episode_id": episode_id, "response_id": {"$gt": after}},
                sort=[("response_id", 1)],
                limit=_PAGE,
            )
            found += [store.read_response(document) for document in documents]
            if len(documents) < _PAGE:
                return sorted(found, key=lambda each: (each.current.submitted_at, each.current.response_id))
            after = found[-1].current.response_id


def _reader(asking: Asking, who: Identity) -> Reader:
    """What a caller is to the episode's clients. A token is a therapist's by its scope and its subject together."""
    treats = who.allows(asking.site_id, TREAT) and asking.therapist_id != "" and who.subject == asking.therapist_id
    return Reader(treating=treats, supervising=who.allows(asking.site_id, SUPERVISE))


def _shown(response: Response, asking: Asking, reader: Reader) -> Shown:
    return Shown(response, withheld=not may_read_answers(_visibility(response, asking), reader))


def _visibility(response: Response, asking: Asking) -> Visibility:
    # The client's consent is about the client's own answers, not about what a therapist or an observer rated.
    agreed = asking.visibility if response.current.rater == Rater.CLIENT else Visibility.UNKNOWN
    return in_force(response.visibility, agreed)


def _having(word: Talked) -> Callable[[store.Doc | None], Change | None]:
    def decide(document: store.Doc | None) -> Change | None:
        if document is None:
            raise RuntimeError("a response is gone, and none is ever removed")
        before = store.read_response(document)
        after = before.talked(word)
        if after is before:
            return None
        return Change(store.response_document(after), [(RESPONSES_TOPIC, _changed(after))])

    return decide


def _changed(response: Response) -> Event:
    form = response.current
    return make(
        site_id=form.site_id,
        service="feedback",
        type=VISIBILITY_CHANGED,
        key=form.episode_id,
        subject=f"episodes/{form.episode_id}",
        cause=f"responses/{form.response_id}",
        revision=len(response.talks),
        time=response.talks[-1].at,
        data=messages.to_visibility_change(response),
        traceparent=current_traceparent(),
    )
