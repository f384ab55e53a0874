"""Until when a rupture should be in somebody's hands: before the client comes again."""

from datetime import datetime, timedelta
from zoneinfo import ZoneInfo

from services.alerting.domain.facts import Facts, Kind
from services.alerting.domain.hours import instant

# The supervisor hears of it after three working days, or a day before the next booked session (clinical reference 6.1).
WORKING_DAYS = 3
BEFORE_SESSION = timedelta(hours=24)
_SATURDAY = 5


def deadline(facts: Facts, triggered_at: datetime, zone: ZoneInfo) -> datetime | None:
    """Return when the supervisors hear of a rupture that nobody has taken on; None for other kinds."""
    if facts.kind is not Kind.RUPTURE:
        return None
    latest = working_days_after(triggered_at, WORKING_DAYS, zone)
    booked = facts.part("next_session_at")
    return min(latest, datetime.fromisoformat(booked) - BEFORE_SESSION) if booked else latest


def working_days_after(at: datetime, days: int, zone: ZoneInfo) -> datetime:
    """Return the same local time so many days later, Saturdays and Sundays not counted."""
    local = at.astimezone(zone)
    day = local.date()
    while days:
        day += timedelta(days=1)
        days -= day.weekday() < _SATURDAY
    return instant(day, local.time(), zone)
