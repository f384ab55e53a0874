"""Who is on call when people arrange things: overrides, swaps, shifts and gaps."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise, permutations
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.alerting.domain.rota import Handoff, Rota
from services.alerting.domain.shifts import Override, OverrideKind, check, on_call, shift_at, shifts

ROTA = Rota(("ana", "ben"), Handoff.DAILY, time(9), date(2026, 1, 5), ZoneInfo("Europe/London"))
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
PEOPLE = ("ana", "ben", "carla", "dan")


def override(kind: str, start: float, end: float, comes: str = "", goes: str = "") -> Override:
    """An override from and until so many hours after midnight of Monday."""
    begins, ends = MONDAY + timedelta(hours=start), MONDAY + timedelta(hours=end)
    return Override("o", "main", OverrideKind(kind), begins, ends, comes, goes, "ana", "holiday", MONDAY)


@pytest.mark.parametrize(
    ("overrides", "hour", "people"),
    [
        ([], 8.9, ()),
        ([], 9, ("ana",)),
        ([override("add", 10, 12, "carla")], 10, ("ana", "carla")),
        ([override("add", 10, 12, "carla")], 12, ("ana",)),
        ([override("add", 10, 12, "ana")], 10, ("ana",)),
        ([override("add", 0, 9, "carla")], 8, ("carla",)),
        ([override("remove", 10, 12, goes="ana")], 11, ()),
        ([override("remove", 10, 12, goes="ben")], 11, ("ana",)),
        ([override("replace", 10, 12, "carla", "ana")], 11, ("carla",)),
        # Ben has the turn from Tuesday, so an override that replaces Ana does nothing to it.
        ([override("replace", 10, 40, "carla", "ana")], 34, ("ben",)),
        ([override("replace", 10, 40, "ben", "ana")], 34, ("ben",)),
        # The later word counts.
        ([override("replace", 10, 12, "carla", "ana"), override("replace", 10, 12, "dan", "carla")], 11, ("dan",)),
        ([override("add", 10, 12, "dan"), override("replace", 10, 12, "dan", "ana")], 11, ("dan",)),
        ([override("remove", 10, 12, goes="ana"), override("add", 10, 12, "ana")], 11, ("ana",)),
    ],
)
def test_what_an_override_does(overrides: list[Override], hour: float, people: tuple[str, ...]) -> None:
    assert on_call(ROTA, overrides, MONDAY + timedelta(hours=hour)) == people


def test_shifts_have_no_hole_and_a_gap_is_a_shift_of_nobody() -> None:
    found = shifts(ROTA, [override("remove", 20, 33, goes="ana")], MONDAY, MONDAY + timedelta(hours=57))
    hours = [((shift.ends_at - MONDAY) / timedelta(hours=1), shift.people) for shift in found]
    assert hours == [(9, ()), (20, ("ana",)), (33, ()), (57, ("ben",))]


def test_a_turn_and_an_override_of_the_same_person_are_one_shift() -> None:
    found = shifts(ROTA, [override("replace", 33, 57, "ana", "ben")], *_days(9, 82))
    assert [(shift.ends_at, shift.people) for shift in found] == [
        (MONDAY + timedelta(hours=81), ("ana",)),
        (MONDAY + timedelta(hours=82), ("ben",)),
    ]


def test_the_shift_at_a_time_goes_from_edge_to_edge() -> None:
    added = [override("add", 20, 22, "carla")]
    at = {hour: shift_at(ROTA, added, MONDAY + timedelta(hours=hour)) for hour in (9, 21, 23)}
    assert [(shift.starts_at, shift.ends_at) for shift in at.values()] == [_days(9, 20), _days(20, 22), _days(22, 33)]


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(list(OverrideKind)),
            st.integers(0, 400),
            st.integers(1, 100),
            st.sampled_from(list(permutations(PEOPLE, 2))),
        ),
        max_size=6,
    ),
    st.integers(-50, 200),
    st.integers(1, 300),
)
def test_shifts_say_the_same_as_asking_every_half_hour(changes: list[tuple], start: int, length: int) -> None:
    made = [override(kind, begin, begin + lasts, comes, goes) for kind, begin, lasts, (comes, goes) in changes]
    first, last = _days(start, start + length)
    found = shifts(ROTA, made, first, last)
    assert (found[0].starts_at, found[-1].ends_at) == (first, last)
    assert all(one.ends_at == other.starts_at and one.people != other.people for one, other in pairwise(found))
    moment = first
    while moment < last:
        covering = [shift.people for shift in found if shift.starts_at <= moment < shift.ends_at]
        assert covering == [_asked(made, moment)]
        moment += timedelta(minutes=30)


def _asked(made: list[Override], moment: datetime) -> tuple[str, ...]:
    """The same by hand: a list of names, crossed out and written in."""
    day = (moment - MONDAY - timedelta(hours=9)) // timedelta(days=1)
    names = [ROTA.people[day % 2]] if day >= 0 else []
    for each in made:
        if not (each.starts_at <= moment and moment < each.ends_at):
            continue
        crossed_out = each.kind != "add" and each.instead_of in names
        place = names.index(each.instead_of) if crossed_out else len(names)
        if each.kind != "add" and place == len(names):
            continue
        if each.kind != "add":
            names.pop(place)
        if each.kind != "remove" and each.person_id not in names:
            names.insert(place, each.person_id)
    return tuple(names)


@pytest.mark.parametrize(
    ("changed", "field"),
    [
        (override("add", 2, 2, "ana"), "ends_at"),
        (override("add", 0, 24 * 93, "ana"), "ends_at"),
        (override("add", 0, 2), "person_id"),
        (override("remove", 0, 2), "instead_of"),
        (override("replace", 0, 2, "ana"), "instead_of"),
        (override("replace", 0, 2, "ana", "ana"), "instead_of"),
    ],
)
def test_an_override_that_means_nothing_is_refused_by_its_field(changed: Override, field: str) -> None:
    with pytest.raises(ValueError, match=f"^{field}: "):
        check(changed)


def _days(start: float, end: float) -> tuple[datetime, datetime]:
    return MONDAY + timedelta(hours=start), MONDAY + timedelta(hours=end)
