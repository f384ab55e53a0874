"""The languages that there are words in."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from services.scoring.domain.guidance.english import ENGLISH
from services.scoring.domain.guidance.spanish import SPANISH
from services.scoring.domain.guidance.wording import Words

DEFAULT_LANGUAGE = "en"
LANGUAGES: Mapping[str, Words] = MappingProxyType({"en": ENGLISH, "es": SPANISH})
