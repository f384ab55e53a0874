"""Whether a site's feed of sessions has fallen silent: what is usual there is taken from its own last weeks."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise

REMEMBERED = timedelta(days=28)
# Below so many days with sessions nothing is usual yet (own).
NEEDED_DAYS = 5
# Silent is twice the longest pause of the last four weeks, and at least this (own): a long weekend is none.
AT_LEAST = timedelta(days=2)
TIMES = 2


@dataclass(frozen=True, slots=True)
class Feed:
    """When a site's sessions were last heard of, and the days of the last weeks on which they were."""

    last_seen: datetime
    days: tuple[date, ...]


def heard(feed: Feed | None, at: datetime) -> Feed:
    """Return what is known after one more event."""
    day = at.date()
    if feed is None:
        return Feed(at, (day,))
    kept = tuple(each for each in feed.days if each > day - REMEMBERED and each != day)
    return replace(feed, last_seen=max(feed.last_seen, at), days=(*kept, day))


def silent_from(feed: Feed, configured: timedelta | None) -> datetime | None:
    """Return when the feed counts as silent if nothing more is heard; None while nothing is usual there."""
    if configured is not None:
        return feed.last_seen + configured
    if len(feed.days) < NEEDED_DAYS:
        return None
    return feed.last_seen + max(AT_LEAST, TIMES * _longest_pause(feed.days))


def _longest_pause(days: Sequence[date]) -> timedelta:
    ordered = sorted(days)
    return max(later - earlier for earlier, later in pairwise(ordered))
