"""Every word that leaves for a client: a neutral sentence, the link, and the way to hear no more. It names nobody."""

from dataclasses import dataclass

from services.feedback.languages import translations
from services.feedback.links import STOP
from services.feedback.sites import Site
from services.feedback.telling import Message


@dataclass(frozen=True, slots=True)
class Text:
    """A message to a client."""

    subject: str
    body: str


def text(site: Site, language: str, link: str) -> Text:
    """Return the message; in the site's first language when the clinic asked for none."""
    language = language or site.languages[0]
    _ = translations(language).gettext
    own = site.messages.text.get(language, "") if site.messages is not None else ""
    sentence = own or _("You are invited to answer a few short questions. It takes about a minute.")
    stop = _("No more messages like this:")
    return Text(_("A few short questions for you"), f"{sentence}\n{link}\n\n{stop} {link}{STOP}\n")


def for_clinic(message: Message, link: str) -> dict[str, object]:
    """Return what the clinic's system is told: whom to bring the link."""
    request = message.request
    return {
        "type": "feedback-request",
        "site_id": message.asking.site_id,
        "episode_id": message.asking.episode_id,
        "session_id": request.session_id,
        "client_id": request.client_id,
        "request_id": request.request_id,
        "language": request.language,
        "link": link,
        "stop_link": link + STOP,
        # 0 for the first message, then the number of the reminder.
        "reminder": len(message.attempt.told_at),
        "expires_at": request.expires_at.isoformat(),
    }
