"""The languages of pages: English in the code, every other one a gettext catalogue in a service's ``locale`` folder.

Adding ``locale/<language>/LC_MESSAGES/messages.po`` adds a language; catalogues are read as they are, nothing is
compiled.
"""

import io
from functools import cache
from pathlib import Path

from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po
from babel.support import NullTranslations, Translations

SOURCE_LANGUAGE = "en"


@cache
def known_languages(locale: Path) -> tuple[str, ...]:
    """Return the languages that a folder has texts in, English first."""
    found = (path.parent.parent.name for path in locale.glob("*/LC_MESSAGES/messages.po"))
    return (SOURCE_LANGUAGE, *sorted(found))


@cache
def translations(locale: Path, language: str) -> NullTranslations:
    """Return the texts of a language; KeyError when there are none."""
    if language not in known_languages(locale):
        raise KeyError(language)
    if language == SOURCE_LANGUAGE:
        return NullTranslations()
    compiled = io.BytesIO()
    with (locale / language / "LC_MESSAGES" / "messages.po").open("rb") as file:
        write_mo(compiled, read_po(file, locale=language))
    compiled.seek(0)
    return Translations(compiled)
