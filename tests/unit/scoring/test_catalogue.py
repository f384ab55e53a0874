"""The declarations themselves: whole, sourced, licensed, coded."""

import re

import pytest

from services.scoring.domain.catalogue import CATALOGUE, find
from services.scoring.domain.figures import Figure, Side, Standing, standing
from services.scoring.domain.instruments import TOTAL, Instrument, Part

ALL = list(CATALOGUE.values())
TAG = re.compile(r"(S\d+|M|C|own)(, (S\d+|M|C|own))*")


def named(key: Instrument) -> str:
    return key.id


def figures(key: Instrument) -> list[Figure]:
    every = (key.alpha, *key.retest, key.sd, key.sem, key.reliable_change, *key.cutoffs)
    return [figure for figure in every if figure is not None]


@pytest.mark.parametrize("key", ALL, ids=named)
def test_every_part_and_figure_says_where_it_is_from(key: Instrument) -> None:
    for part in Part:
        assert TAG.fullmatch(key.source_of(part)), part
    for figure in figures(key):
        assert TAG.fullmatch(figure.source), figure
    for source in (key.licence.source, *(risk.source for risk in key.risk)):
        assert TAG.fullmatch(source)
    for source in (key.loinc.source, key.loinc.items_source):
        assert not source or TAG.fullmatch(source)
    assert bool(key.loinc.total) == bool(key.loinc.source) != bool(key.loinc.note)
    assert key.licence.basis


@pytest.mark.parametrize("key", ALL, ids=named)
def test_a_key_is_whole_or_says_what_is_missing(key: Instrument) -> None:
    items = set(range(1, key.items + 1))
    assert key.reverse <= items
    parts = [item for part in key.subscales.values() for item in part]
    assert len(parts) == len(set(parts))
    assert not parts or set(parts) == items
    assert not set(key.gaps) & set(key.subscales)
    numbers = items | {question.item for question in key.extra}
    assert {item for part in key.facets.values() for item in part} <= numbers
    assert {risk.item for risk in key.risk} | set(key.critical) <= numbers
    assert 0 <= key.max_missing < key.items
    starts = [start for start, _ in key.bands]
    assert starts == sorted(starts)
    assert not starts or starts[0] == key.total_min


@pytest.mark.parametrize("key", ALL, ids=named)
def test_cutoffs_lie_on_the_scale_on_the_side_that_is_worse(key: Instrument) -> None:
    for cutoff in key.cutoffs:
        assert (cutoff.side is Side.AT_OR_ABOVE) != key.higher_is_better
        assert cutoff.meaning
        if cutoff.scale:
            assert cutoff.scale in {*key.subscales, *key.gaps}
        else:
            assert key.total_min < cutoff.value < key.total_max
    if key.reliable_change is not None:
        assert 0 < key.reliable_change.value < key.total_max - key.total_min


def test_the_weakest_tag_of_a_source_counts() -> None:
    assert [standing(source) for source in ("S4", "S4, S6", "C", "own", "C, M", "S54, M", "S9, own")] == [
        Standing.READ,
        Standing.READ,
        Standing.COMPUTED,
        Standing.OWN,
        Standing.UNCONFIRMED,
        Standing.UNCONFIRMED,
        Standing.OWN,
    ]
    assert not Figure(6.1, "C, M").confirmed
    assert Figure(5.0, "C").confirmed


def test_what_is_computed_from_other_figures_follows_from_them() -> None:
    for key in ALL:
        if key.sd is None or key.alpha is None or key.sem is None or key.reliable_change is None:
            continue
        sem = key.sd.value * (1 - key.alpha.value) ** 0.5
        assert key.sem.value == pytest.approx(sem, abs=0.01), key.id
        assert key.reliable_change.value == pytest.approx(1.96 * 2**0.5 * sem, abs=0.05), key.id
    assert {key.id for key in ALL if key.sd is not None} == {"wai_sr", "wai_s"}


def test_loinc_44260_8_is_item_nine_and_not_the_total() -> None:
    codes = CATALOGUE["phq9"].loinc
    assert codes.items[9 - 1] == "44260-8"
    assert codes.total == "44261-6"
    assert (codes.panel, codes.difficulty) == ("44249-1", "69722-7")


@pytest.mark.parametrize("key", [key for key in ALL if key.loinc.total], ids=named)
def test_loinc_codes_are_one_for_each_item_and_each_answer_and_have_their_check_digit(key: Instrument) -> None:
    codes = key.loinc
    assert len(codes.items) == len(set(codes.items)) == key.items
    assert len(codes.answers) == key.item_max - key.item_min + 1
    others = [code for code in (codes.panel, codes.total, codes.difficulty) if code]
    for code in [*codes.items, *others]:
        number, digit = code.split("-")
        assert check_digit(number) == int(digit), code


def check_digit(number: str) -> int:
    """Modulus 10 as LOINC uses it (Luhn): every second digit from the right, beginning with the last, doubled."""
    digits = [int(each) for each in reversed(number)]
    doubled = [sum(divmod(2 * digit, 10)) if place % 2 == 0 else digit for place, digit in enumerate(digits)]
    return -sum(doubled) % 10


def test_session_rating_scale_is_version_3_and_not_the_session_reactions_scale_3() -> None:
    assert CATALOGUE["srs"].title == "Session Rating Scale"
    assert (CATALOGUE["srs"].items, CATALOGUE["srs"].version) == (4, "3")
    assert find("srs", "3") is CATALOGUE["srs"]
    assert find("srs", "2") is None
    assert find("srs-3", "3") is None


def test_only_the_wording_that_may_be_shipped_is_marked_so() -> None:
    ship: dict[str, set[str]] = {}
    for key in ALL:
        ship.setdefault(key.licence.ship, set()).add(key.id)
    assert ship["yes"] == {"attune-checkin", "phq9", "gad7"}
    assert ship["unaltered"] == {"core10", "core_om"}
    assert ship["check"] == {"who5", "arm5", "haq2", "star_p"}


def test_a_key_with_a_gap_in_its_total_is_declared_and_not_found() -> None:
    gaps = {key.id for key in ALL if TOTAL in key.gaps}
    assert gaps == {"br_wai", "calpas_p", "star_p"}
    assert all(find(name, CATALOGUE[name].version) is None for name in gaps)
