"""What became of an alert: triggered, acknowledged, closed. It never opens a door back for a user's command.

Only scoring's own change of mind moves it back: a withdrawn rupture that stands again triggers again.
"""

from dataclasses import dataclass, replace
from datetime import datetime
from enum import StrEnum

from services.alerting.domain.facts import Facts
from services.alerting.domain.policy import Policy

BY_SCORING = "scoring"
WITHDRAWN = "scoring withdrew the rupture"
DISMISSED = "a clinician dismissed the rupture"
# Entries of one alert's timeline: far above any real course, far below MongoDB's 16 MB even for a risk that nobody
# answers for a year. When full, the oldest entries but the first go; deliveries keep the whole story.
MAX_ENTRIES = 1_000
MAX_TEXT = 500  # characters of a note or a reason
BASE32 = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"  # Crockford: nothing that reads like another


class Closed(Exception):
    """A command came too late: the alert is closed."""


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

    ``step`` and ``loop`` are the next to be taken, ``first_loop`` the one it began with; ``revision`` counts changes of
    status; ``fence`` is the highest token of an engine that acted; ``used_links`` are hashes of the one-time links that
    were used.
    """

    status: Status
    revision: int
    triggered_at: datetime
    policy: Policy
    step: int = 0
    loop: int = 0
    first_loop: int = 0
    next_action_at: datetime | None = None
    acknowledged_by: str = ""
    acknowledged_at: datetime | None = None
    closed_by: str = ""
    closed_at: datetime | None = None
    close_reason: str = ""
    fence: int = 0
    used_links: tuple[str, ...] = ()
    timeline: tuple[Entry, ...] = ()

    @property
    def open(self) -> bool:
        """Tell whether anyone still has to do anything."""
        return self.status is not Status.CLOSED

    def noted(self, *entries: Entry) -> "State":
        """Return the state with more history."""
        timeline = (*self.timeline, *entries)
        if len(timeline) > MAX_ENTRIES:
            timeline = (timeline[0], *timeline[-(MAX_ENTRIES - 1) :])
        return replace(self, timeline=timeline)


def trigger(policy: Policy, now: datetime) -> State:
    """Begin. The first step is due at once; what may not page now is deferred when it is taken."""
    state = State(Status.TRIGGERED, revision=1, triggered_at=now, policy=policy, next_action_at=now)
    return state.noted(Entry(now, "triggered", "alerting"))


def follow(state: State, facts: Facts, policy: Policy, now: datetime) -> State:
    """Bring the alert in line with what is known now about its subject.

    A rupture that scoring withdrew, or that a clinician dismissed, is closed unless somebody took it on already. One
    that stands again after that triggers again, from the first step: nobody has been told that it does.
    """
    if facts.withdrawn and state.status is Status.TRIGGERED:
        return _close(state, BY_SCORING, DISMISSED if facts.dismissed else WITHDRAWN, now)
    if not facts.withdrawn and not state.open and state.closed_by == BY_SCORING:
        again = trigger(policy, now)
        return replace(
            again,
            revision=state.revision + 1,
            fence=state.fence,
            # Loops go on counting, so that the new pages are not taken for the old ones.
            loop=state.loop + 1,
            first_loop=state.loop + 1,
            policy=_longer(policy, state.loop + 1),
            used_links=state.used_links,
            timeline=(*state.timeline, Entry(now, "triggered", "alerting", "the withdrawn rupture stands again")),
        )
    return state


def acknowledge(state: State, person_id: str, note: str, now: datetime, link: str = "") -> State:
    """Take the alert on.

    The first one wins; a second one is noted; the same again changes nothing; Closed when too late.
    """
    if not state.open:
        raise Closed(f"was closed by {state.closed_by}")
    links = (*state.used_links, link) if link and link not in state.used_links else state.used_links
    if state.status is Status.TRIGGERED:
        taken = replace(
            state,
            status=Status.ACKNOWLEDGED,
            revision=state.revision + 1,
            acknowledged_by=person_id,
            acknowledged_at=now,
            next_action_at=None,
            used_links=links,
        )
        return taken.noted(Entry(now, "acknowledged", person_id, note))
    state = replace(state, used_links=links)
    if any(entry.what == "acknowledged" and entry.who == person_id for entry in state.timeline):
        return state
    return state.noted(Entry(now, "acknowledged", person_id, note or f"after {state.acknowledged_by}"))


def close(state: State, person_id: str, reason: str, now: datetime) -> State:
    """End the alert for good. The same again changes nothing; another person or reason is Closed."""
    if state.open:
        return _close(state, person_id, reason, now)
    if (state.closed_by, state.close_reason) == (person_id, reason):
        return state
    raise Closed(f"was closed by {state.closed_by} already")


def reference(alert_id: str) -> str:
    """Return the short name of an alert that people can say on the phone: 5 characters, one of 33 million."""
    number = int(alert_id.replace("-", ""), 16)
    return "".join(BASE32[number >> shift & 31] for shift in range(0, 25, 5))


def _close(state: State, who: str, reason: str, now: datetime) -> State:
    ended = replace(
        state,
        status=Status.CLOSED,
        revision=state.revision + 1,
        closed_by=who,
        closed_at=now,
        close_reason=reason,
        next_action_at=None,
    )
    return ended.noted(Entry(now, "closed", who, reason))


def _longer(policy: Policy, loops: int) -> Policy:
    return policy if policy.repeat is None else replace(policy, repeat=policy.repeat + loops)
