"""How often one contact is written to: bundles, and limits. Pages about risk wait for neither."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from services.alerting.domain.delivery import Purpose
from services.alerting.domain.sites import Channel

# What follows a page to the same person within this time is told together (Alertmanager's group_interval: 5 min).
BUNDLE_EVERY = timedelta(minutes=5)
# At most so many messages to one address within a time. SMS and voice: GoAlert's ratelimit.go; mail: own.
LIMITS: Mapping[Channel, tuple[tuple[int, timedelta], ...]] = MappingProxyType(
    {
        Channel.EMAIL: ((30, timedelta(hours=1)),),
        Channel.SMS: ((5, timedelta(minutes=15)),),
        Channel.VOICE: ((3, timedelta(minutes=15)), (7, timedelta(hours=1))),
    }
)
REMEMBERED = timedelta(hours=1)  # the longest window of a limit
BUNDLED = "told together with what else comes, until {until}"
LIMITED = "held by limit until {until}"


@dataclass(frozen=True, slots=True)
class Message:
    """One message that left for an address, for which site and person, and what for."""

    at: datetime
    site_id: str
    person_id: str
    purpose: Purpose = Purpose.PAGE

    @property
    def about(self) -> tuple[str, str, Purpose]:
        """What is told together."""
        return self.site_id, self.person_id, self.purpose


@dataclass(frozen=True, slots=True)
class Wait:
    """Until when a page is kept back, and why."""

    until: datetime
    reason: str


def wait(
    channel: Channel, sent: tuple[Message, ...], message: Message, bundle_every: timedelta = BUNDLE_EVERY
) -> Wait | None:
    """Tell whether a message that is due has to wait, given what left for the same address; None: it may go now.

    The first message of a site to an address is exempt from the limit, so that no site is silenced by another's storm.
    """
    now = message.at
    mine = [each.at for each in sent if each.about == message.about]
    if mine and max(mine) + bundle_every > now:
        return _wait(max(mine) + bundle_every, BUNDLED)
    first = not any(each.site_id == message.site_id for each in sent)
    times = sorted(each.at for each in sent)
    until = max((_free_at(times, most, within, now) for most, within in LIMITS.get(channel, ())), default=now)
    return None if first or until <= now else _wait(until, LIMITED)


def remembered(sent: tuple[Message, ...], message: Message) -> tuple[Message, ...]:
    """Return what left, with one more message and without what no limit asks for any longer."""
    return (*(each for each in sent if each.at > message.at - REMEMBERED), message)


def _free_at(times: list[datetime], most: int, within: timedelta, now: datetime) -> datetime:
    """Return when fewer than ``most`` of ``times`` lie within the last ``within``."""
    recent = [at for at in times if at > now - within]
    return now if len(recent) < most else recent[len(recent) - most] + within


def _wait(until: datetime, reason: str) -> Wait:
    return Wait(until, reason.format(until=until.isoformat(timespec="seconds")))
