"""What may be answered, and that each refusal names its field and says what to do."""

import math
from datetime import UTC, datetime, timedelta

import pytest

from services.feedback.domain import catalogue, rules
from services.feedback.domain.forms import Answer, Rater
from services.runtime.errors import Permanent, as_permanent
from tests.unit.feedback.forms import NOW, answers, form, phq9


def refusal(broken: object) -> str:
    with pytest.raises(ValueError) as caught:
        rules.check(broken, NOW)  # type: ignore[arg-type]
    return str(caught.value)


def test_a_good_form_passes_and_comes_back_in_the_order_of_its_items() -> None:
    shuffled = form({3: 9, 1: 8.5, 2: -0.0})
    checked = rules.check(shuffled, NOW)
    assert checked.answers == answers({1: 8.5, 2: 0.0, 3: 9})
    assert math.copysign(1, checked.answers[1].value) == 1


@pytest.mark.parametrize("instrument", catalogue.INSTRUMENTS.values(), ids=lambda each: each.name)
def test_least_and_most_of_every_instrument_pass(instrument: catalogue.Instrument) -> None:
    for end in ("minimum", "maximum"):
        values = {item.number: getattr(item, end) for item in instrument.items}
        if instrument is catalogue.CHECKIN and end == "minimum":
            del values[10]  # asked only after a yes to item 9
        named = {"instrument_id": instrument.instrument_id, "instrument_version": instrument.version}
        assert len(rules.check(form(values, **named), NOW).answers) == len(values)


def test_an_unknown_rater_is_refused_and_not_taken_for_the_client() -> None:
    assert [rules.check(form(rater=rater), NOW).rater for rater in Rater] == [1, 2, 3]
    assert refusal(form(rater=4)) == "rater: 4 is not known; leave it out when the client answered"


def test_a_single_answer_of_a_partial_form_passes() -> None:
    assert rules.check(form({4: 2.5}, partial=True), NOW).partial


@pytest.mark.parametrize(
    ("values", "expected"),
    [
        ({1: 9, 2: 9, 3: 9, 4: 11}, "answers[3].value: 11 is above the maximum 10; answer between 0 and 10"),
        ({1: -0.5}, "answers[0].value: -0.5 is below the minimum 0; answer between 0 and 10"),
        ({1: 10.000000001}, "answers[0].value: 10.000000001 is above the maximum 10; answer between 0 and 10"),
        ({1: 9, 9: 0.5}, "answers[1].value: 0.5 is not a whole number; answer 0 or 1"),
        ({1: 9, 11: 4}, "answers[1].value: 4 is above the maximum 3; answer 0, 1, 2 or 3"),
        ({1: math.nan}, "answers[0].value: is not a number; answer between 0 and 10"),
        ({1: math.inf}, "answers[0].value: is not a number; answer between 0 and 10"),
        ({1: 9, 2: -math.inf}, "answers[1].value: is not a number; answer between 0 and 10"),
        ({13: 1}, "answers[0].item: attune-checkin version 1 has no item 13; items are numbered 1 to 12"),
        ({0: 1}, "answers[0].item: is missing; items are numbered 1 to 12"),
        ({}, "answers: is empty; send a form when at least one item was answered"),
        (
            {1: 9, 9: 0, 10: 1},
            "answers[2].item: item 10 is asked only when item 9 is answered 1; leave it out or correct item 9",
        ),
        (
            {10: 0},
            "answers[0].item: item 10 is asked only when item 9 is answered 1; leave it out or correct item 9",
        ),
    ],
)
def test_answers_are_refused_by_field(values: dict[int, float], expected: str) -> None:
    assert refusal(form(values)) == expected


def test_an_item_may_be_answered_once_only() -> None:
    twice = form(answers=(Answer(1, 9), Answer(3, 9), Answer(1, 9)))
    assert refusal(twice) == "answers[2].item: item 1 is answered already by answers[0]; send each item once"


def test_a_whole_range_is_told_when_its_answers_are_too_many_to_list() -> None:
    assert refusal(form({1: 8}, instrument_id="wai_s")) == (
        "answers[0].value: 8 is above the maximum 7; answer a whole number between 1 and 7"
    )


def test_what_is_not_known_is_answered_with_what_is() -> None:
    unknown = refusal(form(instrument_id="phq-9"))
    assert unknown.startswith("instrument_id: 'phq-9' is not known; known are attune-checkin, srs, ")
    assert "phq9" in unknown
    assert refusal(form(instrument_id="")).startswith("instrument_id: is missing; known are ")
    assert refusal(form(instrument_version="2")) == (
        "instrument_version: '2' of attune-checkin is not known; known are 1"
    )
    assert refusal(form(instrument_version="")) == "instrument_version: is missing; known are 1"


def test_a_long_unknown_name_is_not_repeated_in_full() -> None:
    assert len(refusal(form(instrument_id="x" * 10_000))) < 400


@pytest.mark.parametrize("name", ["site_id", "response_id", "episode_id", "session_id", "client_id"])
def test_every_id_must_be_there_and_be_one(name: str) -> None:
    assert refusal(form(**{name: ""})) == f"{name}: is missing; give the clinic's own id"
    for wrong in ("a b", "-a", "a" * 65, "a/b", "é", "a\n"):
        assert refusal(form(**{name: wrong})).startswith(f"{name}: is not an id; ")


def test_revisions_count_from_one() -> None:
    assert refusal(form(revision=0)).startswith("revision: is missing; give 1 for the first submission")
    assert refusal(form(revision=1_001)).startswith("revision: 1001 is above 1000; ")
    assert rules.check(form(revision=1_000), NOW).revision == 1_000


def test_the_time_of_submission_must_be_believable() -> None:
    assert refusal(form(submitted_at=None)).startswith("submitted_at: is missing or is not a date; ")
    assert refusal(form(submitted_at=datetime(1999, 12, 31, tzinfo=UTC))).startswith("submitted_at: is before 2000")
    ahead = NOW + timedelta(days=1)
    assert rules.check(form(submitted_at=ahead), NOW).submitted_at == ahead
    assert refusal(form(submitted_at=ahead + timedelta(milliseconds=1))).startswith("submitted_at: is before 2000 or ")


def test_a_refusal_becomes_a_permanent_error_with_the_place_in_the_event() -> None:
    with pytest.raises(Permanent) as caught, as_permanent("data"):
        rules.check(phq9(0, 0, 0, 5), NOW)
    assert caught.value.field == "data.answers[3].value"
    assert str(caught.value) == "data.answers[3].value: 5 is above the maximum 3. answer 0, 1, 2 or 3"
