"""E-mail."""

from services.alerting.domain.sites import Contact
from services.alerting.texts import Text
from services.runtime.outbound import Mailer


class EmailGateway:
    """Sends a page as one message."""

    def __init__(self, mailer: Mailer) -> None:
        self._mailer = mailer

    async def send(self, contact: Contact, text: Text, delivery_id: str) -> None:
        """Return when the mail server took responsibility for the message."""
        await self._mailer.send(contact.address, text.subject, text.body(), delivery_id)
