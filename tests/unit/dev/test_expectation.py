"""The pure expectation from a ledger: certain ruptures are in it, whatever order the events were sent in."""

import random
from dataclasses import replace
from datetime import UTC, datetime

import pytest

from services.dev.clinics.doors import Receipt
from services.dev.clinics.profiles import CLINICS, Profile
from services.dev.clinics.publish import entry
from services.dev.clinics.story import tell
from services.dev.expectation import Expected, expect
from services.dev.ledger import Book, Expect

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
ALL = [pytest.param(profile, id=profile.site) for profile in CLINICS.values()]


def book(profile: Profile, sessions: int = 200, seed: int = 1) -> Book:
    story = tell(profile, sessions, seed, START)
    return Book(tuple(entry(profile, event, Receipt(), START) for event in story.events), story.truths)


@pytest.mark.parametrize("profile", ALL)
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_every_injected_rupture_is_expected_in_its_own_sessions(profile: Profile, seed: int) -> None:
    made = book(profile, seed=seed)
    expected = expect(made)
    for truth in made.truths:
        opened = {mark[4] for mark in expected.ruptures if mark[:2] == (truth.site, truth.episode_id)}
        assert opened & set(truth.sessions), truth


@pytest.mark.parametrize("profile", ALL)
def test_the_expectation_does_not_depend_on_order_or_repeats(profile: Profile) -> None:
    made = book(profile, 60)
    shuffled = list(made.entries)
    random.Random(1).shuffle(shuffled)
    duplicates = [replace(each, expect=Expect.DUPLICATE) for each in shuffled[:20]]
    assert expect(Book((*shuffled, *duplicates), made.truths)) == expect(made)


def test_rubbish_duplicates_and_refusals_lead_to_nothing() -> None:
    made = book(CLINICS["harbour"], 30)
    nothing = [replace(each, expect=Expect.DUPLICATE) for each in made.entries]
    nothing += [replace(each, refusal="no") for each in made.entries]
    assert expect(Book(tuple(nothing), ())) == Expected()


def test_a_risk_answer_is_expected_by_the_instruments_own_threshold() -> None:
    made = book(CLINICS["harbour"], 400)
    meant = {(each.site, str(each.data["response_id"])) for each in made.entries if each.risk}
    assert meant
    assert set(expect(made).risks) == meant
