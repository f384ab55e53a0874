"""Where a client is to be told of a request, as the clinic gives it. It is in no log, event, metric or error."""

import re

from attune.feedback.v1 import feedback_service_pb2 as api

from services.feedback.domain.outreach import Channel
from services.runtime.errors import Permanent
from services.runtime.outbound import is_address

_LONGEST = 254  # of an address in a mail's envelope (RFC 5321, 4.5.3.1.3)
_DOMAIN = re.compile(r".+\.[^.]+")
_E164 = re.compile(r"\+[1-9]\d{6,14}")


def read(contact: api.Contact) -> tuple[Channel, str] | None:
    """Read a contact; None when there is none. Permanent names the field and never repeats the address."""
    way = contact.WhichOneof("way")
    if way is None:
        return None
    if way == "email":
        if len(contact.email) > _LONGEST or not _is_email(contact.email):
            raise Permanent("contact.email", "is not an e-mail address", "Write it as name@example.org.")
        return Channel.EMAIL, contact.email
    if not _E164.fullmatch(contact.sms):
        raise Permanent("contact.sms", "is not a number in E.164", "Write it as +447700900123.")
    return Channel.SMS, contact.sms


def _is_email(text: str) -> bool:
    return is_address(text) and _DOMAIN.fullmatch(text.partition("@")[2]) is not None
