"""SMS and voice calls through an HTTP gateway: any provider behind a small adapter that speaks this.

We ``POST <gateway>/sms`` or ``/voice`` with ``{"id", "to", "text", "language"}`` and ``Authorization: Bearer <token>``;
``id`` (also ``Idempotency-Key``) is the key under which a repeat is the same message. Any 2xx means taken. What becomes
of it comes back signed: see ``services/alerting/callbacks.py``.
"""

import httpx

from services.alerting.channels import GatewayError
from services.alerting.channels.webhook import TRY_AGAIN
from services.alerting.domain.sites import Channel, Contact
from services.alerting.texts import Text


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
        try:
            response = await self._client.post(self._url, json=body, headers=headers)
        except (httpx.InvalidURL, httpx.UnsupportedProtocol) as error:
            raise GatewayError("the phone gateway's address cannot be used") from error
        except httpx.HTTPError as error:
            raise GatewayError(f"the phone gateway cannot be reached ({type(error).__name__})") from error
        if not response.is_success:
            # A refused token is no reason to give up: an operator may correct it while the alert is open.
            again = response.status_code in TRY_AGAIN or response.is_server_error or response.status_code in (401, 403)
            raise GatewayError(f"the phone gateway answered {response.status_code}", permanent=not again)
