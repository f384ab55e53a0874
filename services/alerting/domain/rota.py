"""Whose turn it is.

A pure function of the rota and the time: nothing is stored, so nothing can be missed or doubled by DST.

Turns are counted on the wall clock, which knows no DST; each hand-off is then the instant at which the clocks of the
rota's zone show its time. A time that they show twice is the first of the two; one that they skip is read with the
offset before the change, so 02:30 in a skipped hour is 03:30 (RFC 5545, 3.3.5). It is the turn of the last hand-off, in
order, that has passed: a turn whose whole time was skipped is nobody's.
"""

import calendar
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum
from zoneinfo import ZoneInfo

from services.alerting.domain.hours import instant

_DAYS = {"hourly": timedelta(hours=1), "daily": timedelta(days=1), "weekly": timedelta(days=7)}
_MONTHS_A_YEAR = 12
_A_DAY = timedelta(days=1)  # the clocks change by no more, and at most once in it


class Handoff(StrEnum):
    """What a turn is measured in."""

    HOURLY = "hourly"
    DAILY = "daily"
    WEEKLY = "weekly"
    MONTHLY = "monthly"


@dataclass(frozen=True, slots=True)
class Rota:
    """People who take turns, beginning with the first on ``start``; hand-off at the local time ``at``.

    A turn lasts ``every`` hours, days, weeks or months of the calendar. A weekly rota hands off on the weekday of
    ``start``, a monthly one on its day of the month, or on the month's last day when it has no such day. Before the
    first hand-off it is nobody's turn.
    """

    people: tuple[str, ...]
    handoff: Handoff
    at: time
    start: date
    zone: ZoneInfo
    every: int = 1

    def person(self, turn: int) -> str | None:
        """Return whose turn it is; None before the first one, and in a rota of nobody."""
        return self.people[turn % len(self.people)] if turn >= 0 and self.people else None

    def begins(self, turn: int) -> datetime:
        """Return the instant of the hand-off to a turn, in UTC; the first turn is 0."""
        wall = self._wall(turn)
        return instant(wall.date(), wall.time(), self.zone)

    def turn(self, at: datetime) -> int:
        """Return the number of the turn at an instant; negative before the first one."""
        local = at.astimezone(self.zone)
        before = (at - _A_DAY).astimezone(self.zone)
        # A time that has passed can lie ahead on the wall clock by as much as it was turned back.
        turned_back = max(_offset(before) - _offset(local), timedelta(0))
        turn = self._after(local.replace(tzinfo=None) + turned_back)
        while self.begins(turn) > at:
            turn -= 1
        return turn

    def _wall(self, turn: int) -> datetime:
        first = datetime.combine(self.start, self.at)
        if self.handoff is not Handoff.MONTHLY:
            return first + turn * self.every * _DAYS[self.handoff]
        months = self.start.year * _MONTHS_A_YEAR + self.start.month - 1 + turn * self.every
        year, month = months // _MONTHS_A_YEAR, months % _MONTHS_A_YEAR + 1
        return first.replace(year=year, month=month, day=min(self.start.day, calendar.monthrange(year, month)[1]))

    def _after(self, wall: datetime) -> int:
        """Return one of the first turns that begin after a wall-clock time."""
        if self.handoff is Handoff.MONTHLY:
            months = (wall.year - self.start.year) * _MONTHS_A_YEAR + wall.month - self.start.month
            return months // self.every + 1
        return (wall - datetime.combine(self.start, self.at)) // (self.every * _DAYS[self.handoff]) + 1


def _offset(local: datetime) -> timedelta:
    return local.utcoffset() or timedelta(0)
