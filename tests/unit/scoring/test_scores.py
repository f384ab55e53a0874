"""The rules of scoring that hold for every key: what may be missing, what may be answered."""

import pytest

from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.instruments import Instrument, Kind
from services.scoring.domain.population import DEFAULTS
from services.scoring.domain.scores import risks, score
from tests.unit.scoring.builders import checkin

SCORABLE = [key for key in CATALOGUE.values() if key.scorable]
MAY_MISS = {"srs": 0, "ors": 0, "who5": 0, "core_om": 3}  # all others one


def mixed(key: Instrument) -> dict[int, float]:
    """Lowest, highest and between in turn."""
    middle = key.item_min + 1
    return {item: (key.item_min, middle, key.item_max)[item % 3] for item in range(1, key.items + 1)}


def turned(key: Instrument, answers: dict[int, float]) -> list[float]:
    return [key.item_min + key.item_max - value if item in key.reverse else value for item, value in answers.items()]


def test_the_checkin_is_the_mean_of_its_eight_items_alone() -> None:
    scored = score(CATALOGUE["attune-checkin"], checkin(8, tension=True, resolved=False, item5=2, item11=3, item12=1))
    assert scored.total == 7.25
    assert scored.facets["goals"] == 2
    assert scored.facets["expectations"] == 1
    assert (scored.tension, scored.resolved) == (True, False)
    assert (scored.missing, scored.refused, scored.prorated) == ((), {}, False)


@pytest.mark.parametrize("key", SCORABLE, ids=lambda key: key.id)
def test_what_may_be_missing_counts_as_the_mean_of_the_others_and_one_more_is_too_many(key: Instrument) -> None:
    allowed = MAY_MISS.get(key.id, 1)
    answers = mixed(key)
    for _ in range(allowed):
        answers.popitem()
    scored = score(key, answers)
    mean = sum(turned(key, answers)) / len(answers)
    assert scored.total == pytest.approx(key.total_of(mean), abs=1e-6)
    assert scored.prorated == bool(allowed)
    assert scored.missing == tuple(range(key.items - allowed + 1, key.items + 1))
    answers.popitem()
    scored = score(key, answers)
    assert (scored.total, scored.band, scored.prorated) == (None, "", False)
    assert f"{allowed + 1} of {key.items} items are missing" in scored.refused["total"]


@pytest.mark.parametrize("key", SCORABLE, ids=lambda key: key.id)
def test_no_single_answer_ever_makes_a_total(key: Instrument) -> None:
    for item in range(1, key.items + 1):
        for value in (key.item_min, key.item_max):
            assert score(key, {item: value}).total is None
    assert score(key, {}).total is None


@pytest.mark.parametrize("key", [key for key in SCORABLE if key.subscales], ids=lambda key: key.id)
def test_a_subscale_may_miss_one_item_where_the_form_may_and_says_so_otherwise(key: Instrument) -> None:
    for name, items in key.subscales.items():
        answers = mixed(key)
        del answers[items[0]]
        scored = score(key, answers)
        if key.max_missing == 0:
            assert name not in scored.subscales
            assert name in scored.refused
            continue
        others = [value for item, value in zip(answers, turned(key, answers), strict=True) if item in items]
        mean = sum(others) / len(others)
        assert scored.subscales[name] == pytest.approx(
            mean * len(items) if key.method == "sum" else key.total_of(mean), abs=1e-6
        )
        del answers[items[1]]
        assert name in score(key, answers).refused


def test_the_questions_beside_the_total_are_read_on_an_unfinished_form() -> None:
    scored = score(CATALOGUE["attune-checkin"], {9: 1.0, 11: 2.0})
    assert (scored.total, scored.tension) == (None, True)
    assert [risk.item for risk in risks(CATALOGUE["attune-checkin"], {9: 1.0, 11: 2.0})] == [11]


@pytest.mark.parametrize(
    ("instrument_id", "form", "place"),
    [
        ("attune-checkin", {1: 11.0}, "item 1 is not between 0 and 10"),
        ("attune-checkin", {1: -0.5}, "item 1"),
        ("attune-checkin", {9: 2.0}, "item 9"),
        ("attune-checkin", {9: 0.5}, "item 9 is not a whole number"),
        ("attune-checkin", {1: float("nan")}, "item 1"),
        ("attune-checkin", {1: float("inf")}, "item 1"),
        ("attune-checkin", {13: 1.0}, "no item 13"),
        ("phq9", {1: 1.5}, "item 1 is not a whole number"),
        ("phq9", {9: 4.0}, "item 9 is not between 0 and 3"),
        ("wai_sr", {1: 0.0}, "item 1 is not between 1 and 5"),
        ("phq9", {0: 1.0}, "no item 0"),
    ],
)
def test_an_answer_that_cannot_be_is_named(instrument_id: str, form: dict[int, float], place: str) -> None:
    with pytest.raises(ValueError, match=place):
        score(CATALOGUE[instrument_id], form)


def test_analogue_scales_take_any_number_in_their_range() -> None:
    assert score(CATALOGUE["attune-checkin"], checkin(7.35)).total == 7.35


def test_every_alliance_measure_has_a_population_and_says_when_it_is_assumed() -> None:
    for key in CATALOGUE.values():
        assert (key.id in DEFAULTS) == (key.kind is Kind.ALLIANCE and key.scorable)
    assert {name for name, population in DEFAULTS.items() if not population.assumed} == {"srs", "wai_sr"}
    assert DEFAULTS["attune-checkin"].mean == pytest.approx(9.225)
    assert all("ssumption" in population.provenance for population in DEFAULTS.values() if population.assumed)
