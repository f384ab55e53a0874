"""Intervals against published values, and what is withheld."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.intervals import median_interval, proportion
from services.scoring.domain.suppression import FEWEST_CLIENTS, suppressed


@pytest.mark.parametrize(
    ("count", "of", "low", "high"),
    [
        # Newcombe 1998, Stat Med 17:857, table I, method 3 (score, no continuity correction).
        (81, 263, 0.2553, 0.3662),
        (15, 148, 0.0624, 0.1605),
        (0, 20, 0.0000, 0.1611),
        (1, 29, 0.0061, 0.1718),
    ],
)
def test_the_wilson_interval_is_the_published_one(count: int, of: int, low: float, high: float) -> None:
    found = proportion(count, of)
    assert found.value == count / of
    assert found.low == pytest.approx(low, abs=5e-5)
    assert found.high == pytest.approx(high, abs=5e-5)


@given(st.integers(1, 500).flatmap(lambda of: st.tuples(st.integers(0, of), st.just(of))))
def test_a_proportion_lies_in_its_interval_and_the_interval_mirrors(pair: tuple[int, int]) -> None:
    count, of = pair
    found, mirrored = proportion(count, of), proportion(of - count, of)
    assert found.value is not None
    assert found.low is not None
    assert found.high is not None
    assert mirrored.low is not None
    assert 0 <= found.low <= found.value <= found.high <= 1
    assert mirrored.low == pytest.approx(1 - found.high, abs=1e-12)


def test_nothing_divided_has_no_value_and_a_wrong_count_is_refused() -> None:
    assert proportion(0, 0).value is None
    with pytest.raises(ValueError, match="count"):
        proportion(3, 2)


@pytest.mark.parametrize(
    ("count", "low", "high"),
    # Ranks of the distribution-free 95 % interval for a median, as in published tables (Conover; Altman).
    [(6, 1, 6), (8, 1, 8), (9, 2, 8), (10, 2, 9), (20, 6, 15), (30, 10, 21), (50, 18, 33), (100, 40, 61)],
)
def test_the_interval_of_a_median_is_between_the_published_ranks(count: int, low: int, high: int) -> None:
    found = median_interval([float(rank) for rank in range(count, 0, -1)])
    assert (found.low, found.value, found.high) == (low, (count + 1) / 2, high)


def test_five_values_have_a_median_and_no_interval() -> None:
    found = median_interval([1.0, 9.0, 2.0, 3.0, 4.0])
    assert (found.count, found.value, found.low, found.high) == (5, 3.0, None, None)
    assert median_interval([]).value is None


@pytest.mark.parametrize(
    ("clients", "hidden"),
    [
        ({"a": 9, "b": 7}, set()),
        ({"a": 9, "b": 3}, {"a", "b"}),  # 3 would be 12 - 9
        ({"a": 9, "b": 3, "c": 6, "d": 6}, {"b", "c"}),
        ({"a": 9, "b": 2, "c": 2}, {"a", "b", "c"}),  # 2 + 2 are still four
        ({"a": 9, "b": 3, "c": 4}, {"b", "c"}),
        ({"a": 9, "b": 0}, set()),
        ({"a": 4}, {"a"}),
    ],
)
def test_what_is_withheld_cannot_be_had_by_subtraction(clients: dict[str, int], hidden: set[str]) -> None:
    assert suppressed(clients) == hidden


@given(st.dictionaries(st.text("abcdefgh", min_size=1, max_size=2), st.integers(0, 12)))
def test_what_is_shown_is_large_and_what_is_hidden_together_is_too(clients: dict[str, int]) -> None:
    hidden = suppressed(clients)
    assert all(clients[name] == 0 or clients[name] >= FEWEST_CLIENTS for name in set(clients) - hidden)
    together = sum(clients[name] for name in hidden)
    everything = {name for name, count in clients.items() if count}
    assert not hidden or hidden == everything or (len(hidden) >= 2 and together >= FEWEST_CLIENTS)
