"""Signed webhooks; ``services/runtime/outbound/webhook.py`` says how they are signed."""

from services.alerting.domain.sites import Contact
from services.alerting.texts import Text
from services.runtime.outbound import Webhooks


class WebhookGateway:
    """Posts a page as JSON."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    async def send(self, contact: Contact, text: Text, delivery_id: str) -> None:
        """Return when the receiver answered with success."""
        content = {"count": text.count, "link": text.link, "reference": text.reference}
        await self._webhooks.send(contact.address, contact.secret, content, delivery_id)
