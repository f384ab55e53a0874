"""Who is on call.

A pure function of the rota and the time: nothing is stored, so nothing can be missed or doubled by DST.
"""

from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import IntEnum
from zoneinfo import ZoneInfo

from services.alerting.domain.hours import instant


class Handoff(IntEnum):
    """Local days from one hand-off to the next."""

    DAILY = 1
    WEEKLY = 7


@dataclass(frozen=True, slots=True)
class Rota:
    """People who take turns, beginning with the first on ``start``; hand-off at the local time ``at``.

    A weekly rota hands off on the weekday of ``start``. Before the first hand-off nobody is on call.
    """

    people: tuple[str, ...]
    handoff: Handoff
    at: time
    start: date
    zone: ZoneInfo


def on_call(rota: Rota, at: datetime) -> str | None:
    """Return the id of the person on call at an instant, or None for nobody."""
    day = at.astimezone(rota.zone).date() + timedelta(days=1)
    # At most three turns: tomorrow, today, yesterday. Days are counted on the calendar, so a day of 23 or 25 hours is
    # one day.
    while instant(day, rota.at, rota.zone) > at:
        day -= timedelta(days=1)
    passed = (day - rota.start).days
    if passed < 0 or not rota.people:
        return None
    return rota.people[passed // rota.handoff % len(rota.people)]
