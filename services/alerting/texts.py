"""Every word that leaves for a person, in each language.

Messages hold a count, a reference and a link, and nothing else that varies.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from jinja2 import Environment, PackageLoader, StrictUndefined, select_autoescape

LANGUAGES = ("en", "es")
DEFAULT_LANGUAGE = "en"

PHRASES: Mapping[str, Mapping[str, str]] = MappingProxyType(
    {
        "en": {
            "title": "Acknowledge an alert",
            "reference": "Reference",
            "ready": "An alert is waiting for you.",
            "ready_detail": "By acknowledging you take it on. Nobody else will be told. Nothing has changed so far.",
            "button": "Acknowledge",
            "done": "You have taken it on.",
            "done_detail": "Nobody else will be told. Please look in Attune for what it is about.",
            "taken": "This alert has been acknowledged already.",
            "taken_detail": "You need not do anything here. You can still take it on together.",
            "used": "This link has been used already.",
            "used_detail": "A link works once. Please look for the alert in Attune.",
            "expired": "This link has expired.",
            "expired_detail": "Please use the link in a newer message, or look for the alert in Attune.",
            "forged": "This link does not work.",
            "forged_detail": "It may have been cut off on its way. Please open it from the message again.",
            "closed": "This alert is closed.",
            "closed_detail": "You need not do anything.",
            "trouble": "This did not work, and the alert is not acknowledged.",
            "trouble_detail": "The fault is ours. Please open the link again in a moment, or tell your team.",
            "subject": "Attune: {count} alert needs you (ref {reference})",
            "open": "Open this link, then press the button. Opening it changes nothing yet:",
            "subject_many": "Attune: {count} alerts need you (ref {reference})",
            "ended": "Attune: {count} alert is closed (ref {reference})",
            "ended_many": "Attune: {count} alerts are closed (ref {reference} and others)",
            "ended_detail": "You need not do anything.",
            "confirm": "Attune: confirm this contact",
            "confirm_detail": "Give this code to whoever asked for it, or enter it in Attune. It lasts 15 minutes:",
            "confirm_short": "Attune: {code} confirms this contact.",
            "spoken_confirm": "This is Attune. The code that confirms this contact is {code}. Once more: {code}.",
            "test": "Attune: this is a test, please acknowledge it (ref {reference})",
            "spoken_test": "This is Attune. This is a test. Reference {reference}. Please acknowledge it.",
            "reply": "Or answer {code} to acknowledge.",
            "spoken": "This is Attune. {count} alert needs you. Reference {reference}. Please look at Attune now.",
            "spoken_many": "This is Attune. {count} alerts need you. Reference {reference}. Please look at Attune now.",
            "spoken_over": "This is Attune. Reference {reference} is closed. You need not do anything.",
            "stale": "This message is older than the alert's latest call.",
            "stale_detail": "The alert was raised again since. Please use the newest message, or look in Attune.",
        },
        "es": {
            "title": "Aceptar una alerta",
            "reference": "Referencia",
            "ready": "Una alerta le está esperando.",
            "ready_detail": "Al aceptarla, usted se hace cargo y no se avisa a nadie más. Aún no ha cambiado nada.",
            "button": "Aceptar",
            "done": "Usted se ha hecho cargo.",
            "done_detail": "No se avisará a nadie más. Mire en Attune de qué se trata.",
            "taken": "Esta alerta ya fue aceptada.",
            "taken_detail": "No tiene que hacer nada aquí. También puede hacerse cargo con quien la aceptó.",
            "used": "Este enlace ya se ha usado.",
            "used_detail": "Cada enlace sirve una sola vez. Busque la alerta en Attune.",
            "expired": "Este enlace ha caducado.",
            "expired_detail": "Use el enlace de un mensaje más reciente o busque la alerta en Attune.",
            "forged": "Este enlace no funciona.",
            "forged_detail": "Quizá se cortó por el camino. Ábralo de nuevo desde el mensaje.",
            "closed": "Esta alerta está cerrada.",
            "closed_detail": "No tiene que hacer nada.",
            "trouble": "No ha funcionado, y la alerta no está aceptada.",
            "trouble_detail": "El fallo es nuestro. Pruebe el enlace otra vez en un momento o avise a su equipo.",
            "subject": "Attune: {count} alerta le necesita (ref. {reference})",
            "open": "Abra este enlace y pulse el botón. Abrirlo no cambia nada todavía:",
            "subject_many": "Attune: {count} alertas le necesitan (ref. {reference})",
            "ended": "Attune: {count} alerta está cerrada (ref. {reference})",
            "ended_many": "Attune: {count} alertas están cerradas (ref. {reference} y otras)",
            "ended_detail": "No tiene que hacer nada.",
            "confirm": "Attune: confirme este contacto",
            "confirm_detail": "Dé este código a quien se lo pidió o introdúzcalo en Attune. Vale 15 minutos:",
            "confirm_short": "Attune: {code} confirma este contacto.",
            "spoken_confirm": "Le llama Attune. El código que confirma este contacto es {code}. Otra vez: {code}.",
            "test": "Attune: esto es una prueba, acéptela por favor (ref. {reference})",
            "spoken_test": "Le llama Attune. Esto es una prueba. Referencia {reference}. Acéptela, por favor.",
            "reply": "O responda {code} para aceptar.",
            "spoken": "Le llama Attune. {count} alerta le necesita. Referencia {reference}. Mire Attune ahora.",
            "spoken_many": "Le llama Attune. {count} alertas le necesitan. Referencia {reference}. Mire Attune ahora.",
            "spoken_over": "Le llama Attune. La referencia {reference} está cerrada. No tiene que hacer nada.",
            "stale": "Este mensaje es anterior al último aviso de la alerta.",
            "stale_detail": "La alerta volvió a activarse después. Use el mensaje más reciente o mire en Attune.",
        },
    }
)


@dataclass(frozen=True, slots=True)
class Text:
    """What a message says: all that a channel gets to know of alerts.

    ``over``: they are closed; ``code``: an answer with it acknowledges; ``test``: only to see that it arrives. With
    ``confirm`` it is about no alert: a code that shows that the contact is the person's.
    """

    count: int
    reference: str
    link: str
    language: str = DEFAULT_LANGUAGE
    over: bool = False
    code: str = ""
    test: bool = False
    confirm: str = ""

    @property
    def subject(self) -> str:
        """Return one line, fit for a lock screen."""
        if self.confirm:
            return PHRASES[self.language]["confirm"]
        name = "test" if self.test else ("ended" if self.over else "subject") + ("" if self.count == 1 else "_many")
        return PHRASES[self.language][name].format(count=self.count, reference=self.reference)

    def short(self) -> str:
        """Return the message for a phone's screen."""
        if self.confirm:
            return PHRASES[self.language]["confirm_short"].format(code=self.confirm)
        reply = PHRASES[self.language]["reply"].format(code=self.code) if self.code else ""
        return " ".join(part for part in (self.subject, self.link, reply) if part)

    def spoken(self) -> str:
        """Return the message as it is read out; the reference letter by letter."""
        if self.confirm:
            return PHRASES[self.language]["spoken_confirm"].format(code=" ".join(self.confirm))
        name = (
            "spoken_test"
            if self.test
            else "spoken_over"
            if self.over
            else "spoken"
            if self.count == 1
            else "spoken_many"
        )
        letters = " ".join(self.reference)
        return PHRASES[self.language][name].format(count=self.count, reference=letters)

    def body(self) -> str:
        """Return the message as plain text."""
        phrases = PHRASES[self.language]
        return _environment.get_template("message.txt").render(
            subject=self.subject, reference=self.reference, link=self.link, confirm=self.confirm, phrases=phrases
        )


def page(language: str, **values: Any) -> str:
    """Return the acknowledgement page."""
    return _environment.get_template("acknowledge.html").render(
        language=language, phrases=PHRASES[language], style=STYLE, **values
    )


# HTML is escaped; a value that a template misses is an error and not an empty place.
_environment = Environment(
    loader=PackageLoader("services.alerting"),
    autoescape=select_autoescape(("html",)),
    undefined=StrictUndefined,
    keep_trailing_newline=True,
    trim_blocks=True,
    lstrip_blocks=True,
)
# One string, so that its hash in the content security policy is that of what the page holds.
STYLE = _environment.get_template("style.css").render().strip()
