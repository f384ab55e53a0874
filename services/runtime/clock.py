"""Time as a port, so that tests and replays decide what the time is."""

from datetime import UTC, datetime, timedelta
from typing import Protocol


class Clock(Protocol):
    """Where the present comes from."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        """Return the present, aware, in UTC."""
        return datetime.now(UTC)


class ManualClock:
    """A clock that stands still until it is moved."""

    def __init__(self, start: datetime) -> None:
        self.set(start)

    def now(self) -> datetime:
        """Return the time that was last set."""
        return self._now

    def advance(self, by: timedelta) -> None:
        """Move forward (or, with a negative amount, back: clocks do that too)."""
        self._now += by

    def set(self, to: datetime) -> None:
        """Jump to an aware time."""
        if to.tzinfo is None:
            raise ValueError("a clock needs an aware datetime")
        self._now = to.astimezone(UTC)
