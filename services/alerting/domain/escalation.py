"""What is due now for one alert: whom to tell, and when to look again."""

from dataclasses import dataclass, replace
from datetime import datetime

from services.alerting.domain.alert import Entry, State, Status
from services.alerting.domain.deadline import deadline
from services.alerting.domain.delivery import Delivery, Purpose, plan
from services.alerting.domain.facts import Facts, Kind
from services.alerting.domain.notify import notifications
from services.alerting.domain.policy import CATCH_ALL, SUPERVISORS
from services.alerting.domain.silence import Silence
from services.alerting.domain.sites import Channel, Person, Site

ENGINE = "escalate"
DEADLINE = "nobody has taken it on, and the client comes again soon; the supervisors are told"
NOBODY = "nobody of this step can be told; the catch-all is told and the next step is taken at once"
UNREACHED = "every channel of this step failed"


@dataclass(frozen=True, slots=True)
class Due:
    """The pages to plan, and the state that says that they are."""

    pages: tuple[Delivery, ...]
    state: State


def due(facts: Facts, state: State, site: Site, now: datetime, avoid: str = "") -> Due | None:
    """Take the step that is due; None when none is. A step that is late is taken once, and the next wait begins now.

    ``avoid`` is a therapist who is not to be told, because the client asked so: ruptures only, never risk.
    """
    if state.status is not Status.TRIGGERED or state.next_action_at is None or state.next_action_at > now:
        return None
    allowed = site.may_page_at(facts.kind, now)
    if allowed > now:
        deferred = replace(state, next_action_at=allowed)
        return Due((), deferred.noted(Entry(now, "deferred", ENGINE, "outside the hours in which this may page")))
    if facts.kind is Kind.CASELOAD:
        # A pattern is about a therapist, and meant for whoever supports them.
        avoid = facts.part("therapist_id")
    kept_from = avoid if facts.kind in (Kind.RUPTURE, Kind.CASELOAD) else ""
    return _Walk(facts, state, site, now, kept_from).take()


def silenced(state: State, silence: Silence, now: datetime) -> State | None:
    """Keep the step that is due back until the silence ends; None when no step is due."""
    if state.status is not Status.TRIGGERED or state.next_action_at is None or state.next_action_at > now:
        return None
    until = silence.ends_at.isoformat(timespec="seconds")
    entry = Entry(now, "silenced", silence.author, f"until {until}: {silence.reason}")
    return replace(state, next_action_at=silence.ends_at, held_by=silence.silence_id).noted(entry)


def released(state: State, silence_id: str, now: datetime) -> State | None:
    """Take the step at once that a silence kept back; None when it does not, or no longer."""
    if state.held_by != silence_id:
        return None
    if state.status is not Status.TRIGGERED:
        return replace(state, held_by="")
    return replace(state, next_action_at=now, resumes_at=None, held_by="").noted(Entry(now, "silence-ended", ENGINE))


def hastened(state: State, delivery: Delivery, now: datetime) -> State | None:
    """Take the next step now, because nobody of the delivery's step can be reached; None when that has happened anyway.

    The catch-all keeps its pace: beyond it there is nobody, and pages that cannot arrive must not become a storm.
    """
    steps = len(state.policy.steps)
    waiting = state.status is Status.TRIGGERED and state.next_action_at is not None and state.next_action_at > now
    position = state.policy.after(delivery.step, delivery.loop) if delivery.step < steps else None
    if not waiting or position != (state.step, state.loop):
        return None
    return replace(state, next_action_at=now, resumes_at=None).noted(Entry(now, "escalated", ENGINE, UNREACHED))


class _Walk:
    """One step through the policy; several when steps are empty."""

    def __init__(self, facts: Facts, state: State, site: Site, now: datetime, avoid: str) -> None:
        self._facts, self._state, self._site, self._now, self._avoid = facts, state, site, now, avoid
        self._step, self._loop = state.step, state.loop
        self._pages: dict[tuple[str, Channel], Delivery] = {}
        self._entries: list[Entry] = []

    def take(self) -> Due:
        policy = self._state.policy
        if self._deadline is not None and self._deadline <= self._now:
            return self._tell_supervisors()
        if self._step >= len(policy.steps):
            over = self._step > len(policy.steps) or self._facts.kind is Kind.CASELOAD
            return self._end(None) if over else self._catch_all()
        while True:
            step = policy.steps[self._step]
            people = self._people(step.targets)
            if people and (self._step, self._loop) != (0, self._state.first_loop):
                self._note("escalated", f"step {self._step + 1} of {len(policy.steps)}, round {self._loop + 1}")
            if not people:
                self._note("no-one-on-call", NOBODY)
            self._tell(people or self._people(self._instead))
            self._step, self._loop = policy.after(self._step, self._loop)
            # The end of a round is waited for even when all of it was empty: the catch-all has been told, and what
            # repeats for ever must not spin.
            if people or self._step in (0, len(policy.steps)):
                return self._end(self._now + step.delay)

    def _catch_all(self) -> Due:
        self._note("escalated", "the policy is exhausted; the catch-all is told")
        self._tell(self._people((CATCH_ALL,)))
        self._loop += 1
        if self._facts.kind is not Kind.RISK:
            # Told once; when nobody has answered after one more wait, it is over.
            self._step += 1
        return self._end(self._now + self._state.policy.catch_all_every)

    @property
    def _instead(self) -> tuple[str, ...]:
        """Whom to tell when nobody of a step can be. Of a caseload nobody: it is in the console."""
        return () if self._facts.kind is Kind.CASELOAD else (CATCH_ALL,)

    @property
    def _deadline(self) -> datetime | None:
        """When the supervisors are to be told; None when they were, or there are none."""
        if self._state.deadline_told or not self._people((SUPERVISORS,)):
            return None
        return deadline(self._facts, self._state.triggered_last, self._site.zone)

    def _tell_supervisors(self) -> Due:
        """Tell them, beside the policy: its next step keeps its time, or follows at once when it was due as well."""
        self._note("deadline", DEADLINE)
        self._tell(self._people((SUPERVISORS,)), Purpose.DEADLINE)
        walking = self._step < len(self._state.policy.steps)
        # They have a while to answer before the policy counts as over.
        resumes = self._state.resumes_at or (self._now if walking else self._now + self._state.policy.catch_all_every)
        state = replace(self._state, deadline_told=True, next_action_at=resumes, resumes_at=None)
        return Due(tuple(self._pages.values()), state.noted(*self._entries))

    def _people(self, targets: tuple[str, ...]) -> tuple[Person, ...]:
        found = self._site.resolve(targets, self._now)
        return tuple(person for person in found if not self._avoid or person.therapist_id != self._avoid)

    def _tell(self, people: tuple[Person, ...], purpose: Purpose = Purpose.PAGE) -> None:
        for person in people:
            for wait, contact in notifications(person, self._facts.kind):
                page = plan(
                    self._facts.kind,
                    self._site.site_id,
                    self._facts.alert_id,
                    self._step,
                    self._loop,
                    person.person_id,
                    contact.channel,
                    self._now + wait,
                    purpose,
                )
                self._pages.setdefault((person.person_id, contact.channel), page)

    def _note(self, what: str, detail: str) -> None:
        self._entries.append(Entry(self._now, what, ENGINE, detail))

    def _end(self, next_action_at: datetime | None) -> Due:
        sooner = min((at for at in (next_action_at, self._deadline) if at is not None), default=None)
        state = replace(self._state, step=self._step, loop=self._loop, next_action_at=sooner, resumes_at=next_action_at)
        return Due(tuple(self._pages.values()), state.noted(*self._entries))
