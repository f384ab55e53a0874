"""What is told to clients of their requests: one function per command.

Every message is in its episode's document until it is handed over, so a crash forgets none. A message that was handed
over and not noted is handed over again, under the same id.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from services.feedback import messages, store
from services.feedback.domain.outreach import Channel, Outreach, begin
from services.feedback.domain.requests import Asking, Request, State
from services.feedback.sites import Site
from services.feedback.tickets import Seal
from services.runtime.clock import Clock
from services.runtime.errors import Permanent
from services.runtime.store import Aggregates, Change


@dataclass(frozen=True, slots=True)
class Message:
    """One message that was taken for sending."""

    asking: Asking
    request: Request
    site: Site
    attempt: Outreach

    @property
    def message_id(self) -> str:
        """Name the message; the same after a crash."""
        return f"{self.request.request_id}-{len(self.attempt.told_at)}"


class Telling:
    """The messages of all sites."""

    def __init__(self, askings: Aggregates, sites: Mapping[str, Site], seal: Seal, clock: Clock) -> None:
        self._askings = askings
        self._sites = sites
        self._seal = seal
        self._clock = clock

    async def invite(self, site_id: str, episode_id: str, request_id: str, channel: Channel, address: str) -> None:
        """Tell a client of a request, at an address that is kept until nothing is left to tell.

        The same request again changes the address of what is left, and repeats nothing.
        """
        site = self._sites.get(site_id)
        if site is None or site.messages is None or channel not in site.messages.channels:
            raise Permanent(
                f"contact.{channel.value}",
                "is no way in which this site has us tell its clients",
                "Enter it under messages.channels in feedback's forms file, or bring the link yourself.",
            )
        sealed = self._seal.close(address)

        def decide(asking: Asking) -> Asking:
            request = next((each for each in asking.requests if each.request_id == request_id), None)
            if request is None or request.client_id in asking.opted_out:
                return asking
            first = begin(channel, sealed, request.notify_from)
            return asking.with_outreach(
                request_id, lambda known: first if known is None else known.readdressed(channel, sealed)
            )

        await self._change(site_id, episode_id, decide)

    async def due(self, limit: int) -> list[tuple[str, str, str]]:
        """Return site, episode and request of messages that are due, the longest waiting first."""
        now = self._clock.now()
        found = await self._askings.find({"tells_at": {"$lte": now}}, sort=[("tells_at", 1)], limit=limit)
        return [
            (asking.site_id, asking.episode_id, request.request_id)
            for asking in map(store.read_asking, found)
            for request in asking.requests
            if request.outreach is not None and request.outreach.due_at is not None and request.outreach.due_at <= now
        ]

    async def take(self, site_id: str, episode_id: str, request_id: str) -> Message | None:
        """Take a message for sending; None when it is not to be sent now, or never."""
        site = self._sites.get(site_id)
        taken: list[Message] = []

        def decide(asking: Asking) -> Asking:
            taken.clear()
            request = next((each for each in asking.requests if each.request_id == request_id), None)
            if request is None or request.outreach is None:
                return asking
            now = messages.milliseconds(self._clock.now())
            if site is None or site.messages is None or now >= request.expires_at or request.state is not State.ISSUED:
                return asking.with_outreach(request_id, lambda known: known.finished() if known else None)
            attempt = request.outreach.taken(now, site.messages.reminding)
            if attempt is None:
                return asking
            if attempt.attempts > request.outreach.attempts:
                taken.append(Message(asking, request, site, attempt))
            return asking.with_outreach(request_id, lambda _: attempt)

        await self._change(site_id, episode_id, decide)
        return taken[0] if taken else None

    def address(self, message: Message) -> str:
        """Return where a message goes; empty when the key that sealed it is gone."""
        return self._seal.open(message.attempt.address)

    async def told(self, message: Message) -> None:
        """Note that a message was handed over."""
        site, request = message.site, message.request
        if site.messages is None:
            raise RuntimeError("a message of a site without messages was sent")
        reminding, now = site.messages.reminding, messages.milliseconds(self._clock.now())
        await self._note(message, lambda known: known.told(message.attempt, now, reminding, request.expires_at))

    async def failed(self, message: Message, error: str, *, permanent: bool) -> None:
        """Note that a message was not handed over."""
        now = messages.milliseconds(self._clock.now())
        await self._note(message, lambda known: known.failed(message.attempt, now, error, permanent=permanent))

    async def _note(self, message: Message, change: Callable[[Outreach], Outreach]) -> None:
        asking, request_id = message.asking, message.request.request_id

        def decide(now: Asking) -> Asking:
            return now.with_outreach(request_id, lambda known: None if known is None else change(known))

        await self._change(asking.site_id, asking.episode_id, decide)

    async def _change(self, site_id: str, episode_id: str, decide: Callable[[Asking], Asking]) -> None:
        def decide_document(document: store.Doc | None) -> Change | None:
            if document is None:
                return None
            before = store.read_asking(document)
            after = decide(before)
            return None if after == before else Change(store.asking_document(after))

        await self._askings.change(store.key(site_id, episode_id), decide_document)
