"""SMS and voice calls; ``services/runtime/outbound/phone.py`` says what the gateway gets.

What becomes of a message comes back signed: see ``services/alerting/callbacks.py``.
"""

import httpx

from services.alerting.domain.sites import Channel, Contact
from services.alerting.texts import Text
from services.runtime.outbound import Phone


class PhoneGateway:
    """Hands messages to the gateway as one of its two channels."""

    def __init__(self, client: httpx.AsyncClient, url: str, token: str, channel: Channel) -> None:
        self._phone = Phone(client, url, token, channel)
        self._channel = channel

    async def send(self, contact: Contact, text: Text, delivery_id: str) -> None:
        """Return when the gateway took the message."""
        words = text.spoken() if self._channel is Channel.VOICE else text.short()
        await self._phone.send(contact.address, words, text.language, delivery_id)
