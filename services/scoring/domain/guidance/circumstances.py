"""What a choice of ideas depends on, and what intake tells of it. None stands for "not known" everywhere."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from services.scoring.domain.instruments import Facet


class Barrier(StrEnum):
    """What may stand between the client and the therapy, as noted at intake."""

    LANGUAGE = "language"
    CULTURE = "culture"
    FEAR_OF_JUDGEMENT = "fear_of_judgement"
    PAST_HARM = "past_harm"
    PRACTICAL = "practical"


class Style(StrEnum):
    """How the client says what is difficult to say, as noted at intake."""

    DIRECT = "direct"
    INDIRECT = "indirect"


class Homework(StrEnum):
    """What became of what was asked for between sessions, at the last session that says so."""

    NONE_ASKED = "none_asked"
    DONE = "done"  # at least partly
    NOT_DONE = "not_done"


class RuptureType(StrEnum):
    """What the clinician saw. Never inferred: ratings do not tell the two apart (clinical reference 0.11)."""

    WITHDRAWAL = "withdrawal"
    CONFRONTATION = "confrontation"


class Phase(StrEnum):
    """When an idea fits. Experts keep the two apart (S28): validating the client's experience and exploring the
    rupture belong to the session in which it is worked on, change-oriented strategies to later ones.
    """

    TAKING_UP = "taking_up"
    LATER = "later"


Circumstance = Facet | Barrier | Style | Homework | RuptureType


@dataclass(frozen=True, slots=True)
class Background:
    """What intake agreed with the client, as far as ideas depend on it; never its free text."""

    barriers: tuple[Barrier, ...] = ()
    style: Style | None = None


UNKNOWN = Background()
