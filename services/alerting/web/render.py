"""The console's pages as text, in each language; HTML is escaped, and a missing value is an error."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

from babel.dates import format_datetime, format_timedelta
from jinja2 import Environment, PackageLoader, StrictUndefined

from services.alerting.domain.access import Right
from services.runtime import assets
from services.runtime import languages as known
from services.runtime.assets import Asset

if TYPE_CHECKING:
    from services.alerting.web.door import Visit

LOCALE = Path(__file__).parent.parent / "locale"
_FILES = assets.load(Path(__file__).parent.parent / "static")
# By the name in the URL.
ASSETS: Mapping[str, Asset] = MappingProxyType({each.name: each for each in _FILES.values()})

_HEADERS: Mapping[str, str] = MappingProxyType(
    {
        "content-security-policy": (
            "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'; "
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        ),
        # So that a browser names our own origin when a form is sent, and nothing to anybody else.
        "referrer-policy": "same-origin",
        "permissions-policy": "camera=(), geolocation=(), microphone=()",
        "cross-origin-opener-policy": "same-origin",
        "cross-origin-resource-policy": "same-origin",
        "x-robots-tag": "noindex, nofollow",
        "vary": "Accept-Language, Cookie",
    }
)
# Of an SVG document: it brings its own style, and may do nothing.
CHART_HEADERS: Mapping[str, str] = MappingProxyType(
    {**_HEADERS, "content-security-policy": "default-src 'none'; style-src 'unsafe-inline'; sandbox"}
)
_YEAR = 31_536_000  # seconds


def languages() -> tuple[str, ...]:
    """Return the languages of the console, English first."""
    return known.known_languages(LOCALE)


def headers(language: str, *, secure: bool) -> dict[str, str]:
    """Return the headers of a page."""
    more = {"strict-transport-security": f"max-age={_YEAR}"} if secure else {}
    return {**_HEADERS, "content-language": language, **more}


def sign_in(language: str, *, failed: bool, username: str = "") -> str:
    """Return the page on which one signs in."""
    return _render(language, "sign-in.html", failed=failed, username=username, visit=None)


def message(language: str, kind: str, visit: "Visit | None") -> str:
    """Return a page that says one thing: unknown, forbidden, forged, refused, busy, trouble, signed-out."""
    return _render(language, "message.html", kind=kind, visit=visit)


def page(visit: "Visit", template: str, **values: Any) -> str:
    """Return a page for somebody who is signed in."""
    return _render(visit.language, template, visit=visit, **values)


def _render(language: str, template: str, *, visit: "Visit | None", **values: Any) -> str:
    return (
        _environment(language)
        .get_template(f"console/{template}")
        .render(
            language=language,
            languages=languages(),
            css=_FILES["console.css"].name,
            js=_FILES["console.js"].name,
            visit=visit,
            grant=visit.grant if visit else None,
            links=_links(visit) if visit else [],
            **values,
        )
    )


def _links(visit: "Visit") -> list[tuple[str, list[tuple[str, str]]]]:
    """Return where somebody may go: for each of their sites the pages that their rights reach."""
    found = []
    for site_id, grant in sorted(visit.visitor.account.grants.items()):
        rights = grant.rights(visit.now)
        places = (
            ("clients", Right.OWN in rights and bool(grant.therapist_id)),
            ("caseload", Right.CASELOAD in rights),
            ("overview", Right.FIGURES in rights),
            ("on-call", Right.ON_CALL in rights),
            ("audit", Right.AUDIT in rights),
            ("break-glass", Right.BREAK_GLASS in rights),
        )
        found.append((site_id, [(name, f"/console/s/{site_id}/{name}") for name, allowed in places if allowed]))
    return found


@cache
def _environment(language: str) -> Environment:
    environment = Environment(
        loader=PackageLoader("services.alerting"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        extensions=["jinja2.ext.i18n"],
    )
    environment.install_gettext_translations(  # type: ignore[attr-defined]
        known.translations(LOCALE, language), newstyle=True
    )

    def moment(at: datetime, zone: ZoneInfo, form: str = "EEE d MMM, HH:mm") -> str:
        return str(format_datetime(at, form, tzinfo=zone, locale=language))

    def ago(at: datetime, now: datetime) -> str:
        return str(format_timedelta(at - now, add_direction=True, locale=language))

    environment.filters["moment"] = moment
    environment.filters["ago"] = ago
    return environment
