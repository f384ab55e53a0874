"""The ways out to people and their systems: e-mail, signed webhooks, SMS. They know addresses and texts, no reasons."""

from services.runtime.outbound.mail import Mailer, MailServer, is_address
from services.runtime.outbound.phone import Phone
from services.runtime.outbound.trouble import AGAIN, GatewayError, post
from services.runtime.outbound.webhook import (
    DELIVERY,
    MIN_SECRET_BYTES,
    SIGNATURE,
    TIMESTAMP,
    Webhooks,
    is_genuine,
    read_secret,
    sign,
    url_problem,
)

__all__ = [
    "AGAIN",
    "DELIVERY",
    "MIN_SECRET_BYTES",
    "SIGNATURE",
    "TIMESTAMP",
    "GatewayError",
    "MailServer",
    "Mailer",
    "Phone",
    "Webhooks",
    "is_address",
    "is_genuine",
    "post",
    "read_secret",
    "sign",
    "url_problem",
]
