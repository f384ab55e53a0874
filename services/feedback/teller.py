"""Hands over what clients are to be told of their requests: to the clinic's system, a mail server, an SMS gateway."""

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from typing import Protocol

from services.feedback import invitations
from services.feedback.domain.outreach import CALL_LIMIT, Channel
from services.feedback.links import Links
from services.feedback.requests import Requests
from services.feedback.telling import Message, Telling
from services.runtime import faults
from services.runtime.errors import Transient
from services.runtime.metrics import Metrics
from services.runtime.outbound import GatewayError, Mailer, Phone, Webhooks
from services.runtime.telemetry import get_logger

_BATCH = 200  # episodes looked at in one sweep
_AT_ONCE = 8

log = get_logger(__name__)


class Way(Protocol):
    """One channel's way out."""

    async def send(self, message: Message, address: str, link: str) -> None:
        """Return when the gateway took the message, else raise GatewayError."""
        ...


class ToClinic:
    """Tells the clinic's system by a signed webhook. It gets pseudonyms and the link, and brings the link itself."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    async def send(self, message: Message, address: str, link: str) -> None:
        """Post the link."""
        webhook = message.site.messages.webhook if message.site.messages is not None else None
        if webhook is None:
            raise GatewayError("the site's file no longer has a webhook", permanent=True)
        content = invitations.for_clinic(message, link)
        await self._webhooks.send(webhook.url, webhook.secret, content, message.message_id)


class ByEmail:
    """Mails the client."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer

    async def send(self, message: Message, address: str, link: str) -> None:
        """Mail the link."""
        text = invitations.text(message.site, message.request.language, link)
        await self._mailer.send(address, text.subject, text.body, message.message_id)


class BySms:
    """Sends the client an SMS."""

    def __init__(self, phone: Phone) -> None:
        self._phone = phone

    async def send(self, message: Message, address: str, link: str) -> None:
        """Send the link."""
        language = message.request.language or message.site.languages[0]
        text = invitations.text(message.site, language, link)
        await self._phone.send(address, text.body, language, message.message_id)


class Teller:
    """A part of the service: started, stopped, and healthy while it runs."""

    def __init__(
        self,
        telling: Telling,
        requests: Requests,
        ways: Mapping[Channel, Way],
        links: Links,
        metrics: Metrics,
        every_seconds: float,
    ) -> None:
        self._telling = telling
        self._requests = requests
        self._ways = ways
        self._links = links
        self._every = every_seconds
        self._slots = asyncio.Semaphore(_AT_ONCE)
        self._stopping = asyncio.Event()
        self._task: asyncio.Task[None] | None = None
        self._counted = metrics.counter(
            "feedback_messages_total",
            "Messages to clients and clinics by channel and outcome: told, failed (tried again), given_up.",
            ["channel", "outcome"],
        )

    @property
    def healthy(self) -> bool:
        """False once the loop has ended."""
        return self._task is not None and not self._task.done()

    @property
    def failed(self) -> "asyncio.Task[None] | None":
        """The running loop: it ends only by ``stop`` or a fault of ours."""
        return self._task

    async def start(self) -> None:
        """Begin to look for what is due."""
        self._task = asyncio.create_task(self._run(), name="feedback-teller")

    async def stop(self) -> None:
        """Finish the calls under way (each has a limit) and end."""
        self._stopping.set()
        if self._task is not None:
            await self._task

    async def sweep(self) -> int:
        """Hand over everything that is due; return how many messages were looked at."""
        due = await self._telling.due(_BATCH)
        # One that fails cancels no other: a call that is cut off may have told its client all the same.
        ends = await asyncio.gather(*(self._tell(*each) for each in due), return_exceptions=True)
        troubles = [each for each in ends if isinstance(each, BaseException)]
        for trouble in sorted(troubles, key=lambda each: isinstance(each, Transient)):
            raise trouble
        return len(due)

    async def _run(self) -> None:
        while not self._stopping.is_set():
            looked_at = 0
            try:
                looked_at = await self.sweep()
            except Transient as away:
                log.warning("messages to clients wait", what=away.what)
            if looked_at < _BATCH:
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._stopping.wait(), self._every)

    async def _tell(self, site_id: str, episode_id: str, request_id: str) -> None:
        async with self._slots:
            if self._stopping.is_set():
                return
            # Nobody is reminded of what they have answered.
            await self._requests.settle(site_id, episode_id, request_id)
            message = await self._telling.take(site_id, episode_id, request_id)
            if message is None:
                return
            channel = message.attempt.channel
            try:
                async with asyncio.timeout(CALL_LIMIT.total_seconds()):
                    await self._send(message)
            except TimeoutError:
                await self._failed(message, GatewayError("no answer in time"))
            except GatewayError as error:
                await self._failed(message, error)
            else:
                faults.point("after-send-before-mark")
                await self._telling.told(message)
                self._counted.labels(channel.value, "told").inc()

    async def _send(self, message: Message) -> None:
        way = self._ways.get(message.attempt.channel)
        if way is None:
            raise GatewayError("there is no gateway of this channel")
        address = self._telling.address(message)
        if not address and message.attempt.channel is not Channel.CLINIC:
            raise GatewayError("the address was sealed with another link key", permanent=True)
        await way.send(message, address, self._links.link(message.request.request_id))

    async def _failed(self, message: Message, error: GatewayError) -> None:
        channel = message.attempt.channel.value
        log.warning(
            "a client could not be told of a request",
            site_id=message.site.site_id,
            channel=channel,
            reason=error.reason,
            permanent=error.permanent,
        )
        await self._telling.failed(message, error.reason, permanent=error.permanent)
        self._counted.labels(channel, "given_up" if error.permanent else "failed").inc()
