"""Ideas for repair, as the gRPC door tells them: for every rupture that is open now."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from attune.scoring.v1 import guidance_pb2 as api

from services.runtime.errors import Permanent
from services.scoring.domain import inputs
from services.scoring.domain.guidance import (
    DEFAULT_LANGUAGE,
    LANGUAGES,
    Homework,
    Phase,
    RuptureType,
    Suggestion,
    ideas,
)
from services.scoring.domain.instruments import Facet
from services.scoring.domain.known import Known
from services.scoring.domain.ruptures import Rupture, Status

_TYPES: Mapping[int, RuptureType] = MappingProxyType(
    {
        api.RUPTURE_TYPE_WITHDRAWAL: RuptureType.WITHDRAWAL,
        api.RUPTURE_TYPE_CONFRONTATION: RuptureType.CONFRONTATION,
    }
)
_TOLD: Mapping[inputs.Homework, Homework] = MappingProxyType(
    {
        inputs.Homework.NONE_ASKED: Homework.NONE_ASKED,
        inputs.Homework.FULLY: Homework.DONE,
        inputs.Homework.PARTLY: Homework.DONE,
        inputs.Homework.NOT_DONE: Homework.NOT_DONE,
    }
)
_PHASES: Mapping[Phase, api.RepairPhase] = MappingProxyType(
    {Phase.TAKING_UP: api.REPAIR_PHASE_TAKING_UP, Phase.LATER: api.REPAIR_PHASE_LATER}
)


def spoken(language: str) -> str:
    """The language of the ideas; Permanent when there are no words in it."""
    if (language or DEFAULT_LANGUAGE) not in LANGUAGES:
        raise Permanent("language", f"there are no ideas in {language!r}", f"Ask for one of {', '.join(LANGUAGES)}.")
    return language or DEFAULT_LANGUAGE


def of_open(rupture: Rupture, known: Known, seen: int, language: str) -> api.RepairIdeas | None:
    """The ideas for one rupture; None when it is over. ``seen`` is the clinician's rupture type, as on the wire."""
    if rupture.status is not Status.OPEN:
        return None
    facet = Facet(rupture.facet) if rupture.facet else None
    offered = ideas(facet, known.background, _homework(known), _TYPES.get(seen), language)
    return api.RepairIdeas(
        rupture_id=rupture.rupture_id,
        heading=LANGUAGES[language].heading,
        ideas=[_idea(each, language) for each in offered],
    )


def _homework(known: Known) -> Homework | None:
    """What became of it at the last session that says so."""
    told = [each for each in known.inputs().sessions if each.homework in _TOLD]
    last = max(told, key=lambda session: (session.scheduled_at, session.session_id), default=None)
    return None if last is None else _TOLD[last.homework]


def _idea(suggestion: Suggestion, language: str) -> api.RepairIdea:
    return api.RepairIdea(
        strategy_id=suggestion.strategy_id,
        phase=_PHASES[suggestion.phase],
        phase_text=LANGUAGES[language].phases[suggestion.phase],
        text=suggestion.text,
        why=suggestion.why,
        source=str(suggestion.source),
        source_confirmed=suggestion.source.confirmed,
    )
