"""The ways out to people and their systems: e-mail, signed webhooks, SMS. They know addresses and texts, no reasons."""

from services.runtime.outbound.mail import Mailer, MailServer
from services.runtime.outbound.sms import SmsGateway, SmsSender
from services.runtime.outbound.trouble import GatewayError
from services.runtime.outbound.webhook import DELIVERY, SIGNATURE, TIMESTAMP, Webhooks, read_secret, sign, url_problem

__all__ = [
    "DELIVERY",
    "SIGNATURE",
    "TIMESTAMP",
    "GatewayError",
    "MailServer",
    "Mailer",
    "SmsGateway",
    "SmsSender",
    "Webhooks",
    "read_secret",
    "sign",
    "url_problem",
]
