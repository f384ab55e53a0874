"""Local time: the hours in which a rupture may page, and instants of wall-clock times that DST skips or repeats."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

MINUTES_A_DAY = 1440


def instant(day: date, at: time, zone: ZoneInfo) -> datetime:
    """Return the UTC instant of a wall-clock time.

    A time that the clocks repeat is the first of the two; one that they skip is read with the offset before the change
    (RFC 5545, 3.3.5), so 02:30 in a skipped hour is 03:30.
    """
    return datetime.combine(day, at, tzinfo=zone).replace(fold=0).astimezone(UTC)


@dataclass(frozen=True, slots=True)
class Hours:
    """A part of the local day, in minutes since midnight; ``end`` is not in it. 0 to 1440 is the whole day."""

    start: int
    end: int

    def __post_init__(self) -> None:
        if not 0 <= self.start < self.end <= MINUTES_A_DAY:
            raise ValueError("the hours must begin before they end, on the same day")

    @classmethod
    def parse(cls, text: str) -> "Hours":
        """Read ``08:00-20:00``; the end may be 24:00."""
        start, separator, end = text.partition("-")
        if not separator:
            raise ValueError(f"{text!r} is not a span of hours; write it as 08:00-20:00")
        return cls(_minutes(start), _minutes(end))

    def opening(self, at: datetime, zone: ZoneInfo) -> datetime:
        """Return ``at`` when it lies within the hours, else the next instant that does."""
        local = at.astimezone(zone)
        minute = local.hour * 60 + local.minute
        if self.start <= minute < self.end:
            return at
        begin = time(self.start // 60, self.start % 60)
        day = local.date() if minute < self.start else local.date() + timedelta(days=1)
        return instant(day, begin, zone)


def _minutes(text: str) -> int:
    hour, separator, minute = text.strip().partition(":")
    if not (separator and len(minute) == 2 and hour.isdigit() and minute.isdigit() and int(minute) < 60):
        raise ValueError(f"{text.strip()!r} is not a time of day; write it as 08:00")
    return int(hour) * 60 + int(minute)
