"""Golden vectors, to the digits in which they are printed."""

import json
from pathlib import Path
from typing import Any

import pytest

from services.scoring.domain import change, charts
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.detectors import EMPTY, Answered, Baseline, IndividualsChart
from services.scoring.domain.detectors.cutoff import Cutoff as CutOff
from services.scoring.domain.detectors.raw_chart import RawChart
from services.scoring.domain.detectors.reliable_drop import ReliableDrop
from services.scoring.domain.population import Population
from services.scoring.domain.scores import score

VECTORS = json.loads((Path(__file__).parent / "vectors.json").read_text("utf-8"))
SRS = VECTORS["srs_series"]


@pytest.mark.parametrize("case", VECTORS["rci"], ids=lambda case: case["source"][:20])
def test_reliable_change(case: dict[str, Any]) -> None:
    if "z" in case:  # z given rounded
        found = case["z"] * change.difference_error(case["sd"], case["rel"])
    else:
        found = change.reliable_change(case["sd"], case["rel"], case["conf"])
    assert found == pytest.approx(case["expected"], abs=1e-12)


@pytest.mark.parametrize("case", VECTORS["csc_method_c"], ids=["jacobson-truax", "unequal-sd"])
def test_clinically_significant_change(case: dict[str, Any]) -> None:
    found = change.cutoffs(case["m_clin"], case["sd_clin"], case["m_norm"], case["sd_norm"])
    assert found.c == pytest.approx(case["c"], abs=1e-12)
    if "a" in case:
        assert (found.a, found.b) == (case["a"], case["b"])


def test_nist_individuals_chart() -> None:
    case = VECTORS["nist_individuals"]
    limits = charts.individuals(case["data"])
    assert charts.mean_moving_range(case["data"]) == pytest.approx(case["mrbar"], abs=1e-12)
    assert limits.centre == pytest.approx(case["center"], abs=1e-12)
    assert (limits.upper, limits.lower) == (pytest.approx(case["ucl"], abs=1e-9), pytest.approx(case["lcl"], abs=1e-9))
    assert f"{limits.upper:.4f}" == str(case["printed"]["ucl"])
    assert f"{limits.lower:.4f}" == str(case["printed"]["lcl"])
    assert [value for value in case["data"] if not limits.lower <= value <= limits.upper] == case["out_of_control"]


def test_nist_ewma() -> None:
    case = VECTORS["nist_ewma"]
    averages = charts.ewma(case["data"], case["lam"], case["z0"])
    assert averages == pytest.approx(case["values"], abs=1e-10)
    # The handbook prints two digits, rounded half up by hand.
    assert averages == pytest.approx(case["printed"], abs=0.0051)
    limits = charts.ewma_limits(case["z0"], case["s"], case["lam"], case["L"])
    assert (limits.upper, limits.lower) == (pytest.approx(case["ucl"], abs=1e-9), pytest.approx(case["lcl"], abs=1e-9))
    assert [value for value in averages if not limits.lower <= value <= limits.upper] == case["out_of_control"]


@pytest.mark.parametrize("name", SRS["series"])
def test_srs_series_through_the_shrunk_chart(name: str) -> None:
    parameters = SRS["params"]
    population = Population(
        mean=parameters["mu0"],
        between_sd=parameters["sw"] / parameters["kappa"] ** 0.5,
        within_sd=parameters["sw"],
        sem=parameters["sem"],
        version="golden",
        provenance="golden vectors",
        assumed=False,
    )
    baseline, seen = Baseline(CATALOGUE["srs"], population), []
    for value, expected in zip(SRS["series"][name]["y"], SRS["series"][name]["rules"], strict=True):
        level = baseline.level
        finding, _ = IndividualsChart(parameters["k"]).judge(Answered(value), baseline, EMPTY)
        if "mu" in expected:
            assert level is not None
            assert finding is not None
            assert (round(level.mean, 4), round(level.spread, 4)) == (expected["mu"], expected["s"])
            assert (round(finding.statistic or 0, 4), finding.alarm) == (expected["z"], expected["eb_alarm"])
        else:
            assert (level, finding) == (None, None)
        if "ichart_lcl" in expected:
            limits = charts.individuals(seen, floor=parameters["sem"])
            assert round(limits.lower, 4) == expected["ichart_lcl"]
            assert (value < limits.lower) == expected["ichart"]
        baseline.add(value)
        seen.append(value)


@pytest.mark.parametrize("name", SRS["series"])
def test_srs_series_through_the_published_criteria(name: str) -> None:
    parameters, key = SRS["params"], CATALOGUE["srs"]
    assert key.reliable_change is not None
    assert key.cutoff is not None
    assert (key.reliable_change.value, key.cutoff.value) == (parameters["rci"], parameters["cut"])
    population = Population(37.0, 2.6, 2.0, parameters["sem"], "golden", "golden vectors", assumed=False)
    baseline = Baseline(key, population)
    for value, expected in zip(SRS["series"][name]["y"], SRS["series"][name]["rules"], strict=True):
        answered = Answered(value)
        verdicts = [each.judge(answered, baseline, EMPTY)[0] for each in (ReliableDrop(), CutOff(), RawChart())]
        drop, cutoff, chart = (verdict.alarm if verdict else None for verdict in verdicts)
        if baseline.n >= 2:  # published from the second rating on; here no statistics speak before the third
            assert drop == expected["drop_rci"]
            assert cutoff == (expected["below_cut"] or expected["drop1"])
        else:
            assert (drop, cutoff) == (None, None)
        assert chart == expected.get("ichart")
        baseline.add(value)


@pytest.mark.parametrize("case", VECTORS["scoring"], ids=lambda case: f"{case['inst']}-{case.get('total', 'reversed')}")
def test_scoring(case: dict[str, Any]) -> None:
    key = CATALOGUE[case["inst"]]
    answers = dict(enumerate(map(float, case["a"]), start=1))
    scored = score(key, answers)
    assert scored.total == case.get("total", case.get("raw_after_reverse"))
    if "band" in case:
        assert scored.band == case["band"]
    if "page" in case:
        assert any(answers.get(risk.item, 0) >= risk.page_at for risk in key.risk) == case["page"]
