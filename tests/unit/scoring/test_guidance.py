"""Ideas for repair: always several, each with its source and a reason, none of them an order."""

import re
from collections.abc import Iterator
from itertools import chain, combinations, product

import pytest

from services.scoring.domain.guidance import (
    LANGUAGES,
    STRATEGIES,
    Background,
    Barrier,
    Homework,
    Phase,
    RuptureType,
    Style,
    Suggestion,
    ideas,
    suggest,
)
from services.scoring.domain.guidance.circumstances import Circumstance
from services.scoring.domain.instruments import Facet

BARRIERS = list(chain.from_iterable(combinations(Barrier, size) for size in range(len(Barrier) + 1)))
REST = list(product((None, *Style), (None, *Homework), (None, *RuptureType), Phase))
# An idea is offered: it has one of these somewhere, and none of those anywhere.
OFFERS = {
    "en": re.compile(r"\b(might|can|may|some therapists|possibility)\b", re.IGNORECASE),
    "es": re.compile(r"\b(podría[n]?|puede|posibilidad|hay terapeutas|quizá)\b", re.IGNORECASE),
}
ORDERS = {
    "en": re.compile(r"\b(must|should|shall|have to|need to|always|never|make sure|do not|don't)\b", re.IGNORECASE),
    "es": re.compile(r"\b(debe|debería|hay que|tiene que|siempre|nunca|asegúrese|no haga)\b", re.IGNORECASE),
}
DIAGNOSES = re.compile(
    r"\b(disorder|diagnos|depress|anxi|borderline|narciss|personality|resistan|trastorno|depres|ansie|personalidad|resisten)",
    re.IGNORECASE,
)


def every() -> Iterator[tuple[Suggestion, ...]]:
    for facet, barriers, (style, homework, seen, phase) in product((None, *Facet), BARRIERS, REST):
        yield suggest(facet, barriers, style, homework, seen, phase)


def test_every_combination_gives_several_different_ideas_with_a_source_and_a_reason() -> None:
    for chosen in every():
        assert len(chosen) == 3
        assert len({each.strategy_id for each in chosen}) == 3
        assert all(each.text and each.source.work and each.why for each in chosen)


def test_two_are_the_least_that_can_be_asked_for() -> None:
    assert len(suggest(Facet.GOALS, count=2)) == 2
    with pytest.raises(ValueError, match="count: 1 would read as an instruction"):
        suggest(Facet.GOALS, count=1)


@pytest.mark.parametrize("language", LANGUAGES)
def test_texts_offer_and_neither_order_nor_diagnose(language: str) -> None:
    words = LANGUAGES[language]
    assert set(words.strategies) == {strategy.id for strategy in STRATEGIES}
    assert set(words.reasons) == {*Facet, *Barrier, *Style, Homework.NOT_DONE, *RuptureType}
    assert set(words.reasons) == {each for strategy in STRATEGIES for each in strategy.fits}
    assert set(words.phases) == set(Phase)
    for text in words.strategies.values():
        assert OFFERS[language].search(text), text
        assert not ORDERS[language].search(text), text
        assert not DIAGNOSES.search(text), text
        assert text.endswith((".", "?"))
    assert len(set(words.strategies.values())) == len(STRATEGIES)


def test_the_languages_say_the_same_things() -> None:
    for phase in Phase:
        english = suggest(Facet.TRUST, [Barrier.LANGUAGE], phase=phase, language="en")
        spanish = suggest(Facet.TRUST, [Barrier.LANGUAGE], phase=phase, language="es")
        assert [each.strategy_id for each in english] == [each.strategy_id for each in spanish]
        assert all(one.text != other.text for one, other in zip(english, spanish, strict=True))
    with pytest.raises(ValueError, match="language: there are no words in 'fr'; ask for one of en, es"):
        suggest(Facet.TRUST, language="fr")


def test_experts_rule_change_oriented_strategies_are_for_later_sessions_only() -> None:
    """S28: validating and exploring belong to the session of the rupture; changing patterns to later ones."""
    phases = {strategy.id: strategy.phases for strategy in STRATEGIES}
    for change in ("wider-patterns", "change-task", "renegotiate-goals", "lighter-homework", "adapt-to-culture"):
        assert phases[change] == {Phase.LATER}
    for exploring in ("validate", "explore", "summarise", "reflect-feelings", "name-tentatively"):
        assert phases[exploring] == {Phase.TAKING_UP}


@pytest.mark.parametrize(
    ("facet", "expected"),
    [
        (Facet.BEING_HEARD, {"reflect-feelings", "summarise"}),
        (Facet.EMPATHY, {"reflect-feelings", "summarise", "validate"}),
        (Facet.TRUST, {"name-tentatively", "client-sets-pace", "confidentiality", "boundaries", "own-part"}),
        (Facet.GOALS, {"ask-goals", "rationale"}),
        (Facet.TASKS, {"rationale", "ask-preferences"}),
        (Facet.GENUINENESS, {"own-part", "transparency", "name-tentatively", "explore", "say-how-it-felt"}),
        (Facet.PACE_SAFETY, {"client-sets-pace", "ask-preferences", "confidentiality"}),
    ],
)
def test_the_facet_that_fell_leads_to_its_theme(facet: Facet, expected: set[str]) -> None:
    """The table of clinical reference 2.7: the first two are of the facet's theme."""
    first = suggest(facet)[:2]
    assert {each.strategy_id for each in first} <= expected
    assert all(LANGUAGES["en"].reasons[facet] in each.why for each in first)


@pytest.mark.parametrize("facet", Facet)
@pytest.mark.parametrize("phase", Phase)
@pytest.mark.parametrize("known", [*Barrier, *Style, *RuptureType, Homework.NOT_DONE])
def test_whatever_is_known_is_answered_to(facet: Facet, phase: Phase, known: Circumstance) -> None:
    chosen = suggest(
        facet,
        [known] if isinstance(known, Barrier) else (),
        known if isinstance(known, Style) else None,
        known if isinstance(known, Homework) else None,
        known if isinstance(known, RuptureType) else None,
        phase,
    )
    if phase is Phase.TAKING_UP or not isinstance(known, Style):
        assert any(LANGUAGES["en"].reasons[known] in each.why for each in chosen)
    assert any(LANGUAGES["en"].reasons[facet] in each.why for each in chosen)


def test_the_type_is_never_a_reason_unless_the_clinician_set_it() -> None:
    told = [LANGUAGES["en"].reasons[seen] for seen in RuptureType]
    for facet, barriers in product((None, *Facet), BARRIERS):
        for each in ideas(facet, Background(barriers, Style.INDIRECT)):
            assert not any(reason in each.why for reason in told)


def test_what_does_not_fit_a_circumstance_is_left_out() -> None:
    for phase in Phase:
        for facet in Facet:
            hurt = suggest(facet, [Barrier.PAST_HARM], Style.DIRECT, phase=phase, count=20)
            assert not {"say-how-it-felt", "plain-question"} & {each.strategy_id for each in hurt}
            none = suggest(facet, homework=Homework.NONE_ASKED, phase=phase, count=20)
            assert not {"lighter-homework", "ask-what-got-in-the-way"} & {each.strategy_id for each in none}


def test_a_rupture_gets_ideas_for_both_phases_and_none_twice() -> None:
    for facet in (None, *Facet):
        offered = ideas(facet)
        assert [each.phase for each in offered] == [Phase.TAKING_UP] * 3 + [Phase.LATER] * 3
        assert len({each.strategy_id for each in offered}) == 6


def test_every_strategy_is_offered_under_some_circumstances() -> None:
    offered = {each.strategy_id for chosen in every() for each in chosen}
    assert offered == {strategy.id for strategy in STRATEGIES}


def test_order_of_barriers_does_not_matter() -> None:
    barriers = [Barrier.PAST_HARM, Barrier.CULTURE, Barrier.LANGUAGE]
    assert suggest(Facet.TRUST, barriers) == suggest(Facet.TRUST, barriers[::-1])
