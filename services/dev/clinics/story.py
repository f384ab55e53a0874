"""What a simulated clinic has to tell, in the order in which it happened. Pure: seed and start decide everything."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, time, timedelta

import numpy as np
from attune.clinic.v1 import feedback_events_pb2 as feedback
from attune.clinic.v1 import session_events_pb2 as session_events
from google.protobuf.message import Message
from google.protobuf.timestamp_pb2 import Timestamp

from services.dev.clinics.profiles import Profile
from services.dev.ledger import Expect, Truth
from services.dev.simulator import Preset, SimulatedClient, SimulatedSession, certain_rupture, simulate_client

OPENED = "attune.episode.opened.v1"
UPDATED = "attune.episode.updated.v1"
CLOSED = "attune.episode.closed.v1"
RECORDED = "attune.session.recorded.v1"
SUBMITTED = "attune.feedback.submitted.v1"

SESSIONS_PER_EPISODE = (8, 13)  # drawn uniformly, the end excluded
FEWEST = 6  # sessions that an episode needs to have room for a certain rupture
RUPTURED = 0.35  # share of episodes with an injected rupture; more than in life, so that a short demo shows some
UNRATED = 0.15  # share of sessions whose form stays unanswered, the low end of what services report
NO_SHOW = 0.04
CORRECTED = 0.02  # share of responses that the client corrects
RISK = 0.015  # share of responses with the safety question answered above its threshold
RISK_PARTIAL = 0.4  # of those, the share of forms left before their end
CLOSED_SHARE = 0.2  # share of episodes that end with their last session
SAFETY_ITEM = 11  # attune-checkin's optional safety question, 0 to 3
WEEK = timedelta(days=7)


@dataclass(frozen=True, slots=True)
class Outgoing:
    """One event that a clinic wants to publish, and what it expects to become of it."""

    event_id: str
    type: str
    site: str
    episode_id: str
    time: datetime
    message: Message
    expect: Expect = Expect.ACCEPT
    risk: bool = False
    rubbish: str = ""
    names: str = ""

    def again(self) -> Outgoing:
        """The same event once more, as a blind retry sends it."""
        return replace(self, expect=Expect.DUPLICATE)


@dataclass(frozen=True, slots=True)
class Story:
    """All events of a clinic in the order of their times, and the ruptures that were put in."""

    events: tuple[Outgoing, ...]
    truths: tuple[Truth, ...]


def tell(profile: Profile, sessions: int, seed: int, start: datetime) -> Story:
    """The story of `sessions` booked sessions that end shortly before `start`."""
    rng = np.random.default_rng([seed, *profile.site.encode()])
    events: list[Outgoing] = []
    truths: list[Truth] = []
    for number, length in enumerate(_lengths(rng, sessions)):
        episode = _Episode(profile, rng, number, length, start)
        events.extend(episode.events())
        truths.extend(episode.truths())
    events.sort(key=lambda event: (event.time, event.event_id))
    return Story(tuple(events), tuple(truths))


def _lengths(rng: np.random.Generator, sessions: int) -> list[int]:
    """Lengths of episodes that add up to `sessions`; the last may be short."""
    lengths: list[int] = []
    while (left := sessions - sum(lengths)) > 0:
        length = min(left, int(rng.integers(*SESSIONS_PER_EPISODE)))
        lengths.append(length)
    return lengths


class _Episode:
    """One episode of care with one client."""

    def __init__(self, profile: Profile, rng: np.random.Generator, number: int, length: int, start: datetime) -> None:
        self._profile, self._rng = profile, rng
        # The run's start is part of every id, so that a second run beside the data of the first tells something new.
        run = f"{start.astimezone(UTC):%y%m%d%H%M%S}"
        self.id = f"ep-{run}-{number:04d}"
        self._client = f"cl-{run}-{number:04d}"
        self._therapist = f"th-{int(rng.integers(1, 7)):02d}"
        self._preset: Preset = profile.presets[number % len(profile.presets)]
        self._first = self._first_session(start, length)
        self._story = self._simulate(length)

    def _first_session(self, start: datetime, length: int) -> datetime:
        """A weekday and an hour in the clinic's own day, so that the last session is over before `start`."""
        last_day = start.astimezone(self._profile.zone).date() - timedelta(days=int(self._rng.integers(1, 8)))
        hour = time(int(self._rng.integers(8, 18)), int(self._rng.integers(0, 4)) * 15)
        return datetime.combine(last_day, hour, self._profile.zone) - WEEK * (length - 1)

    def _simulate(self, length: int) -> SimulatedClient:
        ruptured = length >= FEWEST and self._rng.random() < RUPTURED
        rupture = certain_rupture(self._rng, length) if ruptured else None
        return simulate_client(self._rng, self._preset, length, rupture, missing=UNRATED)

    def truths(self) -> Iterator[Truth]:
        """The rupture that was injected, if any."""
        if self._story.rupture is not None:
            sessions = tuple(self._session_id(index) for index in self._story.rupture_sessions)
            yield Truth(self._profile.site, self.id, self._client, self._story.rupture.shape.value, sessions)

    def events(self) -> Iterator[Outgoing]:
        """Opening, sessions, feedback, and for some an end."""
        opened = self._first - timedelta(days=3)
        yield self._event("opened", OPENED, opened, self._opened(opened))
        if self._rng.random() < RUPTURED:
            yield self._event("updated", UPDATED, opened + timedelta(days=1), self._updated())
        for session in self._story.sessions:
            yield from self._session(session)
        if self._rng.random() < CLOSED_SHARE:
            ended = self._at(len(self._story.sessions) - 1) + timedelta(hours=5)
            reason = session_events.CLOSE_REASON_COMPLETED
            message = session_events.EpisodeClosed(episode_id=self.id, closed_at=stamp(ended), reason=reason)
            yield self._event("closed", CLOSED, ended, message)

    def _session(self, session: SimulatedSession) -> Iterator[Outgoing]:
        begins = self._at(session.index)
        missed = session.rating is None and self._rng.random() < NO_SHOW / UNRATED
        late = int(self._rng.integers(1, 20)) if self._rng.random() < 0.1 else 0
        message = session_events.SessionRecorded(
            episode_id=self.id,
            session_id=self._session_id(session.index),
            scheduled_at=stamp(begins),
            status=session_events.SESSION_STATUS_NO_SHOW if missed else session_events.SESSION_STATUS_HELD,
            late_minutes=0 if missed else late,
            homework=session_events.Homework(done=session_events.HOMEWORK_DONE_PARTLY, agreed=not missed),
            goals_reviewed=session.index % 4 == 0,
            next_session_at=stamp(begins + WEEK),
        )
        yield self._event(f"session-{session.index:02d}", RECORDED, begins + timedelta(minutes=55), message)
        if session.rating is not None:
            yield from self._feedback(session, begins + timedelta(minutes=65))

    def _feedback(self, session: SimulatedSession, at: datetime) -> Iterator[Outgoing]:
        answers = dict(session.answers)
        risk = self._preset.asks_tension and not session.in_rupture and self._rng.random() < RISK
        partial = risk and self._rng.random() < RISK_PARTIAL
        if partial:  # left early, but the safety question is answered
            answers = {item: value for item, value in answers.items() if item <= 3}
        if risk:
            answers[SAFETY_ITEM] = float(self._rng.integers(1, 4))
        name = f"response-{session.index:02d}"
        yield self._event(name, SUBMITTED, at, self._response(session, answers, at, 1, partial), risk=risk)
        if not risk and not session.in_rupture and self._rng.random() < CORRECTED:
            first = min(answers)
            corrected = {**answers, first: max(0.0, round(answers[first] - 0.5, 1))}
            later = at + timedelta(minutes=20)
            yield self._event(
                f"{name}-corrected", SUBMITTED, later, self._response(session, corrected, later, 2, False)
            )

    def _response(
        self, session: SimulatedSession, answers: dict[int, float], at: datetime, revision: int, partial: bool
    ) -> Message:
        return feedback.FeedbackSubmitted(
            response_id=f"re-{self._session_id(session.index)}",
            episode_id=self.id,
            session_id=self._session_id(session.index),
            client_id=self._client,
            instrument_id=self._preset.instrument_id,
            instrument_version=self._preset.instrument_version,
            answers=[feedback.Answer(item=item, value=value) for item, value in sorted(answers.items())],
            submitted_at=stamp(at),
            revision=revision,
            partial=partial,
        )

    def _opened(self, at: datetime) -> Message:
        return session_events.EpisodeOpened(
            episode_id=self.id,
            client_ids=[self._client],
            therapist_id=self._therapist,
            opened_at=stamp(at),
            modality=session_events.MODALITY_INDIVIDUAL,
            agreement=session_events.Agreement(
                goals=["sleep through the night", "speak up in meetings"],
                expectations=["weekly sessions"],
                barriers=[session_events.BARRIER_FEAR_OF_JUDGEMENT],
            ),
            consent=session_events.Consent(
                monitoring=True,
                visibility=session_events.VISIBILITY_THERAPIST_AND_SUPERVISOR,
                given_at=stamp(at),
            ),
        )

    def _updated(self) -> Message:
        agreement = session_events.Agreement(
            goals=["sleep through the night"],
            preferences=["a written summary"],
            communication_style=session_events.COMMUNICATION_STYLE_INDIRECT,
        )
        return session_events.EpisodeUpdated(episode_id=self.id, agreement=agreement)

    def _event(self, name: str, kind: str, at: datetime, message: Message, *, risk: bool = False) -> Outgoing:
        return Outgoing(f"{self.id}-{name}", kind, self._profile.site, self.id, at, message, risk=risk)

    def _session_id(self, index: int) -> str:
        return f"se-{self.id}-{index:02d}"

    def _at(self, index: int) -> datetime:
        return self._first + WEEK * index


def stamp(at: datetime) -> Timestamp:
    """A protobuf timestamp of an aware time."""
    made = Timestamp()
    made.FromDatetime(at.astimezone(UTC))
    return made
