"""The languages of the form: English in the code, every other one a gettext catalogue in ``locale``."""

from pathlib import Path

from babel.support import NullTranslations

from services.runtime import languages
from services.runtime.languages import SOURCE_LANGUAGE

__all__ = ["LOCALE", "SOURCE_LANGUAGE", "known_languages", "translations"]

LOCALE = Path(__file__).parent / "locale"


def known_languages() -> tuple[str, ...]:
    """Return the languages that there are texts in, English first."""
    return languages.known_languages(LOCALE)


def translations(language: str) -> NullTranslations:
    """Return the texts of a language; KeyError when there are none."""
    return languages.translations(LOCALE, language)
