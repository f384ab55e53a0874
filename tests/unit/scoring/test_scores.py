"""Scoring keys against hand-worked cases, and the traps of the reference."""

import pytest

from services.feedback.domain import catalogue as feedback
from services.scoring.domain.catalogue import CATALOGUE, find
from services.scoring.domain.instruments import Kind
from services.scoring.domain.population import DEFAULTS
from services.scoring.domain.scores import score
from tests.unit.scoring.builders import checkin


def answers(instrument_id: str, value: float, **changes: float) -> dict[int, float]:
    filled = dict.fromkeys(range(1, CATALOGUE[instrument_id].items + 1), value)
    return filled | {int(name.removeprefix("item")): each for name, each in changes.items()}


@pytest.mark.parametrize(
    ("instrument_id", "low", "high"),
    [
        ("attune-checkin", 0, 10),
        ("srs", 0, 40),
        ("wai_sr", 12, 60),
        ("wai_s", 12, 84),
        ("wai_36", 36, 252),
        ("sai", 0, 5),
        ("arm5", 1, 7),
        ("haq2", 1, 6),
        ("ors", 0, 40),
        ("phq9", 0, 27),
        ("gad7", 0, 21),
        ("core10", 0, 40),
        ("core_om", 0, 40),
        ("oq45", 0, 180),
        ("who5", 0, 100),
        ("csq8", 8, 32),
    ],
)
def test_the_best_and_the_worst_form_give_the_ends_of_the_scale(instrument_id: str, low: float, high: float) -> None:
    key = CATALOGUE[instrument_id]
    assert (key.total_min, key.total_max) == (low, high)
    for end, expected in ((key.item_min, low), (key.item_max, high)):
        turned = key.item_min + key.item_max - end
        form = {item: turned if item in key.reverse else end for item in range(1, key.items + 1)}
        assert score(key, form).total == expected


def test_every_key_is_whole() -> None:
    for key in CATALOGUE.values():
        items = set(range(1, key.items + 1))
        assert key.reverse <= items
        parts = [item for part in key.subscales.values() for item in part]
        assert len(parts) == len(set(parts))
        assert not parts or set(parts) == items
        assert key.source


def test_feedback_and_scoring_have_the_same_idea_of_every_instrument() -> None:
    for key in CATALOGUE.values():
        form = feedback.find(key.id, key.version)
        assert form is not None, key.id
        assert {item.number: (item.minimum, item.maximum) for item in form.items} == {
            item: key.range_of(item) for item in (*range(1, key.items + 1), *(extra.item for extra in key.extra))
        }
        assert dict(form.risk) == {risk.item: risk.page_at for risk in key.risk}


def test_the_checkin_is_the_mean_of_its_eight_items_alone() -> None:
    scored = score(CATALOGUE["attune-checkin"], checkin(8, tension=True, resolved=False, item5=2, item11=3, item12=1))
    assert scored.total == 7.25
    assert scored.facets["goals"] == 2
    assert scored.facets["expectations"] == 1
    assert (scored.tension, scored.resolved) == (True, False)
    assert scored.missing == ()


def test_one_missing_item_counts_as_the_mean_of_the_others_and_two_are_too_many() -> None:
    form = checkin(8, item1=6)
    del form[8]
    scored = score(CATALOGUE["attune-checkin"], form)
    assert (scored.total, scored.missing) == (pytest.approx((6 + 6 * 8) / 7, abs=1e-6), (8,))
    assert "pace_safety" not in scored.facets
    del form[7]
    assert score(CATALOGUE["attune-checkin"], form).total is None


def test_one_answer_never_becomes_a_frightening_total() -> None:
    scored = score(CATALOGUE["core10"], {1: 4.0})
    assert (scored.total, scored.band) == (None, "")
    assert len(scored.missing) == 9


def test_an_empty_form_has_no_total() -> None:
    assert score(CATALOGUE["srs"], {}).total is None
    assert score(CATALOGUE["attune-checkin"], {9: 1.0}).tension is True


def test_srs_may_miss_nothing() -> None:
    assert score(CATALOGUE["srs"], {1: 9.0, 2: 9.0, 3: 9.0}).total is None
    scored = score(CATALOGUE["srs"], answers("srs", 9.0, item2=4.5))
    assert (scored.total, scored.facets["goals"], scored.subscales["goals_topics"]) == (31.5, 4.5, 4.5)
    cutoff = CATALOGUE["srs"].cutoff
    assert cutoff is not None
    assert not cutoff.value > 36.0  # 36.0 itself is not below the cut-off


def test_wai_s_reverses_items_4_and_10_in_total_and_subscale() -> None:
    scored = score(CATALOGUE["wai_s"], answers("wai_s", 7, item4=1, item10=1))
    assert scored.total == 84
    assert scored.subscales == {"task": 28, "bond": 28, "goal": 28}
    assert score(CATALOGUE["wai_s"], answers("wai_s", 7)).total == 72


def test_wai_sr_subscales_are_sums_of_their_own_items() -> None:
    form = {item: float(1 + item % 5) for item in range(1, 13)}
    scored = score(CATALOGUE["wai_sr"], form)
    assert scored.total == sum(form.values())
    assert scored.subscales == {
        "task": form[1] + form[2] + form[10] + form[12],
        "bond": form[3] + form[5] + form[7] + form[9],
        "goal": form[4] + form[6] + form[8] + form[11],
    }
    assert scored.facets["goals"] == scored.subscales["goal"] / 4
    del form[4]
    assert score(CATALOGUE["wai_sr"], form).total == pytest.approx(sum(form.values()) * 12 / 11, abs=1e-6)


def test_core_om_is_ten_times_the_mean_also_in_its_subscales() -> None:
    scored = score(CATALOGUE["core_om"], answers("core_om", 0.0))
    assert scored.total == pytest.approx(10 * 8 * 4 / 34, abs=1e-6)  # the eight reversed items
    assert scored.subscales["risk"] == 0
    assert scored.subscales["wellbeing"] == pytest.approx(10 * 2 * 4 / 4)  # items 4 and 31


def test_who5_is_a_percentage() -> None:
    assert score(CATALOGUE["who5"], answers("who5", 3)).total == 60


@pytest.mark.parametrize(
    ("form", "place"),
    [
        ({1: 11.0}, "item 1"),
        ({1: -0.5}, "item 1"),
        ({9: 2.0}, "item 9"),
        ({1: float("nan")}, "item 1"),
        ({13: 1.0}, "13"),
    ],
)
def test_an_answer_out_of_range_is_named(form: dict[int, float], place: str) -> None:
    with pytest.raises(ValueError, match=place):
        score(CATALOGUE["attune-checkin"], form)


def test_only_the_version_of_the_key_is_scored() -> None:
    assert find("srs", "3") is CATALOGUE["srs"]
    assert find("srs", "2") is None
    assert find("star_p", "1") is None


def test_every_alliance_measure_has_a_population_and_says_when_it_is_assumed() -> None:
    for key in CATALOGUE.values():
        assert (key.id in DEFAULTS) == (key.kind is Kind.ALLIANCE)
    assert {name for name, population in DEFAULTS.items() if not population.assumed} == {"srs", "wai_sr"}
    assert DEFAULTS["attune-checkin"].mean == pytest.approx(9.225)
    assert all("ssumption" in population.provenance for population in DEFAULTS.values() if population.assumed)
