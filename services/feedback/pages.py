"""The pages that clients see, in each language; HTML is escaped, and a missing value is an error."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from babel.core import Locale
from babel.dates import format_datetime
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.feedback.domain.forms import Rater
from services.feedback.domain.remarks import MAX_COMMENT
from services.feedback.domain.requests import Visibility
from services.feedback.languages import translations
from services.feedback.sheets import Section, Sheet, section
from services.feedback.sites import Site
from services.feedback.wording import Question, Scale, Tick
from services.runtime import assets
from services.runtime.assets import Asset

_FILES = assets.load(Path(__file__).parent / "static")
# By the name in the URL.
ASSETS: Mapping[str, Asset] = MappingProxyType({each.name: each for each in _FILES.values()})


@dataclass(frozen=True, slots=True)
class Shown:
    """The form as one client sees it."""

    site: Site
    sheets: tuple[Sheet, ...]
    # Who is asked.
    rater: int
    visibility: Visibility
    ticket: str
    # The page on which a client wants no more messages.
    stop: str
    # Names the answers that the browser keeps until they are sent; tells nobody the link.
    draft: str
    # Fields as they were sent, when the form is shown again.
    filled: Mapping[str, str]
    # Why it is shown again: "" (it is not), "empty", "only-words", "required", "unsaved", "busy".
    problem: str = ""
    # Whether it is shown on a screen that many use.
    kiosk: bool = False


def form(language: str, shown: Shown, expires_at: datetime | None) -> str:
    """Return the form."""
    return _render(
        language,
        "form.html",
        site=shown.site,
        shown=shown,
        sections=_sections(language, shown),
        until=_until(language, shown.site, expires_at) if expires_at else "",
        risk_answered=False,
        kiosk=shown.kiosk,
        max_comment=MAX_COMMENT,
    )


def _sections(language: str, shown: Shown) -> tuple[Section, ...]:
    translate = translations(language).gettext
    safety = shown.site.safety_question
    return tuple(section(each, language, translate, safety_question=safety) for each in shown.sheets)


def message(
    language: str,
    kind: str,
    site: Site | None,
    visibility: Visibility,
    *,
    rater: int = Rater.CLIENT,
    risk_answered: bool = False,
    kiosk: bool = False,
    ended: str = "",
) -> str:
    """Return a page that says one thing: thanks, expired, withdrawn, unknown, trouble, busy, invalid, stop, stopped.

    ``ended`` names the answers that the browser need not keep any more, as ``Shown.draft`` does.
    """
    return _render(
        language,
        "message.html",
        kind=kind,
        site=site,
        visibility=visibility.value,
        by_client=rater == Rater.CLIENT,
        risk_answered=risk_answered,
        kiosk=kiosk,
        ended=ended,
    )


def kiosk(language: str, site: Site | None, problem: str, link: str, code: str) -> str:
    """Return a page of the screen in a waiting room; ``code`` is the SVG of the link's QR code."""
    return _render(language, "kiosk.html", site=site, problem=problem, link=link, code=code, kiosk=True)


def languages_with_names(site: Site) -> list[tuple[str, str]]:
    """Return the site's languages with their own names."""
    return [(each, (Locale.parse(each).get_display_name(each) or each).capitalize()) for each in site.languages]


def _until(language: str, site: Site, at: datetime) -> str:
    return str(format_datetime(at, "EEEE d MMMM, HH:mm", tzinfo=site.zone, locale=language))


def _render(language: str, template: str, **values: Any) -> str:
    return (
        _environment(language)
        .get_template(template)
        .render(
            language=language,
            css=_FILES["form.css"].name,
            js=_FILES["form.js"].name,
            kiosk_js=_FILES["kiosk.js"].name,
            **values,
        )
    )


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("services.feedback"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(translations(language), newstyle=True)  # type: ignore[attr-defined]
    environment.filters["paragraphs"] = lambda text: [part.strip() for part in text.split("\n\n") if part.strip()]
    environment.filters["dialled"] = lambda number: "".join(each for each in number if each.isdigit() or each in "+*#")
    environment.globals["languages_with_names"] = languages_with_names
    environment.filters["amount"] = lambda value: f"{value:g}"
    environment.tests["scale"] = lambda text: isinstance(text, Scale)
    environment.tests["tick"] = lambda text: isinstance(text, Tick)
    environment.tests["question"] = lambda part: isinstance(part, Question)
    return environment
