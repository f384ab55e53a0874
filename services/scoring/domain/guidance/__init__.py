"""Ideas for repairing a rupture: a declared catalogue, and a choice from it.

They are offered to the clinician, who knows the client; always several, each with its source and why it was chosen, and
never a directive. They are no diagnosis, and nothing of them is shown to the client.
"""

from services.scoring.domain.guidance.catalogue import STRATEGIES, Strategy
from services.scoring.domain.guidance.circumstances import (
    UNKNOWN,
    Background,
    Barrier,
    Homework,
    Phase,
    RuptureType,
    Style,
)
from services.scoring.domain.guidance.sources import Source
from services.scoring.domain.guidance.suggest import Suggestion, ideas, suggest
from services.scoring.domain.guidance.words import DEFAULT_LANGUAGE, LANGUAGES

__all__ = [
    "DEFAULT_LANGUAGE",
    "LANGUAGES",
    "STRATEGIES",
    "UNKNOWN",
    "Background",
    "Barrier",
    "Homework",
    "Phase",
    "RuptureType",
    "Source",
    "Strategy",
    "Style",
    "Suggestion",
    "ideas",
    "suggest",
]
