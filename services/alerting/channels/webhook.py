"""Signed webhooks; ``services/runtime/outbound/webhook.py`` says how they are signed."""

from services.alerting.domain.sites import Contact
from services.alerting.texts import Text
from services.runtime.outbound import Webhooks


class WebhookGateway:
    """Posts the text's content as JSON."""

    def __init__(self, webhooks: Webhooks) -> None:
        self._webhooks = webhooks

    async def send(self, contact: Contact, text: Text, delivery_id: str) -> None:
        """Return when the receiver answered with success."""
        content: dict[str, object] = {"count": text.count, "link": text.link, "reference": text.reference}
        if text.confirm:
            content = {"confirm": text.confirm}
        if text.over:
            content["over"] = True
        if text.test:
            content["test"] = True
        await self._webhooks.send(contact.address, contact.secret, content, delivery_id)
