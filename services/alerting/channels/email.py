"""E-mail by SMTP."""

from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from services.alerting.channels import GatewayError
from services.alerting.domain.delivery import SENDING_LIMIT
from services.alerting.domain.sites import Contact
from services.alerting.texts import Text
from services.runtime.clock import Clock

_PERMANENT = 500  # reply codes from here on are final (RFC 5321, 4.2.1)
_START_TLS = {"auto": None, "off": False, "starttls": True, "tls": False}


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in."""

    host: str
    port: int
    tls: str
    user: str
    password: str = field(repr=False)
    sender: str


class EmailGateway:
    """Hands one message in over one connection: a connection that hangs can hold back no other message."""

    def __init__(self, server: MailServer, clock: Clock) -> None:
        self._server = server
        self._clock = clock

    async def send(self, contact: Contact, text: Text, delivery_id: str) -> None:
        """Return when the mail server took responsibility for the message."""
        server = self._server
        try:
            await aiosmtplib.send(
                self._message(contact, text, delivery_id),
                hostname=server.host,
                port=server.port,
                use_tls=server.tls == "tls",
                start_tls=_START_TLS[server.tls],
                username=server.user or None,
                password=server.password or None,
                timeout=SENDING_LIMIT.total_seconds(),  # a backstop: the engine limits each call
                # The default would look the machine's name up, and tell it.
                local_hostname="attune.invalid",
            )
        except aiosmtplib.SMTPRecipientsRefused as error:
            codes = sorted({refused.code for refused in error.recipients})
            final = all(code >= _PERMANENT for code in codes)
            raise GatewayError(f"the mail server refused the recipient ({codes[0]})", permanent=final) from error
        except (aiosmtplib.SMTPSenderRefused, aiosmtplib.SMTPDataError) as error:
            raise GatewayError(
                f"the mail server refused the message ({error.code})", permanent=error.code >= _PERMANENT
            ) from error
        except (aiosmtplib.SMTPException, OSError) as error:
            # Also a refused login: an operator may correct it while the alert is open.
            raise GatewayError(f"the mail server cannot be used ({type(error).__name__})") from error

    def _message(self, contact: Contact, text: Text, delivery_id: str) -> EmailMessage:
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = contact.address
        message["Subject"] = text.subject
        message["Date"] = format_datetime(self._clock.now())
        # The same page sent twice after a crash is one message to a mail program.
        message["Message-ID"] = f"<{delivery_id}@{self._server.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # no out-of-office replies (RFC 3834)
        message.set_content(text.body())
        return message
