"""The forms file's section ``messages``: how a site's clients are told of a request, and reminded."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from types import MappingProxyType
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, StringConstraints

from services.feedback.domain.outreach import Channel, Reminding
from services.feedback.domain.quiet import Quiet
from services.runtime import files
from services.runtime.files import FileModel
from services.runtime.outbound import read_secret, url_problem

# A day later, once (own): asked again and again, people stop to answer.
REMIND_AFTER = timedelta(hours=24)
REMINDERS = 1
_LONGEST_TEXT = 140  # with two links it stays within three SMS


@dataclass(frozen=True, slots=True)
class Webhook:
    """The clinic's own system, which brings links to its clients."""

    url: str
    secret: bytes = field(repr=False)


@dataclass(frozen=True, slots=True)
class Messages:
    """How one site's clients are told of a request."""

    # None when we tell clients ourselves, over ``channels``, at the address that comes with IssueRequest.
    webhook: Webhook | None
    channels: frozenset[Channel]
    # The site's own sentence, by language; where there is none, ours.
    text: Mapping[str, str]
    reminding: Reminding


def _after(value: object) -> timedelta:
    return value if isinstance(value, timedelta) else files.duration(value, timedelta(hours=1), timedelta(days=7))


Sentence = Annotated[str, StringConstraints(strip_whitespace=True, min_length=1, max_length=_LONGEST_TEXT)]


class WebhookSection(FileModel):
    """``messages.webhook``."""

    url: str
    secret_file: Path
    plain_http: bool = False


class MessagesSection(FileModel):
    """``messages``."""

    webhook: WebhookSection | None = None
    channels: tuple[Literal["email", "sms"], ...] = ()
    text: dict[str, Sentence] = Field(default_factory=dict)
    reminders: Annotated[int, Field(ge=0, le=3)] = REMINDERS
    remind_after: Annotated[timedelta, BeforeValidator(_after)] = REMIND_AFTER


def read_messages(
    section: MessagesSection, quiet: Quiet | None, name: str, languages: tuple[str, ...], directory: Path
) -> tuple[Messages, list[str]]:
    """Read the section of a site called ``name``; return it and what is wrong with it, each with its place."""
    problems = []
    if (section.webhook is None) == (not section.channels):
        problems.append(": give either webhook or channels")
    for language, text in section.text.items():
        if language not in languages:
            problems.append(f".text.{language}: is none of the site's languages")
        if name.lower() in text.lower():
            problems.append(f".text.{language}: names the site; others may read a message, so leave the name out")
    webhook = None
    if section.webhook is not None:
        secret, wrong_secret = read_secret(section.webhook.secret_file, directory)
        wrong_url = url_problem(section.webhook.url, section.webhook.plain_http)
        wrong = {"secret_file": wrong_secret, "url": wrong_url}
        problems += [f".webhook.{place}: {problem}" for place, problem in wrong.items() if problem]
        webhook = Webhook(section.webhook.url, secret)
    allowed = quiet.over if quiet is not None else lambda at: at
    return Messages(
        webhook=webhook,
        channels=frozenset(map(Channel, section.channels)),
        text=MappingProxyType(dict(section.text)),
        reminding=Reminding(section.reminders, section.remind_after, allowed),
    ), problems
