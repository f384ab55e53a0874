"""Policies as plain data: read back as written, refused by the field that is wrong, in force from their time on."""

from datetime import timedelta
from typing import Any

import pytest

from services.scoring.domain.assess import assess
from services.scoring.domain.detectors import DETECTORS, declared
from services.scoring.domain.policy import DEFAULT, Audience, Policy, Severity, Watch, Watches
from services.scoring.domain.population import DEFAULTS
from tests.unit.scoring.builders import checkins, inputs, when

FALL = checkins(9.5, 9.4, 9.5, 9.6, 5.0, 9.5)


def policy(**changes: Any) -> dict[str, Any]:
    detectors = [{"name": "individuals-chart", "parameters": {"k": 3.0}}]
    return {"id": "north", "version": "2", "detectors": detectors, **changes}


def test_a_policy_reads_back_as_it_was_written() -> None:
    assert Policy.from_dict(DEFAULT.to_dict()) == DEFAULT
    read = Policy.from_dict(policy(repair_sessions=5))
    assert Policy.from_dict(read.to_dict()) == read
    assert (read.choices[0].severity, read.choices[0].hears) == (Severity.RUPTURE, tuple(Audience))


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"id": ""}, "id"),
        ({"version": 2}, "version"),
        ({"detector": []}, "detector"),
        ({"detectors": []}, "detectors"),
        ({"detectors": [{"name": "tea-leaves"}]}, "detectors[0].name"),
        ({"detectors": [{"name": "ewma", "parameters": {"width": 99}}]}, "detectors[0].parameters.width"),
        ({"detectors": [{"name": "ewma", "parameters": {"width": "wide"}}]}, "detectors[0].parameters.width"),
        ({"detectors": [{"name": "ewma", "parameters": {"k": 3}}]}, "detectors[0].parameters.k"),
        ({"detectors": [{"name": "ewma", "severity": "loud"}]}, "detectors[0].severity"),
        ({"detectors": [{"name": "ewma", "hears": []}]}, "detectors[0].hears"),
        ({"detectors": [{"name": "ewma", "hears": ["everybody"]}]}, "detectors[0].hears[0]"),
        ({"detectors": [{"name": "ewma"}, {"name": "ewma"}]}, "detectors[1].name"),
        ({"detectors": [{"name": "ewma", "params": {}}]}, "detectors[0].params"),
        ({"repair_sessions": 6}, "repair_sessions"),
        ({"repair_sessions": True}, "repair_sessions"),
    ],
)
def test_the_field_that_is_wrong_is_named(changes: dict[str, Any], field: str) -> None:
    with pytest.raises(ValueError, match=r".") as refused:
        Policy.from_dict(policy(**changes))
    assert str(refused.value).startswith(f"{field}: ")


def test_every_parameter_has_a_default_within_its_range_and_a_source() -> None:
    for kind in DETECTORS.values():
        for name, parameter in declared(kind).items():
            assert parameter.low <= parameter.default <= parameter.high, name
            assert parameter.meaning
            assert parameter.source


def test_a_marker_never_opens_a_rupture_and_is_kept() -> None:
    quiet = Policy.from_dict(policy(detectors=[{"name": "individuals-chart", "severity": "marker"}]))
    assessment = assess(inputs(FALL), Watches(quiet))
    assert assessment.ruptures == ()
    [series] = assessment.series
    assert [bool(rating.markers) for rating in series.ratings] == [False, False, False, False, True, False]
    assert not any(rating.alarm for rating in series.ratings)


def test_a_policy_judges_the_sessions_from_its_time_on() -> None:
    blunt = Policy.from_dict(policy(detectors=[{"name": "client-report"}]))
    population = DEFAULTS["attune-checkin"]

    def ruptures(since: int) -> int:
        later = Watch(blunt, population, when(since) - timedelta(hours=1))
        watches = Watches(DEFAULT, by_instrument={"attune-checkin": (Watch(DEFAULT, population), later)})
        return len(assess(inputs(FALL), watches).ruptures)

    assert (ruptures(5), ruptures(6)) == (0, 1)


def test_one_policy_watches_from_the_beginning() -> None:
    with pytest.raises(ValueError, match="since"):
        Watches(DEFAULT, by_instrument={"srs": (Watch(DEFAULT, None, when(1)),)})
