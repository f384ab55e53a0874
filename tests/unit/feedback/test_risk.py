"""Which answers page somebody. Golden values of the clinical reference are among them."""

import math
from datetime import UTC, datetime

import pytest

from services.feedback.domain import catalogue, risk
from services.feedback.domain.forms import Answer
from tests.unit.feedback.forms import SUBMITTED, answers, form, phq9

EVENT_TIME = datetime(2026, 3, 2, 10, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("values", "pages"),
    [
        ((1, 1, 1, 1, 1, 1, 1, 1, 1), True),
        ((3, 3, 3, 3, 3, 3, 3, 3, 0), False),  # severe by its total, and no risk answer
        ((0, 0, 0, 0, 0, 0, 0, 0, 1), True),  # total 1, the healthiest band: it pages all the same
    ],
)
def test_phq9_pages_on_its_item_and_never_on_its_total(values: tuple[float, ...], pages: bool) -> None:
    flag = risk.seen(phq9(*values), EVENT_TIME)
    assert (flag is not None) is pages
    if flag is not None:
        assert flag.items == (9,)


@pytest.mark.parametrize("instrument", catalogue.INSTRUMENTS.values(), ids=lambda each: each.name)
def test_every_item_flags_from_its_threshold_and_no_other_item_does(instrument: catalogue.Instrument) -> None:
    named = {"instrument_id": instrument.instrument_id, "instrument_version": instrument.version}
    for item in instrument.items:
        threshold = instrument.risk.get(item.number)
        alone = risk.seen(form({item.number: item.maximum}, partial=True, **named), EVENT_TIME)
        assert (alone is not None) is (threshold is not None)
        if threshold is not None:
            below = form({item.number: threshold - 1}, **named)
            assert risk.seen(below, EVENT_TIME) is None
            assert risk.seen(form({item.number: threshold}, **named), EVENT_TIME) is not None


def test_a_flag_says_whose_it_is_and_which_items_but_no_answer() -> None:
    values = {6: 2, 9: 1, 16: 4, 22: 1, 24: 0, 34: 0}
    flag = risk.seen(form(values, instrument_id="core_om", revision=3), EVENT_TIME)
    assert flag is not None
    assert flag.items == (6, 9, 16)
    assert (flag.site_id, flag.episode_id, flag.session_id, flag.client_id) == ("harbour", "ep-1", "se-1", "cl-1")
    assert (flag.response_id, flag.instrument_id, flag.submitted_at) == ("re-1", "core_om", SUBMITTED)


def test_the_same_form_is_the_same_flag_and_any_other_is_another() -> None:
    base = form({11: 1})
    flags = [
        risk.seen(each, EVENT_TIME)
        for each in (
            base,
            form({11: 3, 1: 2}, partial=True),
            form({11: 1}, revision=2),
            form({11: 1}, response_id="re-2"),
            form({11: 1}, site_id="other"),
            # A clinic's mistake, one response id for two clients: both must be paged.
            form({11: 1}, client_id="cl-2"),
            form({11: 1}, episode_id="ep-2"),
        )
    ]
    ids = [flag.flag_id for flag in flags if flag is not None]
    assert len(ids) == 7
    assert ids[0] == ids[1]
    assert len(set(ids)) == 6


@pytest.mark.parametrize(
    "broken",
    [
        form({1: 11, 11: 1}),
        form({11: 1}, revision=0),
        form({11: 1}, submitted_at=None),
        form({11: 1}, session_id="not an id"),
        form({11: 1}, client_id=""),
        form({11: 4}),
        form({11: 1.5}),
        form(answers=(Answer(11, 0), Answer(11, 2))),
        form({10: 1, 11: 1}),
        form({99: 1, 11: 1}),
        form({1: math.nan, 11: 1}),
        form({11: 1}, instrument_version="9"),
        form({11: 1}, instrument_version=""),
    ],
)
def test_a_form_that_will_be_refused_still_raises_its_flag(broken: object) -> None:
    flag = risk.seen(broken, EVENT_TIME)  # type: ignore[arg-type]
    assert flag is not None
    assert flag.items == (11,)


def test_what_a_broken_form_does_not_say_is_left_out_of_its_flag() -> None:
    flag = risk.seen(form({11: 1}, session_id="not an id", client_id="", submitted_at=None), EVENT_TIME)
    assert flag is not None
    assert (flag.session_id, flag.client_id, flag.submitted_at) == ("", "", EVENT_TIME)


@pytest.mark.parametrize(
    "hopeless",
    [
        form({11: math.nan}),
        form({11: math.inf}),
        form({11: 1}, instrument_id="nobody-knows"),
        form({11: 1}, episode_id=""),
        form({11: 1}, response_id="a b"),
        form(answers=answers({})),
    ],
)
def test_without_a_number_a_known_item_or_a_place_there_is_no_flag(hopeless: object) -> None:
    assert risk.seen(hopeless, EVENT_TIME) is None  # type: ignore[arg-type]
