"""E-mail by SMTP."""

import re
from dataclasses import dataclass, field
from email.message import EmailMessage
from email.utils import format_datetime

import aiosmtplib

from services.runtime.clock import Clock
from services.runtime.outbound.trouble import GatewayError

_PERMANENT = 500  # reply codes from here on are final (RFC 5321, 4.2.1)
_START_TLS = {"auto": None, "off": False, "starttls": True, "tls": False}
# Nothing that a header would read as a name, a comment, a list or another address (RFC 5322, 3.2.3).
_PART = r"[^@\s<>,;:\"()\[\]\\\x00-\x1f\x7f-\x9f]+"
# Nor what it would decode first (RFC 2047, 2).
_ADDRESS = re.compile(rf"(?!.*=\?){_PART}@{_PART}")


def is_address(text: str) -> bool:
    """Tell whether a text is one plain e-mail address, as ``name@example.org``."""
    return _ADDRESS.fullmatch(text) is not None


@dataclass(frozen=True, slots=True)
class MailServer:
    """Where mail is handed in."""

    host: str
    port: int
    tls: str
    user: str
    password: str = field(repr=False)
    sender: str


class Mailer:
    """Hands one message in over one connection: a connection that hangs can hold back no other message."""

    def __init__(self, server: MailServer, clock: Clock, timeout_seconds: float) -> None:
        self._server = server
        self._clock = clock
        self._timeout = timeout_seconds

    async def send(self, to: str, subject: str, body: str, message_id: str) -> None:
        """Return when the mail server took responsibility for the message, else raise GatewayError."""
        server = self._server
        if not is_address(to):
            # Read again on its way, it could be somebody else's.
            raise GatewayError("the address is not a plain one", permanent=True)
        try:
            message = self.message(to, subject, body, message_id)
        except Exception as error:
            # The library fails in many ways on an odd address. One message that cannot be written holds up no other.
            raise GatewayError(f"the message cannot be written ({type(error).__name__})", permanent=True) from error
        try:
            await aiosmtplib.send(
                message,
                recipients=[to],  # not what the header is read back as
                hostname=server.host,
                port=server.port,
                use_tls=server.tls == "tls",
                start_tls=_START_TLS[server.tls],
                username=server.user or None,
                password=server.password or None,
                timeout=self._timeout,  # a backstop: the caller limits each call
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
            # Also a refused login: an operator may correct it while the message waits.
            raise GatewayError(f"the mail server cannot be used ({type(error).__name__})") from error
        except ValueError as error:
            raise GatewayError(f"the message cannot be sent ({type(error).__name__})", permanent=True) from error

    def message(self, to: str, subject: str, body: str, message_id: str) -> EmailMessage:
        """Return the message as it leaves."""
        message = EmailMessage()
        message["From"] = self._server.sender
        message["To"] = to
        message["Subject"] = subject
        message["Date"] = format_datetime(self._clock.now())
        # The same message sent twice after a crash is one to a mail program.
        message["Message-ID"] = f"<{message_id}@{self._server.sender.rpartition('@')[2]}>"
        message["Auto-Submitted"] = "auto-generated"  # no out-of-office replies (RFC 3834)
        message.set_content(body)
        return message
