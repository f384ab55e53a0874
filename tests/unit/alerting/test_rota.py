"""Whose turn it is, against hand-worked cases and an independent, slow oracle."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import pytest

from services.alerting.domain.hours import Hours
from services.alerting.domain.rota import Handoff, Rota

# Clock changes in both hemispheres, by half an hour (Lord Howe), at midnight (Asuncion until 2024), and none (Kolkata).
ZONES = [
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "Australia/Sydney",
    "America/Asuncion",
    "Asia/Kolkata",
]
HALF_HOUR = timedelta(minutes=30)
START, YEARS = date(2022, 1, 3), 5


def rota(
    zone: str, handoff: Handoff = Handoff.DAILY, at: str = "09:00", start: str = "2026-01-05", every: int = 1
) -> Rota:
    people = ("ana", "ben", "carla")
    return Rota(people, handoff, time.fromisoformat(at), date.fromisoformat(start), ZoneInfo(zone), every)


def whose(turns: Rota, moment: str) -> str | None:
    return turns.person(turns.turn(datetime.fromisoformat(moment)))


@pytest.mark.parametrize(
    ("zone", "handoff", "at", "moment", "person"),
    [
        ("Europe/London", Handoff.WEEKLY, "09:00", "2026-01-05T08:59:59+00:00", None),
        ("Europe/London", Handoff.WEEKLY, "09:00", "2026-01-05T09:00:00+00:00", "ana"),
        ("Europe/London", Handoff.WEEKLY, "09:00", "2026-01-12T08:59:59+00:00", "ana"),
        ("Europe/London", Handoff.WEEKLY, "09:00", "2026-01-12T09:00:00+00:00", "ben"),
        ("Europe/London", Handoff.WEEKLY, "09:00", "2026-01-26T09:00:00+00:00", "ana"),
        # In summer nine o'clock in London is eight in UTC: Monday 30 March is the first hand-off after the change.
        ("Europe/London", Handoff.WEEKLY, "09:00", "2026-03-30T07:59:59+00:00", "carla"),
        ("Europe/London", Handoff.WEEKLY, "09:00", "2026-03-30T08:00:00+00:00", "ana"),
        ("Europe/London", Handoff.WEEKLY, "09:00", "2026-10-26T08:59:59+00:00", "carla"),
        ("Europe/London", Handoff.WEEKLY, "09:00", "2026-10-26T09:00:00+00:00", "ana"),
        # 01:30 is skipped on 29 March (it is 02:30 then, 01:30 UTC); on 25 October it comes twice (first at 00:30 UTC).
        ("Europe/London", Handoff.DAILY, "01:30", "2026-03-29T01:29:59+00:00", "ben"),
        ("Europe/London", Handoff.DAILY, "01:30", "2026-03-29T01:30:00+00:00", "carla"),
        ("Europe/London", Handoff.DAILY, "01:30", "2026-10-25T00:29:59+00:00", "ben"),
        ("Europe/London", Handoff.DAILY, "01:30", "2026-10-25T00:30:00+00:00", "carla"),
        ("Europe/London", Handoff.DAILY, "01:30", "2026-10-25T01:30:00+00:00", "carla"),
        ("America/New_York", Handoff.DAILY, "00:00", "2026-01-06T04:59:59+00:00", "ana"),
        ("America/New_York", Handoff.DAILY, "00:00", "2026-01-06T05:00:00+00:00", "ben"),
        # 2028 is a leap year: 29 February is a day of its own.
        ("Asia/Kolkata", Handoff.DAILY, "09:00", "2028-02-29T03:30:00+00:00", "carla"),
        ("Asia/Kolkata", Handoff.DAILY, "09:00", "2028-03-01T03:30:00+00:00", "ana"),
    ],
)
def test_hand_worked_cases(zone: str, handoff: Handoff, at: str, moment: str, person: str | None) -> None:
    assert whose(rota(zone, handoff, at), moment) == person


@pytest.mark.parametrize(
    ("turns", "moment", "person"),
    [
        # Twelve hours each, at eight and eight, in winter and in summer: the turn of the change lasts eleven.
        (rota("Europe/London", Handoff.HOURLY, "08:00", every=12), "2026-01-05T19:59:59+00:00", "ana"),
        (rota("Europe/London", Handoff.HOURLY, "08:00", every=12), "2026-01-05T20:00:00+00:00", "ben"),
        (rota("Europe/London", Handoff.HOURLY, "08:00", "2026-03-28", 12), "2026-03-29T06:59:59+00:00", "ben"),
        (rota("Europe/London", Handoff.HOURLY, "08:00", "2026-03-28", 12), "2026-03-29T07:00:00+00:00", "carla"),
        # An hour each: 01:00 is skipped on 29 March, so Ben, whose hour it was, has no turn.
        (rota("Europe/London", Handoff.HOURLY, "00:00", "2026-03-29"), "2026-03-29T00:59:59+00:00", "ana"),
        (rota("Europe/London", Handoff.HOURLY, "00:00", "2026-03-29"), "2026-03-29T01:00:00+00:00", "carla"),
        # 01:00 comes twice on 25 October: Ben has both.
        (rota("Europe/London", Handoff.HOURLY, "00:00", "2026-10-25"), "2026-10-25T00:00:00+00:00", "ben"),
        (rota("Europe/London", Handoff.HOURLY, "00:00", "2026-10-25"), "2026-10-25T01:59:59+00:00", "ben"),
        (rota("Europe/London", Handoff.HOURLY, "00:00", "2026-10-25"), "2026-10-25T02:00:00+00:00", "carla"),
        # Lord Howe moves by half an hour: on 4 October 2026 02:00 (15:30 UTC) is 02:30, and 02:15 is read as 02:45.
        (rota("Australia/Lord_Howe", at="02:15", start="2026-10-03"), "2026-10-03T15:44:59+00:00", "ana"),
        (rota("Australia/Lord_Howe", at="02:15", start="2026-10-03"), "2026-10-03T15:45:00+00:00", "ben"),
        # On 5 April 2026 02:00 (15:00 UTC) becomes 01:30: 01:45 comes twice, first at 14:45 UTC.
        (rota("Australia/Lord_Howe", at="01:45", start="2026-04-04"), "2026-04-04T14:44:59+00:00", "ana"),
        (rota("Australia/Lord_Howe", at="01:45", start="2026-04-04"), "2026-04-04T14:45:00+00:00", "ben"),
        # Sydney, south of the equator, is an hour ahead from October to April.
        (rota("Australia/Sydney", start="2026-04-04"), "2026-04-04T22:59:59+00:00", "ana"),
        (rota("Australia/Sydney", start="2026-04-04"), "2026-04-04T23:00:00+00:00", "ben"),
        # Samoa had no 30 December 2011: the turn that would have been the 30th's is nobody's, Ben is passed over.
        (rota("Pacific/Apia", start="2011-12-29"), "2011-12-30T18:59:59+00:00", "ana"),
        (rota("Pacific/Apia", start="2011-12-29"), "2011-12-30T19:00:00+00:00", "carla"),
        # Asuncion changed at midnight: 00:00 of 6 October 2024 is skipped, and read as 01:00 (04:00 UTC).
        (rota("America/Asuncion", at="00:00", start="2024-10-05"), "2024-10-06T03:59:59+00:00", "ana"),
        (rota("America/Asuncion", at="00:00", start="2024-10-05"), "2024-10-06T04:00:00+00:00", "ben"),
        # On the 31st, or the month's last day.
        (rota("Asia/Kolkata", Handoff.MONTHLY, "09:00", "2028-01-31"), "2028-02-29T03:29:59+00:00", "ana"),
        (rota("Asia/Kolkata", Handoff.MONTHLY, "09:00", "2028-01-31"), "2028-02-29T03:30:00+00:00", "ben"),
        (rota("Asia/Kolkata", Handoff.MONTHLY, "09:00", "2028-01-31"), "2028-03-31T03:30:00+00:00", "carla"),
        (rota("Asia/Kolkata", Handoff.MONTHLY, "09:00", "2028-01-31", 6), "2028-07-31T03:30:00+00:00", "ben"),
        # Two weeks each.
        (rota("Europe/London", Handoff.WEEKLY, every=2), "2026-01-19T08:59:59+00:00", "ana"),
        (rota("Europe/London", Handoff.WEEKLY, every=2), "2026-01-19T09:00:00+00:00", "ben"),
    ],
)
def test_hand_worked_cases_of_every_kind_of_turn(turns: Rota, moment: str, person: str) -> None:
    assert whose(turns, moment) == person


@pytest.mark.parametrize("zone", [*ZONES, "Pacific/Apia"])
@pytest.mark.parametrize(
    ("handoff", "every", "at"),
    [
        (Handoff.HOURLY, 1, "00:00"),
        (Handoff.HOURLY, 12, "01:30"),
        (Handoff.DAILY, 1, "02:30"),
        (Handoff.WEEKLY, 1, "00:00"),
        (Handoff.WEEKLY, 2, "09:00"),
        (Handoff.MONTHLY, 1, "02:00"),
    ],
)
def test_five_years_agree_with_a_slow_oracle(zone: str, handoff: Handoff, every: int, at: str) -> None:
    # Samoa lost a day in 2011; the others' last five years.
    start = date(2010, 1, 31) if zone == "Pacific/Apia" else START
    turns = Rota(("ana", "ben", "carla"), handoff, time.fromisoformat(at), start, ZoneInfo(zone), every)
    moments = [moment for moment, _ in _clock(zone, start.year)]
    expected = _slowly(turns, start.year)
    for index, moment in enumerate(moments):
        if index % 17 == 0 or moment in _near_changes(zone, start.year):
            assert turns.person(turns.turn(moment)) == expected[index], moment


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("handoff", [Handoff.DAILY, Handoff.WEEKLY, Handoff.MONTHLY])
def test_nobody_is_left_out_and_turns_follow_each_other_without_a_hole(zone: str, handoff: Handoff) -> None:
    turns = rota(zone, handoff, "02:15")
    begins = [turns.begins(turn) for turn in range(60)]
    assert begins == sorted(set(begins))
    assert [turns.turn(moment) for moment in begins] == list(range(60))
    assert [turns.turn(moment - timedelta(seconds=1)) for moment in begins] == list(range(-1, 59))


def test_hours_defer_to_the_next_local_opening() -> None:
    zone = ZoneInfo("America/New_York")
    hours = Hours.parse("08:00-20:00")

    def opening(text: str) -> str:
        return hours.opening(datetime.fromisoformat(text), zone).isoformat()

    assert opening("2026-01-12T13:00:00+00:00") == "2026-01-12T13:00:00+00:00"
    assert opening("2026-01-12T12:59:00+00:00") == "2026-01-12T13:00:00+00:00"
    assert opening("2026-01-13T01:00:00+00:00") == "2026-01-13T13:00:00+00:00"
    # Across the change to summer time: eight in the morning is an hour earlier in UTC.
    assert opening("2026-03-08T02:00:00+00:00") == "2026-03-08T12:00:00+00:00"


def test_hours_of_the_whole_day_never_defer() -> None:
    moment = datetime(2026, 1, 12, 23, 59, 59, tzinfo=UTC)
    assert Hours.parse("00:00-24:00").opening(moment, ZoneInfo("Europe/London")) == moment


@pytest.mark.parametrize("text", ["8-20", "08:00", "20:00-08:00", "08:00-25:00", "08:60-20:00", "08:00-08:00", ""])
def test_hours_that_mean_nothing_are_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"hours|time of day"):
        Hours.parse(text)


@cache
def _clock(zone: str, year: int) -> tuple[tuple[datetime, datetime], ...]:
    """Every half hour of five years: when it is, and what the wall clock shows then."""
    place = ZoneInfo(zone)
    moment, found = datetime(year, 1, 1, tzinfo=UTC), []
    while moment.year < year + YEARS:
        found.append((moment, moment.astimezone(place).replace(tzinfo=None, fold=0)))
        moment += HALF_HOUR
    return tuple(found)


@cache
def _near_changes(zone: str, year: int) -> frozenset[datetime]:
    """The two days around each change of the clocks."""
    clock = _clock(zone, year)
    found = set()
    for index in range(1, len(clock)):
        if clock[index][1] - clock[index - 1][1] != HALF_HOUR:
            found |= {moment for moment, _ in clock[max(index - 96, 0) : index + 96]}
    return frozenset(found)


def _slowly(turns: Rota, year: int) -> list[str | None]:
    """Walk through five years with a wall clock in hand, and pass the phone on whenever it strikes."""
    first: dict[datetime, datetime] = {}
    for moment, wall in _clock(turns.zone.key, year):
        first.setdefault(wall, moment)
    last = max(first)
    strikes: dict[datetime, int] = {}
    for number, wanted in enumerate(_walls(turns)):
        if wanted > last:
            break
        back = timedelta(0)
        while wanted - back not in first:  # skipped: as long after the last time that was shown
            back += HALF_HOUR
        strikes[first[wanted - back] + back] = number
    holder, seen = -1, []
    for moment, _ in _clock(turns.zone.key, year):
        holder = max(holder, strikes.get(moment, -1))
        seen.append(turns.people[holder % 3] if holder >= 0 else None)
    return seen


def _walls(turns: Rota) -> Iterator[datetime]:
    """What the wall clock is to show at each hand-off: page by page through a paper calendar."""
    day, hour, month = turns.start, turns.at, turns.start.month + 12 * turns.start.year
    if turns.handoff is Handoff.HOURLY:
        wall = datetime.combine(day, hour)
        while True:
            yield wall
            wall += timedelta(hours=turns.every)
    while True:
        yield datetime.combine(day, hour)
        if turns.handoff is not Handoff.MONTHLY:
            for _ in range(turns.every * (7 if turns.handoff is Handoff.WEEKLY else 1)):
                day += timedelta(days=1)
            continue
        month += turns.every
        day = date((month - 1) // 12, (month - 1) % 12 + 1, 1)
        while day.day < turns.start.day and (day + timedelta(days=1)).month == day.month:
            day += timedelta(days=1)
