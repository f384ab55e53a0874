"""Feedback's own settings, beside those of every service."""

from collections.abc import Mapping
from pathlib import Path
from typing import ClassVar, Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, SecretStr, field_validator

from services.feedback import sites
from services.feedback.domain.outreach import Channel
from services.feedback.languages import known_languages
from services.runtime.limits import Network, networks
from services.runtime.outbound import MailServer
from services.runtime.settings import Settings, SettingsError, variable
from services.runtime.store import MasterKeys

MIN_LINK_KEY_BYTES = 32  # as long as the hash that the links are made with (RFC 2104, 3)


class FeedbackSettings(Settings):
    """``ATTUNE_FEEDBACK_*``, and the peers that feedback cannot do without."""

    MUST_EXIST: ClassVar[tuple[str, ...]] = (
        *Settings.MUST_EXIST,
        *("feedback_sites_file", "feedback_link_key_file", "feedback_comment_key_file"),
    )

    peer_alerting: str = Field(
        min_length=1, description="host:port of alerting's gRPC: the direct way of a risk flag, so it must be there"
    )
    feedback_alerting_seconds: float = Field(
        2.0, gt=0, description="how long one direct hand-off of a risk flag to alerting may take"
    )
    feedback_handoff_every_seconds: float = Field(
        1.0, gt=0, description="how often risk flags that alerting has not confirmed are looked for; the first pause"
    )
    feedback_handoff_pause_seconds: float = Field(
        30.0, gt=0, description="the longest pause between two direct hand-offs of one risk flag"
    )
    feedback_intake_seconds: float = Field(
        2.0, gt=0, le=2.0, description="how long a response waits for intake to say whose session it is"
    )
    feedback_intake_rest_seconds: float = Field(
        5.0, ge=0, description="after intake did not answer, for how long responses are accepted without asking it"
    )
    feedback_sites_file: Path = Field(
        description="forms file (YAML): name, languages, crisis and privacy texts of each site that asks its clients"
    )
    feedback_public_url: str = Field(description="what the links of forms begin with, as a client's browser reaches it")
    feedback_link_key_file: Path = Field(
        description="file with the secret that links of forms are made from, at least 32 bytes"
    )
    feedback_comment_key_file: Path = Field(
        description="file with the master keys of comments, 96 bytes in base64 a line, the newest first"
    )
    feedback_expire_every_seconds: float = Field(
        30.0, gt=0, description="how often requests that nobody answered in time are looked for"
    )

    feedback_tell_every_seconds: float = Field(
        5.0, gt=0, description="how often messages to clients that are due are looked for"
    )
    feedback_smtp_host: str = Field("", description="mail server that takes messages to clients; empty for none")
    feedback_smtp_port: int = Field(25, ge=1, le=65535, description="its port")
    feedback_smtp_tls: Literal["auto", "off", "starttls", "tls"] = Field(
        "auto", description="auto uses STARTTLS where it is offered; starttls and tls insist; off never encrypts"
    )
    feedback_smtp_user: str = Field("", description="user at the mail server; empty for none")
    feedback_smtp_password: SecretStr = Field(SecretStr(""), description="its password")
    feedback_mail_from: str = Field("", description="sender address of messages to clients")
    feedback_sms_url: str = Field("", description="HTTP gateway for SMS to clients, at <url>/sms; empty for none")
    feedback_sms_token: SecretStr = Field(SecretStr(""), description="bearer token of the SMS gateway; empty for none")

    feedback_proxies: str = Field(
        "", description="addresses or networks of our own proxies, by commas: their X-Forwarded-For says who asks"
    )

    @field_validator("feedback_proxies")
    @classmethod
    def _networks(cls, value: str) -> str:
        networks(value)
        return value

    @field_validator("feedback_public_url")
    @classmethod
    def _url(cls, value: str) -> str:
        parts = urlsplit(value)
        if parts.scheme not in ("http", "https") or not parts.hostname or parts.query or parts.fragment:
            raise ValueError("must be an http(s) URL without query, for example https://feedback.example.org")
        return value.rstrip("/")

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read and check the environment, and the files that it names."""
        settings = super().load(environ)
        problems: list[str] = []
        try:
            known = sites.load(settings.feedback_sites_file, known_languages())
            problems += settings._missing_gateways({each for site in known.values() for each in site.channels})
        except sites.SitesError as error:
            problems += [f"ATTUNE_FEEDBACK_SITES_FILE: {problem}" for problem in error.problems]
        if len(settings.link_key()) < MIN_LINK_KEY_BYTES:
            problems.append(f"ATTUNE_FEEDBACK_LINK_KEY_FILE: the secret has fewer than {MIN_LINK_KEY_BYTES} bytes")
        try:
            settings.comment_keys()
        except ValueError as error:
            problems.append(f"ATTUNE_FEEDBACK_COMMENT_KEY_FILE: {error}; make one with `attune secrets generate`")
        if problems:
            raise SettingsError(problems)
        return settings

    def _missing_gateways(self, channels: set[Channel]) -> list[str]:
        needed = [("feedback_smtp_host", Channel.EMAIL), ("feedback_mail_from", Channel.EMAIL)]
        needed.append(("feedback_sms_url", Channel.SMS))
        return [
            f"{variable(name)}: is not set, and a site of the forms file tells its clients by {channel.value}"
            for name, channel in needed
            if channel in channels and not getattr(self, name)
        ]

    def mail_server(self) -> MailServer:
        """Return where messages to clients are handed in."""
        return MailServer(
            host=self.feedback_smtp_host,
            port=self.feedback_smtp_port,
            tls=self.feedback_smtp_tls,
            user=self.feedback_smtp_user,
            password=self.feedback_smtp_password.get_secret_value(),
            sender=self.feedback_mail_from,
        )

    def proxies(self) -> tuple[Network, ...]:
        """Return the proxies whose word counts on who asks."""
        return networks(self.feedback_proxies)

    def link_key(self) -> bytes:
        """Return the secret that links are made from."""
        return self.feedback_link_key_file.read_bytes().strip()

    def comment_keys(self) -> MasterKeys:
        """Return the keys that the clients' own keys are wrapped with; ValueError when the file has none."""
        return MasterKeys.read(self.feedback_comment_key_file)
