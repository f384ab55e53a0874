"""What became of an alert: triggered, acknowledged, closed. Closed is the end for every command.

Two things trigger an alert again: time, when whoever took it on has not closed it before the acknowledgement runs out
(or the snooze that they asked for is over); and scoring's own change of mind, when a withdrawn rupture stands again.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.alerting.domain.facts import Facts, Kind
from services.alerting.domain.findings import Findings
from services.alerting.domain.policy import Policy

BY_SCORING = "scoring"
WITHDRAWN = "scoring withdrew the rupture"
DISMISSED = "a clinician dismissed the rupture"
# Entries of one alert's timeline: far above any real course, far below MongoDB's 16 MB even for a risk that nobody
# answers for a year. When full, the oldest entries but the first go; deliveries keep the whole story.
MAX_ENTRIES = 1_000
MAX_TEXT = 500  # characters of a note or a reason
# Longest snooze (own): a risk not past one shift, a rupture not past two weekly sessions.
MAX_SNOOZE = {
    Kind.RISK: timedelta(hours=12),
    Kind.RUPTURE: timedelta(days=14),
    Kind.CASELOAD: timedelta(days=14),
    Kind.OPERATIONAL: timedelta(days=3),
    Kind.TEST: timedelta(hours=1),
}
OVER = "it is over"
ANSWERED = "the test page was answered"
OUR_REASONS = frozenset({WITHDRAWN, DISMISSED, OVER, ANSWERED})  # the others are written by people
RAN_OUT = "the acknowledgement ran out, and the alert is not closed"
SLEPT = "the snooze is over"
BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: nothing that reads like another


class Closed(Exception):
    """A command came too late: the alert is closed."""


class Stale(Exception):
    """A button was pressed that belongs to an earlier state of the alert."""


class Status(StrEnum):
    """Where an alert stands."""

    TRIGGERED = "triggered"
    ACKNOWLEDGED = "acknowledged"
    CLOSED = "closed"


@dataclass(frozen=True, slots=True)
class Entry:
    """One line of an alert's history."""

    at: datetime
    what: str
    who: str
    detail: str = ""


@dataclass(frozen=True, slots=True)
class State:
    """What became of an alert, beside what it is about.

    ``step`` and ``loop`` are the next to be taken, ``first_loop`` the one it began with (this time); ``since`` is when
    it was triggered the last time; ``revision`` counts changes of status; ``fence`` is the highest token of an engine
    that acted; ``used_links`` are hashes of the one-time links that were used; ``recurrence_of`` is the closed alert
    that this one follows on; ``deadline_told``: the supervisors know that nobody has taken it on; ``end_due``: those
    who were paged are still to be told that it is over; ``held_by``: the silence that keeps its next step back;
    ``exhausted_told``: it was reported that its policy is over and nobody answered. While it is acknowledged,
    ``next_action_at`` is when it triggers again; else it is the next step or, where something comes before that,
    ``resumes_at`` is the step.
    """

    status: Status
    revision: int
    triggered_at: datetime
    policy: Policy
    step: int = 0
    loop: int = 0
    first_loop: int = 0
    next_action_at: datetime | None = None
    resumes_at: datetime | None = None
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    closed_by: str = ""
    closed_at: datetime | None = None
    close_reason: str = ""
    findings: Findings | None = None
    since: datetime | None = None
    snoozed_until: datetime | None = None
    recurrence_of: str = ""
    deadline_told: bool = False
    end_due: bool = False
    held_by: str = ""
    exhausted_told: bool = False
    fence: int = 0
    used_links: tuple[str, ...] = ()
    timeline: tuple[Entry, ...] = ()

    @property
    def open(self) -> bool:
        """Tell whether anyone still has to do anything."""
        return self.status is not Status.CLOSED

    @property
    def idle(self) -> bool:
        """Tell whether it waits for somebody and nothing will happen by itself any more, and nobody was told so."""
        return self.status is Status.TRIGGERED and self.next_action_at is None and not self.exhausted_told

    @property
    def triggered_last(self) -> datetime:
        """When it was triggered the last time; pages and buttons from before belong to an earlier state."""
        return self.since or self.triggered_at

    def noted(self, *entries: Entry) -> "State":
        """Return the state with more history."""
        timeline = (*self.timeline, *entries)
        if len(timeline) > MAX_ENTRIES:
            timeline = (timeline[0], *timeline[-(MAX_ENTRIES - 1) :])
        return replace(self, timeline=timeline)


def trigger(policy: Policy, now: datetime, recurrence_of: str = "") -> State:
    """Begin. The first step is due at once; what may not page now is deferred when it is taken."""
    state = State(Status.TRIGGERED, 1, now, policy, next_action_at=now, recurrence_of=recurrence_of)
    return state.noted(
        Entry(now, "triggered", "alerting", f"again, after alert {recurrence_of}" if recurrence_of else "")
    )


def follow(state: State, facts: Facts, policy: Policy, now: datetime) -> State:
    """Bring the alert in line with what is known now about its subject.

    A rupture that scoring withdrew, or that a clinician dismissed, is closed unless somebody took it on already. One
    that stands again after that triggers again, from the first step: nobody has been told that it does.
    """
    if facts.kind is not Kind.RUPTURE:
        over = facts.withdrawn and state.status is Status.TRIGGERED
        return _close(state, "alerting", OVER, None, now) if over else state
    if facts.withdrawn and state.status is Status.TRIGGERED:
        return _close(state, BY_SCORING, DISMISSED if facts.dismissed else WITHDRAWN, None, now)
    if not facts.withdrawn and not state.open and state.closed_by == BY_SCORING:
        return _again(state, policy, now, "alerting", "the withdrawn rupture stands again")
    return state


def acknowledge(state: State, person_id: str, note: str, now: datetime, link: str = "") -> State:
    """Take the alert on, for as long as its policy says.

    The first one wins; a second one is noted; the same again changes nothing; Closed when too late.
    """
    _check_open(state)
    links = (*state.used_links, link) if link and link not in state.used_links else state.used_links
    if state.status is Status.TRIGGERED:
        return _taken(state, person_id, now, links).noted(Entry(now, "acknowledged", person_id, note))
    state = replace(state, used_links=links)
    this_time = (entry for entry in state.timeline if entry.at >= state.triggered_last)
    if any(entry.what == "acknowledged" and entry.who == person_id for entry in this_time):
        return state
    return state.noted(Entry(now, "acknowledged", person_id, note or f"after {state.acknowledged_by}"))


def snooze(state: State, person_id: str, until: datetime, note: str, now: datetime) -> State:
    """Take the alert on and be reminded: at ``until`` it triggers again, from the first step. Closed when too late."""
    _check_open(state)
    if state.snoozed_until == until and state.acknowledged_by == person_id:
        return state
    taken = _taken(state, person_id, now, state.used_links)
    detail = f"until {until.isoformat(timespec='seconds')}" + (f": {note}" if note else "")
    return replace(taken, next_action_at=until, snoozed_until=until).noted(Entry(now, "snoozed", person_id, detail))


def wake(state: State, facts: Facts, now: datetime) -> State | None:
    """Trigger an alert again whose acknowledgement has run out, or whose snooze is over; None while neither is.

    A test page that was answered has done all it is for, and so has word of a fault that is over.
    """
    due = state.next_action_at is not None and state.next_action_at <= now
    if state.status is not Status.ACKNOWLEDGED or not due:
        return None
    if facts.kind is Kind.OPERATIONAL and facts.withdrawn:
        return end_told(_close(state, "alerting", OVER, None, now))
    if facts.kind is Kind.TEST:
        return end_told(_close(state, "alerting", ANSWERED, None, now))
    reason = SLEPT if state.snoozed_until is not None else RAN_OUT
    return _again(state, _as_it_began(state), now, "escalate", f"{reason}; {state.acknowledged_by} had it")


def escalate_now(state: State, person_id: str, note: str, now: datetime) -> State:
    """Take the next step at once. One that was acknowledged triggers again: whoever had it asks for help."""
    _check_open(state)
    entry = Entry(now, "escalated", person_id, note or "asked for")
    if state.status is Status.TRIGGERED:
        return replace(state, next_action_at=now, resumes_at=None).noted(entry)
    back = replace(
        state,
        status=Status.TRIGGERED,
        revision=state.revision + 1,
        next_action_at=now,
        resumes_at=None,
        acknowledged_by="",
        acknowledged_at=None,
        snoozed_until=None,
    )
    return back.noted(entry)


def check_fresh(state: State, as_of: datetime) -> None:
    """Refuse a button that was shown before the alert was last triggered: what it offered is no longer the question."""
    if as_of < state.triggered_last:
        raise Stale("was triggered again since")


def close(state: State, person_id: str, reason: str, findings: Findings | None, now: datetime) -> State:
    """End the alert for good. The same again changes nothing; another person, reason or finding is Closed."""
    if state.open:
        return _close(state, person_id, reason, findings, now)
    if (state.closed_by, state.close_reason, state.findings) == (person_id, reason, findings):
        return state
    raise Closed(f"was closed by {state.closed_by} already")


def resumed(state: State, now: datetime) -> State | None:
    """Take the next step at once of an alert that should have had one; None when it has."""
    return replace(state, next_action_at=now).noted(Entry(now, "resumed", "audit")) if state.idle else None


def end_told(state: State) -> State:
    """Note that the pages which tell of the end are planned."""
    return replace(state, end_due=False)


def reference(alert_id: str) -> str:
    """Return the short name of an alert that people can say on the phone: 5 characters, one of 33 million."""
    number = int(alert_id.replace("-", ""), 16)
    return "".join(BASE32[number >> shift & 31] for shift in range(0, 25, 5))


def _check_open(state: State) -> None:
    if not state.open:
        raise Closed(f"was closed by {state.closed_by}")


def _taken(state: State, person_id: str, now: datetime, links: tuple[str, ...]) -> State:
    return replace(
        state,
        status=Status.ACKNOWLEDGED,
        revision=state.revision + 1,
        acknowledged_by=person_id,
        acknowledged_at=now,
        snoozed_until=None,
        next_action_at=now + state.policy.ack_timeout,
        used_links=links,
    )


def _again(state: State, policy: Policy, now: datetime, who: str, reason: str) -> State:
    """Trigger from the first step. Loops go on counting, so that the new pages are not taken for the old ones."""
    loop = state.loop + 1
    again = replace(
        state,
        status=Status.TRIGGERED,
        revision=state.revision + 1,
        since=now,
        policy=policy if policy.repeat is None else replace(policy, repeat=policy.repeat + loop),
        step=0,
        loop=loop,
        first_loop=loop,
        next_action_at=now,
        resumes_at=None,
        acknowledged_by="",
        acknowledged_at=None,
        snoozed_until=None,
        closed_by="",
        closed_at=None,
        close_reason="",
        findings=None,
        deadline_told=False,
        exhausted_told=False,
        end_due=False,
    )
    return again.noted(Entry(now, "triggered", who, reason))


def _as_it_began(state: State) -> Policy:
    """Return the snapshot without what ``_again`` added to its repeats."""
    policy = state.policy
    return policy if policy.repeat is None else replace(policy, repeat=policy.repeat - state.first_loop)


def _close(state: State, who: str, reason: str, findings: Findings | None, now: datetime) -> State:
    ended = replace(
        state,
        status=Status.CLOSED,
        revision=state.revision + 1,
        closed_by=who,
        closed_at=now,
        close_reason=reason,
        findings=findings,
        snoozed_until=None,
        next_action_at=None,
        end_due=True,
    )
    return ended.noted(Entry(now, "closed", who, reason))
