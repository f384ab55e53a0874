"""The life of a rupture: it opens on an alarm, and is repaired, or not within its window, or ends with the episode of
care, or is dismissed.

Clinical reference 2.5. While a rupture is open the baseline is frozen, and the ratings from its opening on stay out
of later baselines; the rating that repairs it belongs to the baseline again. Choices of ours, where the reference is
silent:

- After a rupture that was not repaired in time the baseline starts afresh, because the old level no longer describes
  the client; a further fall is then seen against the new level instead of the same one being announced again and
  again.
- A rupture that the client reported, or that is a silence, without a fall in the ratings, is repaired when the client
  says in the same session that it was resolved, or at the next answered session without unresolved tension and without
  an alarm.
- A dismissed rupture was none: its ratings go back into the baseline. The dismissal covers the sessions up to its
  time, so that the same fall is not announced again as another.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import NamedTuple

from services.scoring.domain import explain
from services.scoring.domain.detectors import (
    EMPTY,
    Answered,
    Baseline,
    Detector,
    Finding,
    Level,
    Memory,
    Verdict,
    finding,
)
from services.scoring.domain.inputs import Dismissal, Homework, Session, SessionStatus
from services.scoring.domain.instruments import Instrument
from services.scoring.domain.policy import Severity, Watch
from services.scoring.domain.ruptures import Rupture, Status, rupture_id
from services.scoring.domain.scores import Scored

RECURRING_SESSIONS = 8  # a second rupture within so many answered sessions recurs (clinical reference 2.5)
NOTHING_ANSWERED = Scored(None, {}, {}, (), "", None, False)


class Rated(NamedTuple):
    """One session's answers, scored, in the order of sessions; ``NOTHING_ANSWERED`` where there are none.
    ``therapist_total`` is the therapist's own rating of the session, None where there is none.
    """

    session: Session
    therapist_id: str
    scored: Scored
    therapist_total: float | None = None


@dataclass(slots=True)
class Judged:
    """What the chart shows at one session: the level and the limit before it, the findings that alarmed, the quiet
    marks, and what each of the track's detectors of ratings said, in their order.
    """

    baseline: float | None
    limit: float | None
    findings: Sequence[Finding]
    markers: Sequence[Finding]
    verdicts: Sequence[Verdict | None]


Alarms = list[tuple[Detector, Finding]]
_UNWATCHED = Judged(None, None, (), (), ())


@dataclass(slots=True)
class _Open:
    """A rupture that is open, with the level as it was before."""

    rupture_id: str
    opened: Session
    level: Level | None
    findings: tuple[Finding, ...]
    statistical: bool  # the ratings fell; otherwise the client's word, or silence, alone
    depth: float | None
    facet: str
    explanation: str
    recurring: bool
    before: Mapping[str, float]
    lowest: Mapping[str, float]
    dismissal: Dismissal | None
    answered: int = 0  # sessions answered since the opening
    held_back: list[Rated] = field(default_factory=list)  # to be settled if it is dismissed


class Track:
    """One client with one therapist on one version of an instrument: the reach of a baseline.

    ``watches`` are those of the instrument, in the order in which they take over; None for an instrument that is not
    watched. Detectors of all of them are asked from the start, so that each has seen the whole history when its watch
    takes over; only the watch in force raises anything.
    """

    def __init__(
        self,
        site_id: str,
        episode_id: str,
        client_id: str,
        therapist_id: str,
        instrument: Instrument,
        watches: Sequence[Watch] | None,
        dismissals: Mapping[str, Dismissal] | None = None,
    ) -> None:
        self.site_id = site_id
        self.episode_id = episode_id
        self.client_id = client_id
        self.therapist_id = therapist_id
        self.instrument = instrument
        self.ruptures: list[Rupture] = []
        self._watches = tuple(watches or ())
        self._watch = self._watches[0] if self._watches else None
        self._dismissals = dismissals or {}
        chosen = {choice.detector: None for watch in self._watches for choice in watch.policy.choices}
        self.detectors: tuple[Detector, ...] = tuple(each for each in chosen if not each.of_sessions)
        self._of_sessions: tuple[Detector, ...] = tuple(each for each in chosen if each.of_sessions)
        self._choose()
        self._previous: Mapping[str, float] = {}
        self._count = 0  # answered sessions
        self._opened: list[int] = []  # at which of them ruptures opened
        self._unanswered = 0
        self._undone = 0
        self._alarmed = False  # the last answered session raised an alarm
        self._open: _Open | None = None
        self._restart()

    @property
    def is_open(self) -> bool:
        return self._open is not None

    def take(self, rated: Rated) -> Judged:
        """Judge the next session against this track, and move its rupture on."""
        if self._watch is None:
            return _UNWATCHED
        if len(self._watches) > 1:
            self._hand_over(rated.session.scheduled_at)
        if self._open is not None:
            self._end_dismissed(self._open, rated.session)
        scored = rated.scored
        answered, left_out = self._answered(rated)
        usual = self._baseline.shrunk_mean
        alarms: Alarms = []
        markers: list[Finding] = []
        limit, verdicts = self._judge(answered, alarms, markers)
        if left_out and self._of_sessions:
            self._judge_session(answered, alarms, markers)
        if len(alarms) > 1:
            alarms.sort(key=_strength)
        if self._open is not None:
            self._continue(self._open, rated, alarms)
        elif alarms:
            self._begin(rated, alarms)
        else:
            self._settle(rated)
        if scored is not NOTHING_ANSWERED:
            self._previous = scored.facets or self._previous
            self._alarmed = bool(alarms)
        findings = [each for _, each in alarms] if alarms else ()
        return Judged(usual, limit, findings, markers, verdicts)

    def end(self, session_id: str, at: datetime) -> None:
        """End an open rupture that can no longer be repaired on this track."""
        if self._open is not None:
            self._close(self._open, Status.ENDED, session_id, at, None)

    def all_ruptures(self, next_session_at: datetime | None) -> list[Rupture]:
        """Every rupture of the track; the open one knows the next booked session."""
        opened = self._open
        if opened is None:
            return self.ruptures
        if opened.dismissal is not None:
            dismissed = self._rupture(opened, Status.DISMISSED, "", opened.dismissal.at, None)
            return [*self.ruptures, dismissed]
        return [*self.ruptures, self._rupture(opened, Status.OPEN, "", None, next_session_at)]

    # ------------------------------------------------------------------ what happened in the session
    def _answered(self, rated: Rated) -> tuple[Answered, bool]:
        """The session, and whether it says something to detectors of sessions."""
        session, _, scored, therapist = rated
        homework, undone = session.homework, 0
        if homework is _NOT_DONE:
            undone = self._undone = self._undone + 1
        elif homework is _FULLY or homework is _PARTLY:
            self._undone = 0
        if scored is NOTHING_ANSWERED:
            no_show = session.status is SessionStatus.NO_SHOW
            self._unanswered += not no_show
            return Answered(None, None, 0 if no_show else self._unanswered, no_show, self._alarmed, undone), True
        self._unanswered = 0
        self._count += 1
        if undone or therapist is not None:
            return Answered(scored.total, scored.tension, undone=undone, therapist=therapist), True
        return Answered(scored.total, scored.tension), False

    def _judge(
        self, answered: Answered, alarms: Alarms, markers: list[Finding]
    ) -> tuple[float | None, list[Verdict | None]]:
        before = self._baseline
        # While a rupture is open, what detectors remember of it is not carried on.
        memories = self._memories if self._open is None else self._memories.copy()
        limit: float | None = None
        verdicts: list[Verdict | None] = []
        for place, (detector, judge, severity) in enumerate(self._asked):
            verdict, memories[place] = judge(answered, before, memories[place])
            verdicts.append(verdict)
            if verdict is None:
                continue
            if severity is _RUPTURE:
                if verdict.limit is not None and (limit is None or verdict.limit > limit):
                    limit = verdict.limit
                if verdict.alarm:
                    alarms.append((detector, finding(detector, verdict, answered, before)))
            elif verdict.alarm and severity is not None:
                markers.append(finding(detector, verdict, answered, before))
        return limit, verdicts

    def _judge_session(self, answered: Answered, alarms: Alarms, markers: list[Finding]) -> None:
        for detector in self._of_sessions:
            severity = self._severities.get(detector)
            verdict, _ = detector.judge(answered, self._baseline, EMPTY)
            if verdict is None or not verdict.alarm or severity is None:
                continue
            found = finding(detector, verdict, answered, self._baseline)
            if severity is _RUPTURE:
                alarms.append((detector, found))
            else:
                markers.append(found)

    def _hand_over(self, at: datetime) -> None:
        """Let the watch of that time take over."""
        due = [watch for watch in self._watches if watch.since is None or watch.since <= at]
        if due[-1] is not self._watch:
            self._watch = due[-1]
            self._choose()
            self._baseline.shrink_to(self._watch.population)

    def _choose(self) -> None:
        choices = self._watch.policy.choices if self._watch is not None else ()
        self._severities = {choice.detector: choice.severity for choice in choices}
        self._asked = [(detector, detector.judge, self._severities.get(detector)) for detector in self.detectors]

    # ------------------------------------------------------------------ the rupture
    def _begin(self, rated: Rated, alarms: Alarms) -> None:
        session, total, level = rated.session, rated.scored.total, self._baseline.level
        usual = self._usual()
        facets = explain.most_fallen(usual, rated.scored.facets, self.instrument)
        identity = rupture_id(self.site_id, self.episode_id, self.client_id, self.instrument.id, session.session_id)
        opened = _Open(
            rupture_id=identity,
            opened=session,
            level=level,
            findings=tuple(each for _, each in alarms),
            statistical=_fell(alarms),
            depth=max(0.0, level.mean - total) if level and total is not None else None,
            facet=facets[0] if len(facets) == 1 else "",
            explanation=explain.sentence(alarms, facets, usual, self._previous, rated.scored),
            recurring=any(self._count - number < RECURRING_SESSIONS for number in self._opened),
            before=usual,
            lowest=rated.scored.facets,
            dismissal=self._dismissals.get(identity),
        )
        self._forget()
        self._opened.append(self._count)
        self._open = opened
        opened.held_back.append(rated)
        if not opened.statistical and rated.scored.resolved:
            self._close(opened, Status.REPAIRED, session.session_id, session.scheduled_at, rated)

    def _continue(self, opened: _Open, rated: Rated, alarms: Alarms) -> None:
        session, total = rated.session, rated.scored.total
        if total is None and rated.scored.tension is None:
            return  # nothing was answered that could tell
        opened.answered += 1
        fell = _fell(alarms)
        if self._returned(opened, rated, fell):
            self._close(opened, Status.REPAIRED, session.session_id, session.scheduled_at, rated)
            self._settle(rated)
            return
        opened.held_back.append(rated)
        opened.statistical = opened.statistical or fell
        if opened.level and total is not None and opened.level.mean - total > (opened.depth or 0.0):
            opened.depth, opened.lowest = opened.level.mean - total, rated.scored.facets
        if self._watch is not None and opened.answered >= self._watch.policy.repair_sessions:
            if opened.statistical and opened.dismissal is None:
                self._restart()
            self._close(opened, Status.UNREPAIRED, session.session_id, session.scheduled_at, rated)

    def _returned(self, opened: _Open, rated: Rated, fell: bool) -> bool:
        if rated.scored.tension and not rated.scored.resolved:
            return False
        if not opened.statistical:
            return not fell
        total, population = rated.scored.total, self._baseline.population
        if total is None or population is None:
            return False
        if opened.level is None:
            return not fell
        return total >= opened.level.mean - population.sem

    def _end_dismissed(self, opened: _Open, session: Session) -> None:
        """A dismissal ends where its time does; what comes later is judged afresh."""
        if opened.dismissal is not None and session.scheduled_at > opened.dismissal.at:
            self._close(opened, Status.DISMISSED, "", opened.dismissal.at, None)

    def _settle(self, rated: Rated) -> None:
        """Take a rating into the baseline."""
        scored = rated.scored
        if scored.total is not None:
            self._baseline.add(scored.total)
            self._profile.append(scored.facets)

    def _usual(self) -> dict[str, float]:
        values: dict[str, list[float]] = {}
        for facets in self._profile:
            for facet, value in facets.items():
                values.setdefault(facet, []).append(value)
        return {facet: sum(each) / len(each) for facet, each in values.items()}

    def _restart(self) -> None:
        self._baseline = Baseline(self.instrument, self._watch.population if self._watch else None)
        self._profile: list[Mapping[str, float]] = []
        self._forget()

    def _forget(self) -> None:
        self._memories: list[Memory] = [EMPTY] * len(self.detectors)

    def _close(self, opened: _Open, status: Status, session_id: str, at: datetime, last: Rated | None) -> None:
        """``last`` is the session that ended it; None when no session did."""
        self._open = None
        if opened.dismissal is not None:
            status = Status.DISMISSED
            for rated in opened.held_back:
                self._settle(rated)
        next_at = last.session.next_session_at if last and status is Status.UNREPAIRED else None
        after = last.scored.facets if last else {}
        self.ruptures.append(self._rupture(opened, status, session_id, at, next_at, opened.answered + 1, after))

    def _rupture(
        self,
        opened: _Open,
        status: Status,
        session_id: str,
        at: datetime | None,
        next_at: datetime | None,
        sessions: int = 0,
        after: Mapping[str, float] | None = None,
    ) -> Rupture:
        return Rupture(
            rupture_id=opened.rupture_id,
            client_id=self.client_id,
            therapist_id=self.therapist_id,
            instrument_id=self.instrument.id,
            status=status,
            opened_session_id=opened.opened.session_id,
            opened_at=opened.opened.scheduled_at,
            closed_session_id=session_id,
            closed_at=at,
            findings=opened.findings,
            baseline=opened.level.mean if opened.level else None,
            depth=opened.depth,
            facet=opened.facet,
            explanation=opened.explanation,
            next_session_at=next_at,
            sessions=sessions,
            recurring=opened.recurring,
            facets_before=opened.before,
            facets_lowest=opened.lowest,
            facets_after=after or {},
        )


_RUPTURE = Severity.RUPTURE
_NOT_DONE, _FULLY, _PARTLY = Homework.NOT_DONE, Homework.FULLY, Homework.PARTLY


def _fell(alarms: Alarms) -> bool:
    return any(each.z is not None for _, each in alarms)


def _strength(alarm: tuple[Detector, Finding]) -> float:
    """The client's own word and silence first, then the most unlikely statistic."""
    z = alarm[1].z
    return float("-inf") if z is None else z
