"""Telling a client of a request: the link once, then reminders, until nothing is left to tell.

What is to be told next and when is part of the request, so a crash forgets none: who finds it due takes it, by moving
it to a time at which the attempt is lost, and notes what became of it. The address is kept for no longer than that.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum

# One call to a gateway (own: longer than a mail server that greylists takes to say so).
CALL_LIMIT = timedelta(seconds=10)
# After this a call is taken to be lost with the process that made it, and is made again (own).
TAKEN_FOR = CALL_LIMIT + timedelta(seconds=20)
# Waits after failed attempts: doubled from the first to the longest, until the request ends (own).
FIRST_PAUSE = timedelta(seconds=30)
LONGEST_PAUSE = timedelta(hours=1)


class Channel(StrEnum):
    """Who brings the link to the client, and how."""

    # The clinic's own system, told by a signed webhook.
    CLINIC = "clinic"
    EMAIL = "email"
    SMS = "sms"


@dataclass(frozen=True, slots=True)
class Reminding:
    """A site's policy: how many reminders follow the first message, each so long after the one before."""

    reminders: int
    after: timedelta
    # The earliest time, from the given one on, at which a client may be told: the site's quiet hours.
    allowed: Callable[[datetime], datetime]


@dataclass(frozen=True, slots=True)
class Outreach:
    """How a client is told of one request."""

    channel: Channel
    # As it is stored; empty for the clinic's own system, and once nothing is left to tell.
    address: str = field(repr=False)
    # When the next message is due, or when the one that is being sent is taken to be lost; None when nothing is left.
    due_at: datetime | None
    # Of the message that is due.
    attempts: int = 0
    # When each message was handed over: the first, then the reminders.
    told_at: tuple[datetime, ...] = ()
    # Why the last attempt failed; names no address.
    last_error: str = ""

    @property
    def over(self) -> bool:
        """Tell whether nothing is left to tell."""
        return self.due_at is None

    def finished(self) -> "Outreach":
        """Stop, and forget the address."""
        return replace(self, address="", due_at=None)

    def readdressed(self, channel: Channel, address: str) -> "Outreach":
        """Send what is left somewhere else."""
        return self if self.over else replace(self, channel=channel, address=address)

    def taken(self, now: datetime, policy: Reminding) -> "Outreach | None":
        """Take the message that is due, or put it off to the end of the quiet hours; None when nothing is due.

        It may be sent when there is one more attempt than before.
        """
        if self.due_at is None or self.due_at > now:
            return None
        allowed = policy.allowed(now)
        if allowed > now:
            return replace(self, due_at=allowed)
        return replace(self, due_at=now + TAKEN_FOR, attempts=self.attempts + 1)

    def told(self, attempt: "Outreach", now: datetime, policy: Reminding, ends_at: datetime) -> "Outreach":
        """Note that the message of an attempt was handed over; again changes nothing.

        Plans the next reminder, unless it would come when the request has ended.
        """
        if len(self.told_at) != len(attempt.told_at):
            return self
        told = replace(self, told_at=(*self.told_at, now), attempts=0, last_error="")
        if self.over:
            return told
        next_at = policy.allowed(now + policy.after)
        if len(told.told_at) > policy.reminders or next_at >= ends_at:
            return told.finished()
        return replace(told, due_at=next_at)

    def failed(self, attempt: "Outreach", now: datetime, error: str, *, permanent: bool) -> "Outreach":
        """Note that an attempt failed: tried again later, or given up when that is no use."""
        if self.over or self.attempts != attempt.attempts or len(self.told_at) != len(attempt.told_at):
            return self
        noted = replace(self, last_error=error)
        if permanent:
            return noted.finished()
        pause = min(LONGEST_PAUSE, FIRST_PAUSE * 2 ** min(self.attempts - 1, 16))
        return replace(noted, due_at=now + pause)


def begin(channel: Channel, address: str, at: datetime) -> Outreach:
    """Plan the first message."""
    return Outreach(channel, address, at)
