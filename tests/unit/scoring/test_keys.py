"""Every instrument's key against forms that were worked by hand, and against the mistakes that are made with it."""

from collections.abc import Sequence

import pytest

from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.instruments import Instrument
from services.scoring.domain.scores import Scored, critical, crossed, risks, score

SCORABLE = [key for key in CATALOGUE.values() if key.scorable]

# Lowest and highest total, from the clinical reference, sections 1.1 and 1.2.
ENDS = {
    "attune-checkin": (0, 10),
    "srs": (0, 40),
    "wai_sr": (12, 60),
    "wai_s": (12, 84),
    "wai_36": (36, 252),
    "sai": (0, 5),
    "arm5": (1, 7),
    "haq2": (1, 6),
    "ors": (0, 40),
    "phq9": (0, 27),
    "gad7": (0, 21),
    "core10": (0, 40),
    "core_om": (0, 40),
    "oq45": (0, 180),
    "who5": (0, 100),
    "csq8": (8, 32),
}


def form(values: Sequence[float]) -> dict[int, float]:
    return {item: float(value) for item, value in enumerate(values, start=1)}


def same(key: Instrument, value: float, **changes: float) -> dict[int, float]:
    """Every item at one value, but for those given as item5=2."""
    return form([value] * key.items) | {int(name.removeprefix("item")): each for name, each in changes.items()}


def scored(instrument_id: str, values: Sequence[float]) -> Scored:
    return score(CATALOGUE[instrument_id], form(values))


def meanings(instrument_id: str, values: Sequence[float], age: float | None = None) -> list[str]:
    key = CATALOGUE[instrument_id]
    return [cutoff.meaning for cutoff in crossed(key, score(key, form(values)), age)]


@pytest.mark.parametrize("key", SCORABLE, ids=lambda key: key.id)
def test_the_best_and_the_worst_form_give_the_ends_of_the_scale(key: Instrument) -> None:
    assert (key.total_min, key.total_max) == ENDS[key.id]
    for end, expected in zip((key.item_min, key.item_max), ENDS[key.id], strict=True):
        turned = key.item_min + key.item_max - end
        answers = {item: turned if item in key.reverse else end for item in range(1, key.items + 1)}
        assert score(key, answers).total == expected


@pytest.mark.parametrize("key", SCORABLE, ids=lambda key: key.id)
def test_answering_everything_the_same_shows_which_items_are_reversed(key: Instrument) -> None:
    """All lowest: a straight item gives the lowest, a reversed one the highest. Caught: a forgotten reversal."""
    reversed_items = {
        "wai_s": 2,
        "wai_36": 14,
        "arm5": 1,
        "haq2": 5,
        "core10": 2,
        "core_om": 8,
        "oq45": 9,
        "csq8": 4,
    }.get(key.id, 0)
    low, high = ENDS[key.id]
    share = reversed_items / key.items
    assert score(key, same(key, key.item_min)).total == pytest.approx(low + (high - low) * share, abs=1e-6)
    assert score(key, same(key, key.item_max)).total == pytest.approx(high - (high - low) * share, abs=1e-6)


def test_srs() -> None:
    # 9.2 + 8.7 + 9.1 + 9.0 = 36.0, which is not below 36, whatever binary fractions make of it
    assert scored("srs", [9.2, 8.7, 9.1, 9.0]).total == 36.0
    assert meanings("srs", [9.2, 8.7, 9.1, 9.0]) == []
    assert meanings("srs", [9.2, 8.7, 9.1, 8.9]) == ["less satisfied than most clients"]
    assert scored("srs", [9.2, 8.7, 9.1, 9.0]).facets == {"being_heard": 9.2, "goals": 8.7, "tasks": 9.1}


def test_wai_sr() -> None:
    # task 1,2,10,12: 3+4+3+4 = 14; bond 3,5,7,9: 5+5+4+5 = 19; goal 4,6,8,11: 2+3+2+1 = 8; together 41
    found = scored("wai_sr", [3, 4, 5, 2, 5, 3, 4, 2, 5, 3, 1, 4])
    assert found.total == 41
    assert found.subscales == {"task": 14, "bond": 19, "goal": 8}
    assert found.facets == {"tasks": 3.5, "trust": 4.75, "goals": 2}


def test_wai_s() -> None:
    # item 4: 8-2 = 6, item 10: 8-3 = 5
    # task 1,2,8,12: 6+5+5+4 = 20; bond 3,5,7,9: 7+7+6+7 = 27; goal 4,6,10,11: 6+4+5+6 = 21; together 68
    found = scored("wai_s", [6, 5, 7, 2, 7, 4, 6, 5, 7, 3, 6, 4])
    assert found.total == 68
    assert found.subscales == {"task": 20, "bond": 27, "goal": 21}


def test_the_two_short_forms_of_the_wai_are_not_the_same_key() -> None:
    low_on_four = [5, 5, 5, 1, 5, 5, 5, 5, 5, 5, 5, 5]
    assert scored("wai_sr", low_on_four).total == 56  # 11 fives and a one
    assert scored("wai_s", low_on_four).total == 60  # ten fives; item 4: 8-1 = 7, item 10: 8-5 = 3


def test_wai_36() -> None:
    # All 5: a straight item is 5, a reversed one 3.
    # task has 5 reversed (7,11,15,31,33): 7*5 + 5*3 = 50; bond 3 (1,20,29): 9*5 + 3*3 = 54;
    # goal 6 (3,9,10,12,27,34): 6*5 + 6*3 = 48; together 152. Then item 2 (task, straight) 1 instead of 5: 4 less.
    found = score(CATALOGUE["wai_36"], same(CATALOGUE["wai_36"], 5, item2=1))
    assert found.total == 148
    assert found.subscales == {"task": 46, "bond": 54, "goal": 48}


def test_sai() -> None:
    # (5+4+3+5+4+3) / 6 = 24 / 6
    assert scored("sai", [5, 4, 3, 5, 4, 3]).total == 4


def test_arm5() -> None:
    # item 3: 8-2 = 6; (7+6+6+5+4) / 5 = 28 / 5
    assert scored("arm5", [7, 6, 2, 5, 4]).total == 5.6


def test_haq2() -> None:
    # All 4: 14 straight * 4 + 5 reversed * 3 = 71; item 1 is 6 instead of 4: 73 / 19
    assert score(CATALOGUE["haq2"], same(CATALOGUE["haq2"], 4, item1=6)).total == pytest.approx(73 / 19, abs=1e-6)


def test_ors_has_another_cutoff_at_every_age() -> None:
    # 7.1 + 6.4 + 5.0 + 6.5 = 25.0: not below 25, but below 28 and 32
    answers = [7.1, 6.4, 5.0, 6.5]
    assert scored("ors", answers).total == 25
    assert meanings("ors", answers, age=40) == []
    assert meanings("ors", answers, age=17.9) == ["clinical range, 13 to 17 years"]
    assert meanings("ors", answers, age=6) == ["clinical range, 6 to 12 years"]
    assert meanings("ors", answers) == ["clinical range, 13 to 17 years", "clinical range, 6 to 12 years"]
    assert meanings("ors", [6.2, 6.2, 6.2, 6.3], age=18) == ["clinical range, adults"]


def test_phq9() -> None:
    # 2+1+3+0+1+0+2+1+0 = 10
    found = scored("phq9", [2, 1, 3, 0, 1, 0, 2, 1, 0])
    assert (found.total, found.band) == (10, "moderate")
    assert meanings("phq9", [2, 1, 3, 0, 1, 0, 2, 1, 0]) == ["caseness: likely depression"]
    assert meanings("phq9", [2, 1, 2, 0, 1, 0, 2, 1, 0]) == []


@pytest.mark.parametrize(
    ("total", "band"),
    [
        (0, "none"),
        (4, "none"),
        (5, "mild"),
        (9, "mild"),
        (10, "moderate"),
        (14, "moderate"),
        (15, "moderately_severe"),
        (19, "moderately_severe"),
        (20, "severe"),
        (27, "severe"),
    ],
)
def test_phq9_bands_begin_where_they_should(total: int, band: str) -> None:
    answers = [min(3, max(0, total - 3 * place)) for place in range(9)]
    assert (scored("phq9", answers).total, scored("phq9", answers).band) == (total, band)


def test_phq9_total_of_one_with_item_nine_is_a_risk_and_a_high_total_without_it_is_none() -> None:
    key = CATALOGUE["phq9"]
    healthy = form([0, 0, 0, 0, 0, 0, 0, 0, 1])
    assert (score(key, healthy).total, score(key, healthy).band) == (1, "none")
    assert [risk.item for risk in risks(key, healthy)] == [9]
    assert risks(key, form([3, 3, 3, 3, 3, 3, 3, 3, 0])) == ()
    assert [risk.item for risk in risks(key, {9: 1.0})] == [9], "a form that was left at its last item"


def test_gad7() -> None:
    # 0+1+2+3+0+1+1 = 8: the NHS's cut-off, not yet the other
    found = scored("gad7", [0, 1, 2, 3, 0, 1, 1])
    assert (found.total, found.band) == (8, "mild")
    assert meanings("gad7", [0, 1, 2, 3, 0, 1, 1]) == ["caseness: likely anxiety disorder"]
    # the golden form: 2+2+1+1+1+1+2 = 10
    assert len(meanings("gad7", [2, 2, 1, 1, 1, 1, 2])) == 2
    assert CATALOGUE["gad7"].risk == ()


def test_core10() -> None:
    # item 2: 4-3 = 1, item 3: 4-4 = 0; 1+1+0+0+2+0+1+3+2+1 = 11
    found = scored("core10", [1, 3, 4, 0, 2, 0, 1, 3, 2, 1])
    assert (found.total, found.band) == (11, "mild")
    assert meanings("core10", [1, 3, 4, 0, 2, 0, 1, 3, 2, 1]) == ["clinical range: psychological distress"]
    assert len(meanings("core10", [1, 3, 4, 0, 2, 2, 1, 3, 2, 1])) == 2  # 13
    assert [risk.item for risk in risks(CATALOGUE["core10"], {6: 1.0})] == [6]


def test_core10_from_one_answer_is_null_and_not_forty() -> None:
    found = score(CATALOGUE["core10"], {1: 4.0})
    assert (found.total, found.band, len(found.missing)) == (None, "", 9)
    assert found.refused == {"total": "9 of 10 items are missing; at most 1 may be"}


def test_core_om() -> None:
    # All 1: 26 straight * 1 + 8 reversed * 3 = 50. wellbeing: 4 and 31 reversed, (1+1+3+3)/4 = 2;
    # problems: none, 1; functioning: 3,7,12,19,21,32 reversed, (6*1 + 6*3)/12 = 2; risk: none, 1.
    # Then item 6 (risk) 3 instead of 1: 52/34 * 10, and risk (5*1 + 3)/6 * 10.
    key = CATALOGUE["core_om"]
    found = score(key, same(key, 1, item6=3))
    assert found.total == pytest.approx(520 / 34, abs=1e-6)
    assert found.subscales == {
        "wellbeing": 20,
        "problems": 10,
        "functioning": 20,
        "risk": pytest.approx(80 / 6, abs=1e-6),
    }
    assert [risk.item for risk in risks(key, same(key, 0, item6=1, item22=2, item34=1))] == [34, 22]


def test_oq45() -> None:
    # All 2, straight or reversed: 90. item 8 is 0: 88. item 1, reversed, 4: 0 instead of 2: 86. item 44 is 1: 85.
    key = CATALOGUE["oq45"]
    answers = same(key, 2, item8=0, item1=4, item44=1)
    found = score(key, answers)
    assert found.total == 85
    assert [cutoff.meaning for cutoff in crossed(key, found)] == ["clinical range"]
    assert [risk.item for risk in risks(key, answers)] == [44]
    assert critical(key, same(key, 0, item26=1)) == (26,)
    assert critical(key, {}) == ()


def test_oq45_scores_its_total_and_says_why_not_its_subscales() -> None:
    found = score(CATALOGUE["oq45"], same(CATALOGUE["oq45"], 1))
    assert found.total is not None
    assert found.subscales == {}
    assert set(found.refused) == {"symptom_distress", "interpersonal", "social_role"}
    assert all("licensed form" in reason for reason in found.refused.values())


def test_who5() -> None:
    # (5+4+3+2+1) * 4 = 60; (2+2+3+3+2) * 4 = 48; (1+1+2+2+1) * 4 = 28
    assert (scored("who5", [5, 4, 3, 2, 1]).total, scored("who5", [5, 4, 3, 2, 1]).band) == (60, "not_low")
    assert meanings("who5", [5, 4, 3, 2, 1]) == []
    assert (scored("who5", [2, 2, 3, 3, 2]).total, scored("who5", [2, 2, 3, 3, 2]).band) == (48, "low_wellbeing")
    assert meanings("who5", [2, 2, 3, 3, 2]) == ["low wellbeing"]
    assert scored("who5", [1, 1, 2, 2, 1]).band == "likely_depression"
    assert meanings("who5", [1, 1, 2, 2, 1]) == ["low wellbeing", "likely depression"]


def test_csq8() -> None:
    # items 2,4,5,8 are 5 minus the answer: 4 + 4 + 3 + 3 + 4 + 4 + 3 + 2 = 27
    assert scored("csq8", [4, 1, 3, 2, 1, 4, 3, 3]).total == 27


def test_attune_checkin() -> None:
    # (9+8+7+9+3+6+8+10) / 8 = 60 / 8; the questions beside it do not count
    answers = form([9, 8, 7, 9, 3, 6, 8, 10]) | {9: 1.0, 11: 1.0, 12: 0.5}
    found = score(CATALOGUE["attune-checkin"], answers)
    assert found.total == 7.5
    assert (found.facets["goals"], found.facets["expectations"], found.tension) == (3, 0.5, True)
    assert [risk.item for risk in risks(CATALOGUE["attune-checkin"], answers)] == [11]


@pytest.mark.parametrize("instrument_id", ["br_wai", "calpas_p", "star_p"])
def test_what_the_key_does_not_say_is_refused_and_not_guessed(instrument_id: str) -> None:
    key = CATALOGUE[instrument_id]
    found = score(key, same(key, key.item_max))
    assert (found.total, found.subscales, found.band) == (None, {}, "")
    assert "reversed" in found.refused["total"]
    assert "form" in found.refused["total"]
