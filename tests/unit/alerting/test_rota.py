"""Who is on call, against hand-worked cases and an independent, slow oracle."""

from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from services.alerting.domain.hours import Hours
from services.alerting.domain.rota import Handoff, Rota, on_call

# Clock changes in both hemispheres, by half an hour (Lord Howe), at midnight (Asuncion), and none (Kolkata, Apia).
ZONES = [
    "Europe/London",
    "America/New_York",
    "Australia/Lord_Howe",
    "America/Asuncion",
    "Asia/Kolkata",
    "Pacific/Apia",
]
MINUTE = timedelta(minutes=1)


def rota(zone: str, handoff: Handoff = Handoff.DAILY, at: str = "09:00", start: str = "2026-01-05") -> Rota:
    return Rota(("ana", "ben", "carla"), handoff, time.fromisoformat(at), date.fromisoformat(start), ZoneInfo(zone))


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
    assert on_call(rota(zone, handoff, at), datetime.fromisoformat(moment)) == person


@settings(max_examples=150, deadline=None)
@given(
    st.sampled_from(ZONES),
    st.sampled_from(list(Handoff)),
    st.times().map(lambda at: at.replace(second=0, microsecond=0)),
    st.integers(0, 5 * 366 * 1440).map(lambda minutes: datetime(2024, 1, 1, tzinfo=UTC) + minutes * MINUTE),
)
def test_it_agrees_with_a_slow_oracle(zone: str, handoff: Handoff, at: time, moment: datetime) -> None:
    turns = Rota(("ana", "ben", "carla"), handoff, at, moment.date() - timedelta(days=16), ZoneInfo(zone))
    assert on_call(turns, moment) == _slowly(turns, moment)


@pytest.mark.parametrize("zone", ZONES)
@pytest.mark.parametrize("handoff", list(Handoff))
def test_everybody_is_on_call_for_whole_turns_and_nobody_is_left_out(zone: str, handoff: Handoff) -> None:
    turns = rota(zone, handoff, "02:15")
    moment = datetime(2026, 1, 6, tzinfo=UTC)
    seen = []
    while moment < datetime(2027, 1, 20, tzinfo=UTC):
        seen.append(on_call(turns, moment))
        moment += timedelta(minutes=30)
    changes = [after for before, after in pairwise(seen) if before != after]
    order = {"ana": "ben", "ben": "carla", "carla": "ana"}
    assert all(order[before] == after for before, after in pairwise(changes))
    assert len(changes) == (379 if handoff is Handoff.DAILY else 54)


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


def _slowly(turns: Rota, moment: datetime) -> str | None:
    """Walk through time minute by minute with a wall clock in hand, and pass the phone on whenever it strikes."""
    day, person = turns.start, None
    turn = 0
    while _strikes(day, turns) <= moment:
        person = turns.people[turn % len(turns.people)]
        day += timedelta(days=int(turns.handoff))
        turn += 1
    return person


def _strikes(day: date, turns: Rota) -> datetime:
    """The first minute at which the wall shows the time; if it never does, as long after the jump as was skipped."""
    wanted = datetime.combine(day, turns.at)
    minute = datetime.combine(day, time(), tzinfo=UTC) - timedelta(hours=16)
    end = minute + timedelta(hours=48)
    before = _wall(minute, turns.zone)
    skipped: datetime | None = None
    while minute < end:
        minute += MINUTE
        wall = _wall(minute, turns.zone)
        if wall == wanted:
            return minute
        if skipped is None and before < wanted < wall and wall - before > MINUTE:
            skipped = minute + (wanted - before - MINUTE)
        before = wall
    assert skipped is not None
    return skipped


def _wall(moment: datetime, zone: ZoneInfo) -> datetime:
    return moment.astimezone(zone).replace(tzinfo=None, fold=0)
