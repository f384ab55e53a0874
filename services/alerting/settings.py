"""Alerting's own settings, beside those of every service."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, ValidationInfo, field_validator

from services.alerting import sites
from services.alerting.domain.pacing import BUNDLE_EVERY
from services.alerting.domain.sites import Channel
from services.runtime.limits import Network, networks
from services.runtime.outbound import MIN_SECRET_BYTES
from services.runtime.settings import Settings, SettingsError

MIN_LINK_KEY_BYTES = 32  # HS256 takes a key no shorter than its hash (RFC 7518, 3.2)


class AlertingSettings(Settings):
    """``ATTUNE_ALERTING_*``."""

    MUST_EXIST: ClassVar[tuple[str, ...]] = (*Settings.MUST_EXIST, "alerting_sites_file", "alerting_link_key_file")

    alerting_sites_file: Path = Field(description="on-call file (YAML): people, rota, policies, catch-all of each site")
    alerting_public_url: str = Field(description="what links in messages begin with, as a browser reaches it")
    alerting_link_key_file: Path = Field(description="file with the secret that signs links, at least 32 bytes")
    alerting_link_hours: float = Field(24.0, gt=0, le=168, description="how long a link acknowledges")
    alerting_idle_minutes: float = Field(15.0, gt=0, le=60, description="a console session ends after so long unused")
    alerting_session_hours: float = Field(12.0, gt=0, le=24, description="a console session ends after so long anyway")
    alerting_peer_seconds: float = Field(3.0, gt=0, le=10, description="how long a page waits for scoring or intake")
    alerting_proxies: str = Field("", description="addresses and networks of your proxies, separated by commas")
    alerting_smtp_host: str = Field("127.0.0.1", description="mail server that takes alerts")
    alerting_smtp_port: int = Field(25, ge=1, le=65535, description="its port")
    alerting_smtp_tls: Literal["auto", "off", "starttls", "tls"] = Field(
        "auto", description="auto uses STARTTLS where it is offered; starttls and tls insist; off never encrypts"
    )
    alerting_smtp_user: str = Field("", description="user at the mail server; empty for none")
    alerting_smtp_password: SecretStr = Field(SecretStr(""), description="its password")
    alerting_mail_from: str = Field("attune@localhost", description="sender address of alerts")
    alerting_phone_url: str = Field("", description="gateway of SMS and voice; empty: no phone in the on-call file")
    alerting_phone_token_file: Path | None = Field(None, description="file with the token that we show the gateway")
    alerting_phone_secret_file: Path | None = Field(
        None, description="file with the secret that signs what the gateway says to us, at least 16 bytes"
    )
    alerting_bundle_seconds: float = Field(
        BUNDLE_EVERY.total_seconds(), ge=0, le=3600, description="shortest pause between two messages to one contact"
    )
    alerting_heartbeat_url: SecretStr = Field(
        SecretStr(""),
        description="monitor outside that is told while all is well; empty: none",
    )
    alerting_heartbeat_seconds: float = Field(60.0, ge=1, le=3600, description="pause between two heartbeats")
    alerting_feed_silence_days: float | None = Field(
        None,
        gt=0,
        le=60,
        description="days without a session after which a site's feed is silent; empty: as usual",
    )
    alerting_test_page_hour: int | None = Field(
        None, ge=0, le=23, description="local hour at which every site gets a test page each day; empty: never"
    )
    alerting_tick_seconds: float = Field(0.5, gt=0, le=1, description="longest pause between two engine cycles")
    alerting_lease_seconds: float = Field(5.0, ge=2, le=60, description="silence after which the next instance acts")

    @field_validator("alerting_public_url", "alerting_phone_url")
    @classmethod
    def _url(cls, value: str, info: ValidationInfo) -> str:
        if not value and info.field_name == "alerting_phone_url":
            return value
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an http(s) URL without query, for example https://alerts.example.org")
        return value.rstrip("/")

    @field_validator("alerting_proxies")
    @classmethod
    def _proxies(cls, value: str) -> str:
        networks(value)
        return value

    @field_validator("alerting_mail_from")
    @classmethod
    def _sender(cls, value: str) -> str:
        if "@" not in value or any(character in value for character in "\r\n<>"):
            raise ValueError("must be a bare e-mail address")
        return value

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read and check the environment, and the files that it names."""
        settings = super().load(environ)
        problems: list[str] = []
        try:
            problems += settings.phone_problems(sites.load(settings.alerting_sites_file))
        except sites.SitesError as error:
            problems += [f"ATTUNE_ALERTING_SITES_FILE: {problem}" for problem in error.problems]
        if len(settings.link_key()) < MIN_LINK_KEY_BYTES:
            problems.append(f"ATTUNE_ALERTING_LINK_KEY_FILE: the secret has fewer than {MIN_LINK_KEY_BYTES} bytes")
        if problems:
            raise SettingsError(problems)
        return settings

    def proxies(self) -> tuple[Network, ...]:
        """Return whose word is taken for whom they speak for."""
        return networks(self.alerting_proxies)

    def phone_problems(self, on_call: sites.Sites) -> list[str]:
        """Return what is missing to reach the phones of the on-call file."""
        if not self.alerting_phone_url:
            phones = (Channel.SMS, Channel.VOICE)
            has_phone = any(
                person.contact(phone) for site in on_call for person in site.people.values() for phone in phones
            )
            return ["ATTUNE_ALERTING_PHONE_URL: is missing, and the on-call file has phones"] if has_phone else []
        problems = []
        if not self.phone_token():
            problems.append("ATTUNE_ALERTING_PHONE_TOKEN_FILE: is missing or empty; the gateway would not know us")
        if len(self.phone_secret()) < MIN_SECRET_BYTES:
            problems.append(
                f"ATTUNE_ALERTING_PHONE_SECRET_FILE: is missing, or has fewer than {MIN_SECRET_BYTES} bytes"
            )
        return problems

    def phone_token(self) -> str:
        """Return the token that we show the phone gateway; empty without one."""
        return _content(self.alerting_phone_token_file).decode()

    def phone_secret(self) -> bytes:
        """Return the secret that the phone gateway signs with; empty without one."""
        return _content(self.alerting_phone_secret_file)

    def link_key(self) -> bytes:
        """Return the secret that signs links."""
        return self.alerting_link_key_file.read_bytes().strip()


def _content(file: Path | None) -> bytes:
    return b"" if file is None else file.read_bytes().strip()
