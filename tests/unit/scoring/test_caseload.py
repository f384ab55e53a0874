"""Several clients of one therapist slip at the same time."""

from typing import Any

import bson
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.caseload import Caseload, Pattern, Rule, Word
from services.scoring.store import caseload_document
from tests.unit.scoring.builders import when

RULE = Rule(clients=3, days=28)


def word(client: str, week: float = 1, **changes: Any) -> Word:
    fields = {
        "rupture_id": f"{client}-{week}",
        "client_id": client,
        "opened_at": when(week),
        "stands": True,
        "revision": 2,
    }
    return Word(**{**fields, **changes})


def hear(*words: Word, known: Caseload | None = None) -> tuple[Caseload, list[Pattern]]:
    caseload, told = known or Caseload("site-1", "th-1"), []
    for each in words:
        heard = caseload.with_word(each)
        if heard is None:
            continue
        caseload, pattern = heard.news(RULE)
        if pattern is not None:
            told.append(pattern)
    return caseload, told


def test_three_clients_within_the_window_are_told_once() -> None:
    _, told = hear(word("a"), word("b", 2), word("c", 3), word("c", 3), word("a", revision=4))
    assert [(each.client_ids, each.first_opened_at, each.last_opened_at) for each in told] == [
        (("a", "b", "c"), when(1), when(3))
    ]


def test_one_client_with_three_ruptures_is_no_pattern() -> None:
    assert hear(word("a", 1), word("a", 2), word("a", 3))[1] == []


def test_ruptures_that_are_over_or_long_past_are_no_part_of_it() -> None:
    assert hear(word("a"), word("a", revision=4, stands=False), word("b"), word("c"))[1] == []
    assert hear(word("a", 1), word("b", 2), word("c", 5))[1] == []  # exactly 28 days before is too long ago
    assert len(hear(word("a", 1.2), word("b", 2), word("c", 5))[1]) == 1


def test_another_client_is_news_and_a_second_rupture_of_the_same_is_not() -> None:
    known, _ = hear(word("a"), word("b"), word("c"))
    assert hear(word("a", 2), known=known)[1] == []
    (told,) = hear(word("a", 2), word("d", 2), known=known)[1]
    assert told.client_ids == ("a", "b", "c", "d")


def test_the_same_clients_are_told_again_when_none_of_the_old_ruptures_is_left() -> None:
    known, _ = hear(word("a"), word("b"), word("c"))
    over = [word(client, revision=4, stands=False) for client in "abc"]
    assert len(hear(*over, word("a", 9), word("b", 9), word("c", 9), known=known)[1]) == 1


def test_an_older_word_changes_nothing() -> None:
    known, _ = hear(word("a", revision=6, stands=False))
    assert known.with_word(word("a", revision=4)) is None


def test_a_caseload_of_hundreds_of_clients_stays_a_small_document() -> None:
    """Of 800 ruptures the 500 latest are kept; an older one that comes late, or again, changes nothing."""
    caseload = Caseload("site-1", "th-1")
    for number in range(800):
        caseload = caseload.with_word(word(f"client-{number:04d}", number / 100)) or caseload
    assert sorted(caseload.words) == [f"client-{number:04d}-{number / 100}" for number in range(300, 800)]
    assert caseload.with_word(word("client-0000", 0)) is None
    assert caseload.with_word(word("client-0299", 2.99, revision=9)) is None
    told, pattern = caseload.news(RULE)
    assert pattern is not None
    # A document of MongoDB may have 16 MB.
    assert len(bson.encode(caseload_document(told))) < 150_000


@given(st.permutations([word("a"), word("a", revision=4, stands=False), word("b", 2), word("c", 3), word("d", 4)]))
def test_the_pattern_does_not_depend_on_the_order_of_the_words(words: list[Word]) -> None:
    caseload, _ = hear(*words)
    pattern = caseload.pattern(RULE)
    assert pattern is not None
    assert pattern.client_ids == ("b", "c", "d")
