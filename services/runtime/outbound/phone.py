"""SMS and voice calls through an HTTP gateway: any provider behind a small adapter that speaks this.

We ``POST <gateway>/sms`` or ``/voice`` with ``{"id", "to", "text", "language"}`` and ``Authorization: Bearer <token>``
when there is a token; ``id`` (also ``Idempotency-Key``) is the key under which a repeat is the same message. Any 2xx
means taken.
"""

import json

import httpx

from services.runtime.outbound.trouble import AGAIN, post

# A refused token is no reason to give up: an operator may correct it while the message waits.
_AGAIN = AGAIN | {401, 403}


class Phone:
    """Hands messages to the gateway as one of its channels, sms or voice. ``client`` must not follow redirects."""

    def __init__(self, client: httpx.AsyncClient, url: str, token: str, channel: str) -> None:
        self._client = client
        self._url = f"{url.rstrip('/')}/{channel}"
        self._token = token

    async def send(self, to: str, text: str, language: str, message_id: str) -> None:
        """Return when the gateway took the message, else raise GatewayError."""
        body = {"id": message_id, "to": to, "text": text, "language": language}
        headers = {"Idempotency-Key": message_id}
        if self._token:
            headers["Authorization"] = f"Bearer {self._token}"
        await post(self._client, "phone gateway", self._url, json.dumps(body).encode(), headers, _AGAIN)
