"""The catalogue against the rules that a catalogue must keep, and against what is published of each instrument."""

import pytest

from services.feedback.domain import catalogue
from services.feedback.domain.instruments import Instrument
from services.feedback.domain.questionnaire import OURS

# Number of items and range of their answers, from the scoring keys of the clinical reference.
PUBLISHED = {
    "srs": (4, 0, 10),
    "ors": (4, 0, 10),
    "wai_sr": (12, 1, 5),
    "wai_s": (12, 1, 7),
    "wai_36": (36, 1, 7),
    "sai": (6, 0, 5),
    "br_wai": (16, 1, 5),
    "arm5": (5, 1, 7),
    "haq2": (19, 1, 6),
    "calpas_p": (24, 1, 7),
    "star_p": (12, 0, 4),
    "phq9": (9, 0, 3),
    "gad7": (7, 0, 3),
    "core10": (10, 0, 4),
    "core_om": (34, 0, 4),
    "oq45": (45, 0, 4),
    "who5": (5, 0, 5),
    "csq8": (8, 1, 4),
}
RISK = {
    "attune-checkin": {11: 1},
    "phq9": {9: 1},
    "core10": {6: 1},
    "core_om": {6: 2, 9: 1, 16: 1, 22: 2, 24: 1, 34: 1},
    "oq45": {8: 1, 44: 1},
}
ALL = list(catalogue.INSTRUMENTS.values())


def named(instrument: Instrument) -> str:
    return instrument.name


def test_every_published_instrument_is_there_and_ours() -> None:
    assert set(catalogue.ids()) == {*OURS, *PUBLISHED}


@pytest.mark.parametrize("instrument", ALL, ids=named)
def test_items_are_numbered_from_one(instrument: Instrument) -> None:
    assert [item.number for item in instrument.items] == list(range(1, len(instrument.items) + 1))


@pytest.mark.parametrize("instrument", ALL, ids=named)
def test_size_and_range(instrument: Instrument) -> None:
    if instrument.instrument_id in OURS:
        return
    count, minimum, maximum = PUBLISHED[instrument.instrument_id]
    assert len(instrument.items) == count
    assert {(item.minimum, item.maximum) for item in instrument.items} == {(minimum, maximum)}


@pytest.mark.parametrize("instrument", ALL, ids=named)
def test_only_analogue_scales_take_decimals(instrument: Instrument) -> None:
    analogue = {item.number for item in instrument.items if not item.whole}
    expected = {"srs": {1, 2, 3, 4}, "ors": {1, 2, 3, 4}, "attune-checkin": {*range(1, 9), 12}}
    assert analogue == expected.get(instrument.instrument_id, set())


@pytest.mark.parametrize("instrument", ALL, ids=named)
def test_risk_thresholds_can_be_reached_and_missed(instrument: Instrument) -> None:
    assert instrument.risk == RISK.get(instrument.instrument_id, {})
    for number, threshold in instrument.risk.items():
        assert instrument.by_number[number].minimum < threshold <= instrument.by_number[number].maximum


@pytest.mark.parametrize("instrument", ALL, ids=named)
def test_each_says_its_licence_and_source(instrument: Instrument) -> None:
    assert instrument.licence
    assert instrument.source
    assert instrument.title
    assert instrument.validated is (instrument.instrument_id not in OURS)


def test_the_check_in_is_as_agreed() -> None:
    form = catalogue.CHECKIN
    assert (form.instrument_id, form.version) == ("attune-checkin", "1")
    assert [item.facet for item in form.items] == [
        "trust",
        "respect",
        "being_heard",
        "empathy",
        "goals",
        "tasks",
        "genuineness",
        "pace_safety",
        "tension",
        "tension_resolved",
        "safety",
        "expectations",
    ]
    assert [(item.minimum, item.maximum) for item in form.items[8:]] == [(0, 1), (0, 1), (0, 3), (0, 10)]
    condition = form.by_number[10].only_when
    assert condition is not None
    assert (condition.item, condition.value) == (9, 1)
