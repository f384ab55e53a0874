"""One attempt to tell one person over one channel: pending, sending, then sent, failed or dropped.

``sent`` means that a gateway took it. Some gateways say later whether it arrived: delivered, or failed after all. Only
a report that is newer than the last counts, so a late one moves nothing back; ``delivered`` is never taken back.
"""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.alerting.domain.facts import Kind
from services.alerting.domain.sites import Channel

CALL_LIMIT = timedelta(seconds=5)  # of one call to a gateway
# After this a call is taken to be lost with the process that made it, and is made again.
SENDING_LIMIT = CALL_LIMIT + timedelta(seconds=3)
# Waits after each failed attempt, in seconds; the last one is repeated until MAX_ATTEMPTS.
BACKOFF = (1, 2, 4, 8, 16, 32, 60)
JITTER = 0.25  # up to this part of a wait is added
MAX_ATTEMPTS = 12
SENT = "sent"
ARRIVED = "arrived"
NOT_ARRIVED = "the gateway took it, and it did not arrive"
LOST = "the sender stopped before it knew whether this arrived"
# After how many failures the person's next channel is used as well. A risk page does not wait for a second try.
NEXT_CHANNEL_AFTER = {Kind.RISK: 1, Kind.TEST: 1, Kind.RUPTURE: 3, Kind.CASELOAD: 3, Kind.OPERATIONAL: 3}


class Purpose(StrEnum):
    """Why somebody is told."""

    PAGE = "page"  # something is to be done
    DEADLINE = "deadline"  # something is still to be done, and the client comes again soon
    END = "end"  # what they were paged for is over


class Progress(StrEnum):
    """Where a delivery stands."""

    PENDING = "pending"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    FAILED = "failed"
    DROPPED = "dropped"


@dataclass(frozen=True, slots=True)
class Attempt:
    """How one attempt ended: SENT, LOST, or why it failed."""

    at: datetime
    outcome: str


@dataclass(frozen=True, slots=True)
class Report:
    """What a gateway says became of a message: sent, delivered or undelivered; ``seq`` grows from one to the next."""

    seq: int
    status: str
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Delivery:
    """A page to one person over one channel, planned at one step of an alert's escalation.

    ``next_channel`` asks the engine to try the person's next channel, or to go on when there is none. ``held`` says why
    it waits until ``not_before``, ``held_by`` which silence keeps it back; ``bundle`` is the delivery whose message
    told of this one, too; ``again`` counts how often it was sent anew by hand; ``provider_seq`` is the number of the
    gateway's last report.
    """

    delivery_id: str
    site_id: str
    alert_id: str
    kind: Kind
    step: int
    loop: int
    person_id: str
    channel: Channel
    planned_at: datetime
    not_before: datetime
    purpose: Purpose = Purpose.PAGE
    progress: Progress = Progress.PENDING
    attempts: int = 0
    deadline: datetime | None = None
    sent_at: datetime | None = None
    last_error: str = ""
    next_channel: bool = False
    held: str = ""
    held_by: str = ""
    bundle: str = ""
    again: int = 0
    provider_seq: int = 0
    delivered_at: datetime | None = None
    fence: int = 0
    log: tuple[Attempt, ...] = ()

    @property
    def reached(self) -> bool:
        """Tell whether a gateway took it, and has not said since that it did not arrive."""
        return self.progress in (Progress.SENT, Progress.DELIVERED)

    @property
    def asks(self) -> bool:
        """Tell whether something is to be done."""
        return self.purpose in (Purpose.PAGE, Purpose.DEADLINE)

    @property
    def contact(self) -> str:
        """Whom it is for, over which channel: what is bundled."""
        return f"{self.site_id}/{self.person_id}/{self.channel}"

    @property
    def failures(self) -> int:
        """Return how often a gateway did not take it. An attempt whose end nobody knows is none."""
        return sum(attempt.outcome not in (SENT, ARRIVED, LOST) for attempt in self.log)

    @property
    def hopeless(self) -> bool:
        """Tell whether nobody should wait for this one any longer, though it may still be tried again."""
        if self.progress in (Progress.FAILED, Progress.DROPPED):
            return True
        return not self.reached and self.failures >= NEXT_CHANNEL_AFTER[self.kind]


def plan(
    kind: Kind,
    site_id: str,
    alert_id: str,
    step: int,
    loop: int,
    person_id: str,
    channel: Channel,
    now: datetime,
    purpose: Purpose = Purpose.PAGE,
    again: int = 0,
) -> Delivery:
    """Plan a delivery for a time. Its id is derived, so planning it again after a crash plans nothing new."""
    name = "|".join((site_id, alert_id, str(step), str(loop), person_id, channel, *_beside_a_page(purpose, again)))
    delivery_id = hashlib.sha256(name.encode()).hexdigest()[:40]
    return Delivery(
        delivery_id, site_id, alert_id, kind, step, loop, person_id, channel, now, now, purpose, again=again
    )


def sooner(delivery: Delivery, at: datetime) -> Delivery | None:
    """Bring forward what was planned for later and nothing keeps back; None when it goes by then anyway."""
    waits = delivery.progress is Progress.PENDING and not delivery.log and not delivery.held and not delivery.held_by
    if not waits or delivery.not_before <= at:
        return None
    return replace(delivery, planned_at=min(delivery.planned_at, at), not_before=at)


def anew(delivery: Delivery, page: Delivery) -> Delivery | None:
    """Plan again what was dropped before it was ever tried, and is needed after all; None when it was not dropped."""
    if delivery.progress is not Progress.DROPPED or delivery.log:
        return None
    return replace(page, fence=delivery.fence)


def over_next_channel(delivery: Delivery, channel: Channel, now: datetime) -> Delivery:
    """Plan the same again over another channel."""
    given = (delivery.kind, delivery.site_id, delivery.alert_id, delivery.step, delivery.loop, delivery.person_id)
    return plan(*given, channel, now, delivery.purpose, delivery.again)


def resent(delivery: Delivery, now: datetime) -> Delivery | None:
    """Plan to send the same anew, because somebody asks; None while it is still on its way."""
    if delivery.progress in (Progress.PENDING, Progress.SENDING):
        return None
    given = (delivery.kind, delivery.site_id, delivery.alert_id, delivery.step, delivery.loop, delivery.person_id)
    return plan(*given, delivery.channel, now, delivery.purpose, delivery.again + 1)


def ends(pages: Iterable[Delivery], revision: int, closed_by: str, now: datetime) -> tuple[Delivery, ...]:
    """Plan to tell those whom a page reached that it is over, each over the channel that reached them last.

    Not whoever closed it: they know. Nobody is called by voice for it whom a page reached otherwise, too.
    """
    reached = {}
    told = [page for page in pages if page.asks and page.reached and page.person_id != closed_by]
    for page in sorted(told, key=lambda page: (page.channel is not Channel.VOICE, page.planned_at)):
        reached[page.person_id] = page
    return tuple(
        plan(page.kind, page.site_id, page.alert_id, 0, revision, page.person_id, page.channel, now, Purpose.END)
        for page in reached.values()
    )


def claim(delivery: Delivery, now: datetime, fence: int) -> Delivery | None:
    """Take a due delivery for sending; None when it is not due, or when a later engine acts."""
    due = delivery.progress is Progress.PENDING and delivery.not_before <= now
    if not due or delivery.fence > fence:
        return None
    return replace(
        delivery,
        progress=Progress.SENDING,
        attempts=delivery.attempts + 1,
        deadline=now + SENDING_LIMIT,
        held="",
        held_by="",
        fence=fence,
    )


def sent(delivery: Delivery, now: datetime) -> Delivery | None:
    """Note that the gateway took it; None when that is known already.

    It counts even when the claim had expired meanwhile.
    """
    if delivery.reached or delivery.provider_seq:
        # Known, or its gateway has said more than that already.
        return None
    return replace(
        delivery,
        progress=Progress.SENT,
        sent_at=now,
        deadline=None,
        next_channel=False,
        log=(*delivery.log, Attempt(now, SENT)),
    )


def failed(delivery: Delivery, now: datetime, error: str, *, permanent: bool) -> Delivery | None:
    """Note a failed attempt: tried again later, or given up when it is permanent or has been tried often enough."""
    if delivery.progress is not Progress.SENDING:
        return None
    over = permanent or delivery.attempts >= MAX_ATTEMPTS
    noted = replace(delivery, last_error=error, deadline=None, log=(*delivery.log, Attempt(now, error)))
    # Asked for once: at the failure that is one too many, or at the end if that comes first.
    enough = NEXT_CHANNEL_AFTER[delivery.kind]
    ask = noted.failures == enough or (over and noted.failures < enough)
    return replace(
        noted,
        progress=Progress.FAILED if over else Progress.PENDING,
        not_before=now + backoff(noted),
        next_channel=noted.next_channel or ask,
    )


def reported(delivery: Delivery, report: Report, now: datetime) -> Delivery | None:
    """Note what the gateway says became of it; None when a newer report came before, or it has arrived already.

    What did not arrive asks for the person's next channel, like a message that no gateway took.
    """
    called = delivery.progress in (Progress.SENDING, Progress.SENT, Progress.FAILED)
    if report.seq <= delivery.provider_seq or not called:
        return None
    known = replace(delivery, provider_seq=report.seq, deadline=None, sent_at=delivery.sent_at or now)
    if report.status == "delivered":
        log = (*delivery.log, Attempt(now, ARRIVED))
        return replace(known, progress=Progress.DELIVERED, delivered_at=now, next_channel=False, log=log)
    if report.status == "undelivered":
        reason = f"{NOT_ARRIVED} ({report.reason})" if report.reason else NOT_ARRIVED
        log = (*delivery.log, Attempt(now, reason))
        return replace(known, progress=Progress.FAILED, last_error=reason, next_channel=True, log=log)
    return replace(known, progress=Progress.SENT if delivery.progress is Progress.SENDING else delivery.progress)


def failed_along(delivery: Delivery, now: datetime, error: str, *, permanent: bool) -> Delivery | None:
    """Note that the message failed that was to tell of this one, too: it goes on as if it had been tried itself."""
    if delivery.progress is not Progress.PENDING:
        return None
    tried = replace(delivery, progress=Progress.SENDING, attempts=delivery.attempts + 1)
    return failed(tried, now, error, permanent=permanent)


def reclaimed(delivery: Delivery, now: datetime) -> Delivery | None:
    """Make a page whose sender died ready to be sent again, at once: twice rather than never. None when it did not."""
    if delivery.progress is not Progress.SENDING or delivery.deadline is None or delivery.deadline > now:
        return None
    if delivery.attempts >= MAX_ATTEMPTS:
        # Whatever it is that dies of this page, the other ways must not wait for it.
        return failed(delivery, now, LOST, permanent=True)
    return replace(
        delivery,
        progress=Progress.PENDING,
        not_before=now,
        deadline=None,
        last_error=LOST,
        log=(*delivery.log, Attempt(now, LOST)),
    )


def drop(delivery: Delivery, reason: str) -> Delivery | None:
    """Give up a delivery that nobody needs any longer; None when it is past that."""
    if delivery.progress is not Progress.PENDING:
        return None
    return replace(delivery, progress=Progress.DROPPED, last_error=reason, next_channel=False)


def hold(delivery: Delivery, until: datetime, reason: str, silence_id: str = "") -> Delivery | None:
    """Keep a delivery back until it may be sent, and say why."""
    if delivery.progress is not Progress.PENDING or delivery.not_before >= until:
        return None
    return replace(delivery, not_before=until, held=reason, held_by=silence_id)


def release(delivery: Delivery, silence_id: str, now: datetime) -> Delivery | None:
    """Let a delivery go that a silence kept back; None when something else does.

    One that went with another's message, or was given up, is only no longer the silence's.
    """
    if delivery.held_by != silence_id:
        return None
    if delivery.progress is not Progress.PENDING:
        return replace(delivery, held="", held_by="")
    return replace(delivery, not_before=min(delivery.not_before, now), held="", held_by="")


def joined(delivery: Delivery, lead: Delivery, now: datetime) -> Delivery | None:
    """Note that another delivery's message told of this one, too; None when it has left by itself."""
    if delivery.progress is not Progress.PENDING:
        return None
    return replace(
        delivery,
        progress=Progress.SENT,
        sent_at=now,
        bundle=lead.delivery_id,
        held="",
        next_channel=False,
        log=(*delivery.log, Attempt(now, SENT)),
    )


def settled(delivery: Delivery) -> Delivery | None:
    """Note that the next channel has been seen to."""
    return replace(delivery, next_channel=False) if delivery.next_channel else None


def backoff(delivery: Delivery) -> timedelta:
    """Return how long to wait after the failures so far.

    The jitter is derived from the id: spread, and repeatable.
    """
    wait = BACKOFF[min(max(delivery.failures, 1), len(BACKOFF)) - 1]
    spread = int(hashlib.sha256(f"{delivery.delivery_id}{delivery.attempts}".encode()).hexdigest()[:8], 16) / 0xFFFFFFFF
    return timedelta(seconds=wait * (1 + JITTER * spread))


def _beside_a_page(purpose: Purpose, again: int) -> tuple[str, ...]:
    return (*(() if purpose is Purpose.PAGE else (purpose.value,)), *((str(again),) if again else ()))
