"""The strategies, declared. Their wording is ours, in ``english`` and ``spanish``, by id.

Which circumstances a strategy fits is our content model (own), after the table of clinical reference 2.7: misattunement
for being heard and empathy, safety for trust, disagreement for goals, fit for tasks, distance for genuineness, burden
for pace. When it fits follows S28 (``Phase``). Repair strategies combine in varied order, there is no fixed sequence
(PMC9712586), so a choice is a set and not a path.
"""

from __future__ import annotations

from dataclasses import dataclass

from services.scoring.domain.guidance import sources
from services.scoring.domain.guidance.circumstances import (
    Barrier,
    Circumstance,
    Homework,
    Phase,
    RuptureType,
    Style,
)
from services.scoring.domain.guidance.sources import Source
from services.scoring.domain.instruments import Facet

_NOW = frozenset({Phase.TAKING_UP})
_LATER = frozenset({Phase.LATER})
_BOTH = frozenset(Phase)

_WITHDRAWAL, _CONFRONTATION = RuptureType.WITHDRAWAL, RuptureType.CONFRONTATION
_FEAR, _HARM = Barrier.FEAR_OF_JUDGEMENT, Barrier.PAST_HARM


@dataclass(frozen=True, slots=True)
class Strategy:
    """One thing that a therapist may try. It fits best under ``fits``, is left out under any of ``unless``, and is
    worth a thought whatever the circumstances when it is ``general``.
    """

    id: str
    phases: frozenset[Phase]
    source: Source
    fits: frozenset[Circumstance]
    unless: frozenset[Circumstance] = frozenset()
    general: bool = False


def _strategy(
    id: str,
    phases: frozenset[Phase],
    source: Source,
    *fits: Circumstance,
    unless: tuple[Circumstance, ...] = (),
    general: bool = False,
) -> Strategy:
    return Strategy(id, phases, source, frozenset(fits), frozenset(unless), general)


# In the order in which they are offered when they fit equally well.
STRATEGIES = (
    # Listening, and making room for what happened
    _strategy("reflect-feelings", _NOW, sources.EMPATHY, Facet.EMPATHY, Facet.BEING_HEARD, _WITHDRAWAL),
    _strategy("summarise", _NOW, sources.EXPERTS, Facet.BEING_HEARD, Facet.EMPATHY, Barrier.LANGUAGE),
    _strategy("validate", _NOW, sources.EXPERTS, Facet.RESPECT, Facet.EMPATHY, _CONFRONTATION, _HARM, general=True),
    _strategy("explore", _NOW, sources.EXPERTS, Facet.BEING_HEARD, Facet.GENUINENESS, general=True),
    _strategy("name-tentatively", _NOW, sources.OWN, Facet.TRUST, Facet.GENUINENESS, _WITHDRAWAL),
    _strategy("own-part", _BOTH, sources.RESOLUTION, Facet.RESPECT, Facet.TRUST, Facet.GENUINENESS, _CONFRONTATION),
    _strategy("respect-defence", _NOW, sources.RESOLUTION, _WITHDRAWAL, _CONFRONTATION, _HARM, _FEAR),
    _strategy("say-how-it-felt", _NOW, sources.RESOLUTION, Facet.GENUINENESS, Style.DIRECT, unless=(_HARM, _FEAR)),
    _strategy("stay-with-complaint", _NOW, sources.ADOLESCENTS, _CONFRONTATION, Facet.RESPECT),
    _strategy("open-the-quiet", _NOW, sources.ADOLESCENTS, _WITHDRAWAL, Style.INDIRECT),
    _strategy(
        "pause-to-check", _LATER, sources.EMPATHY, Facet.EMPATHY, Facet.BEING_HEARD, Barrier.LANGUAGE, general=True
    ),
    # Safety and clear terms
    _strategy("clear-misunderstanding", _NOW, sources.RESOLUTION, Facet.EXPECTATIONS, Barrier.LANGUAGE),
    _strategy("client-sets-pace", _NOW, sources.OWN, Facet.PACE_SAFETY, Facet.TRUST, _HARM, _FEAR),
    _strategy("confidentiality", _BOTH, sources.OWN, Facet.TRUST, Facet.PACE_SAFETY, _FEAR),
    _strategy("boundaries", _BOTH, sources.EXPECTATIONS, Facet.EXPECTATIONS, Facet.TRUST, Barrier.PRACTICAL),
    _strategy("welcome-criticism", _NOW, sources.OWN, _FEAR, Facet.RESPECT),
    _strategy("earlier-hurt", _BOTH, sources.OWN, _HARM),
    _strategy("agree-a-stop", _LATER, sources.OWN, Facet.PACE_SAFETY, _HARM),
    _strategy("small-agreements", _LATER, sources.OWN, Facet.TRUST, Facet.RESPECT, Facet.EXPECTATIONS),
    # Goals, tasks and what is asked between sessions
    _strategy("ask-goals", _NOW, sources.GOALS, Facet.GOALS),
    _strategy("renegotiate-goals", _LATER, sources.RESOLUTION, Facet.GOALS),
    _strategy("rationale", _BOTH, sources.RESOLUTION, Facet.TASKS, Facet.GOALS, Facet.EXPECTATIONS),
    _strategy("ask-preferences", _NOW, sources.PREFERENCES, Facet.TASKS, Facet.PACE_SAFETY),
    _strategy("change-task", _LATER, sources.RESOLUTION, Facet.TASKS, Facet.GOALS),
    _strategy("return-to-task", _LATER, sources.RESOLUTION, Facet.TASKS),
    _strategy("decide-together", _LATER, sources.COLLABORATION, Facet.TASKS, Facet.GOALS, Facet.PACE_SAFETY),
    _strategy(
        "ask-what-got-in-the-way",
        _NOW,
        sources.HOMEWORK,
        Homework.NOT_DONE,
        unless=(Homework.NONE_ASKED, Homework.DONE),
    ),
    _strategy(
        "lighter-homework",
        _LATER,
        sources.HOMEWORK,
        Homework.NOT_DONE,
        Facet.PACE_SAFETY,
        Facet.TASKS,
        unless=(Homework.NONE_ASKED,),
    ),
    # Openness
    _strategy("transparency", _BOTH, sources.GENUINENESS, Facet.GENUINENESS, Facet.EXPECTATIONS, Style.DIRECT),
    _strategy("invite-feedback", _BOTH, sources.FEEDBACK, Facet.RESPECT, Facet.BEING_HEARD, general=True),
    _strategy("plain-question", _NOW, sources.OWN, Style.DIRECT, _CONFRONTATION, unless=(_HARM,)),
    _strategy("other-ways-to-say", _BOTH, sources.OWN, Style.INDIRECT, _WITHDRAWAL, _FEAR),
    # Culture, language, and what is hard in practice
    _strategy("ask-about-culture", _BOTH, sources.CULTURE, Barrier.CULTURE),
    _strategy("adapt-to-culture", _LATER, sources.CULTURE, Barrier.CULTURE, Facet.RESPECT),
    _strategy("make-words-easy", _BOTH, sources.OWN, Barrier.LANGUAGE),
    _strategy("communication-differences", _BOTH, sources.OWN, Barrier.CULTURE, Barrier.LANGUAGE, Style.INDIRECT),
    _strategy("practical-hurdles", _BOTH, sources.OWN, Barrier.PRACTICAL),
    # Later, and for the therapist
    _strategy("wider-patterns", _LATER, sources.EXPERTS, _WITHDRAWAL, _CONFRONTATION, general=True),
    _strategy("supervision", _BOTH, sources.OWN, _CONFRONTATION, Barrier.CULTURE, _HARM, _FEAR, general=True),
    _strategy("own-strain", _BOTH, sources.THERAPIST, Facet.EMPATHY, Facet.GENUINENESS, _CONFRONTATION),
)
