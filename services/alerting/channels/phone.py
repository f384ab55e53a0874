"""SMS and voice calls through an HTTP gateway: any provider behind a small adapter that speaks this.

We ``POST <gateway>/sms`` or ``/voice`` with ``{"id", "to", "text", "language"}`` and ``Authorization: Bearer <token>``;
``id`` (also ``Idempotency-Key``) is the key under which a repeat is the same message. Any 2xx means taken. What becomes
of it comes back signed: see ``services/alerting/callbacks.py``.
"""

import json

import httpx

from services.alerting.domain.sites import Channel, Contact
from services.alerting.texts import Text
from services.runtime.outbound import AGAIN, post

# A refused token is no reason to give up: an operator may correct it while the alert is open.
_AGAIN = AGAIN | {401, 403}


class PhoneGateway:
    """Hands messages to the gateway as one of its two channels."""

    def __init__(self, client: httpx.AsyncClient, url: str, token: str, channel: Channel) -> None:
        self._client = client
        self._url = f"{url.rstrip('/')}/{channel}"
        self._token = token
        self._channel = channel

    async def send(self, contact: Contact, text: Text, delivery_id: str) -> None:
        """Return when the gateway took the message."""
        words = text.spoken() if self._channel is Channel.VOICE else text.short()
        body = {"id": delivery_id, "to": contact.address, "text": words, "language": text.language}
        headers = {"Authorization": f"Bearer {self._token}", "Idempotency-Key": delivery_id}
        await post(self._client, "phone gateway", self._url, json.dumps(body).encode(), headers, _AGAIN)
