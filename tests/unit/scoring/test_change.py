"""Categories of change, by hand."""

import pytest

from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.change import Category, categorise, cutoffs, difference_error, reliable_change
from services.scoring.domain.figures import Cutoff


def primary(instrument_id: str) -> Cutoff:
    cutoff = CATALOGUE[instrument_id].cutoff
    assert cutoff is not None
    return cutoff


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (16, 9, Category.RECOVERED),  # 7 better, from the clinical range (10 and above) out of it
        (16, 10, Category.IMPROVED),  # 6 better, but 10 is still clinical
        (16, 11, Category.UNCHANGED),  # 5 better
        (9, 4, Category.UNCHANGED),
        (9, 3, Category.IMPROVED),  # was never in the clinical range: nothing to recover from
        (16, 21, Category.UNCHANGED),
        (12, 18, Category.DETERIORATED),  # 6 worse, clinical before and after
        (4, 9, Category.UNCHANGED),
        (4, 10, Category.HARMED),  # 6 worse, into the clinical range
        (3, 9, Category.DETERIORATED),
        (10, 10, Category.UNCHANGED),
    ],
)
def test_phq9_where_lower_is_better(before: float, after: float, expected: Category) -> None:
    clinical = primary("phq9").crossed_by
    assert categorise(before, after, 6, higher_is_better=False, clinical=clinical) is expected


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        (18.0, 25.0, Category.RECOVERED),  # 25.0 is not below 25
        (18.0, 24.9, Category.IMPROVED),
        (24.9, 29.9, Category.RECOVERED),  # exactly 5, whatever binary fractions make of it
        (30.1, 25.1, Category.DETERIORATED),
        (30.1, 24.9, Category.HARMED),
        (20.0, 24.9, Category.UNCHANGED),
    ],
)
def test_ors_where_higher_is_better(before: float, after: float, expected: Category) -> None:
    assert categorise(before, after, 5, higher_is_better=True, clinical=primary("ors").crossed_by) is expected


def test_without_a_cutoff_nobody_recovers_or_is_harmed() -> None:
    assert categorise(40, 10, 14, higher_is_better=False) is Category.IMPROVED
    assert categorise(10, 40, 14, higher_is_better=False) is Category.DETERIORATED


def test_the_example_of_jacobson_and_truax() -> None:
    """32.5 to 47.5, SD 7.5, reliability .8: Sdiff 4.7434, RC 3.1623; c is 50, so improved and not recovered."""
    assert round(difference_error(7.5, 0.8), 4) == 4.7434
    assert round((47.5 - 32.5) / difference_error(7.5, 0.8), 4) == 3.1623
    c = cutoffs(40, 7.5, 60, 7.5).c
    reliable = reliable_change(7.5, 0.8)
    assert categorise(32.5, 47.5, reliable, higher_is_better=True, clinical=lambda value: value < c) is (
        Category.IMPROVED
    )
    assert categorise(32.5, 51, reliable, higher_is_better=True, clinical=lambda value: value < c) is Category.RECOVERED


def test_reliable_change_at_90_percent_uses_1_645() -> None:
    assert reliable_change(7.5, 0.8, 0.90) == pytest.approx(1.6448536 * difference_error(7.5, 0.8), abs=1e-6)
