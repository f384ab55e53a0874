"""The hours of the local day in which no client is told of a request."""

from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from zoneinfo import ZoneInfo


@dataclass(frozen=True, slots=True)
class Quiet:
    """From ``start`` to ``end`` in local time; over midnight when the start is the later. ``end`` is not in it."""

    start: time
    end: time
    zone: ZoneInfo

    def over(self, at: datetime) -> datetime:
        """Return ``at`` when it lies outside of the quiet hours, else the instant at which they end.

        Wall-clock times that summer time skips are read with the offset before the change (RFC 5545, 3.3.5).
        """
        local = at.astimezone(self.zone)
        clock = local.time().replace(tzinfo=None)
        overnight = self.start > self.end
        within = clock >= self.start or clock < self.end if overnight else self.start <= clock < self.end
        if not within:
            return at
        day = local.date() + timedelta(days=1 if overnight and clock >= self.start else 0)
        # In an hour that the clocks repeat, the end of the quiet hours may come out before the present.
        return max(at, datetime.combine(day, self.end, tzinfo=self.zone).astimezone(UTC))
