"""What the benchmarks publish: episodes with one session each, and a feedback that reports tension."""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta

import confluent_kafka
from attune.clinic.v1 import feedback_events_pb2 as feedback
from attune.clinic.v1 import session_events_pb2 as sessions

from services.dev.clinics.story import OPENED, RECORDED, SUBMITTED, Outgoing, stamp
from services.dev.clinics.wire import binary_protobuf

SITE = "harbour"
TENSION_ITEM = 9  # attune-checkin's direct question: a yes opens a rupture by itself, at the first rating
SEND_SECONDS = 60.0


class Course:
    """One client's episode with one session: three events, the last of which must page somebody."""

    def __init__(self, run: str, number: int) -> None:
        self.episode_id = f"bench-{run}-{number:05d}"
        # One client each: a whole caseload that ruptures at once would add a pattern for the supervisor to each page.
        self.therapist_id = f"th-{number:05d}"
        self._at = datetime.now(UTC).replace(microsecond=0) - timedelta(days=8)

    def opened(self) -> Outgoing:
        """The episode's begin."""
        message = sessions.EpisodeOpened(
            episode_id=self.episode_id,
            client_ids=[f"cl-{self.episode_id}"],
            therapist_id=self.therapist_id,
            opened_at=stamp(self._at),
            modality=sessions.MODALITY_INDIVIDUAL,
            consent=sessions.Consent(
                monitoring=True, visibility=sessions.VISIBILITY_THERAPIST_AND_SUPERVISOR, given_at=stamp(self._at)
            ),
        )
        return self._event("opened", OPENED, self._at, message)

    def recorded(self) -> Outgoing:
        """The session was held."""
        at = self._at + timedelta(days=1)
        message = sessions.SessionRecorded(
            episode_id=self.episode_id,
            session_id=f"se-{self.episode_id}",
            scheduled_at=stamp(at),
            status=sessions.SESSION_STATUS_HELD,
            homework=sessions.Homework(done=sessions.HOMEWORK_DONE_NONE_ASKED),
        )
        return self._event("session", RECORDED, at, message)

    def submitted(self) -> Outgoing:
        """The client reports tension."""
        at = self._at + timedelta(days=1, hours=1)
        answers = [feedback.Answer(item=item, value=7.0) for item in range(1, 9)]
        answers.append(feedback.Answer(item=TENSION_ITEM, value=1.0))
        message = feedback.FeedbackSubmitted(
            response_id=f"re-{self.episode_id}",
            episode_id=self.episode_id,
            session_id=f"se-{self.episode_id}",
            client_id=f"cl-{self.episode_id}",
            instrument_id="attune-checkin",
            instrument_version="1",
            answers=answers,
            submitted_at=stamp(at),
            revision=1,
        )
        return self._event("response", SUBMITTED, at, message)

    def _event(self, name: str, kind: str, at: datetime, message: object) -> Outgoing:
        return Outgoing(f"{self.episode_id}-{name}", kind, SITE, self.episode_id, at, message)  # type: ignore[arg-type]


class Publisher:
    """An outsider's producer, fast enough never to be what is measured."""

    def __init__(self, bootstrap: str, token: str) -> None:
        self._token = token
        self._failed: list[str] = []
        self._producer = confluent_kafka.Producer(
            {
                "bootstrap.servers": bootstrap,
                "partitioner": "murmur2_random",
                "linger.ms": 0,
                "enable.idempotence": True,
            }
        )

    def send(self, event: Outgoing) -> None:
        """Hand one event over; `flush` raises when it was not confirmed."""
        record = binary_protobuf(event, self._token)
        self._producer.produce(
            record.topic, key=record.key, value=record.value, headers=list(record.headers), on_delivery=self._delivered
        )
        self._producer.poll(0)

    def send_all(self, events: Iterable[Outgoing]) -> int:
        """Send all and wait for the confirmations; returns how many there were."""
        count = 0
        for event in events:
            self.send(event)
            count += 1
        self.flush()
        return count

    def flush(self) -> None:
        """Wait until everything is confirmed."""
        left = self._producer.flush(SEND_SECONDS)
        if left or self._failed:
            raise RuntimeError(f"{left} events without an answer, {len(self._failed)} failed: {self._failed[:1]}")

    def _delivered(self, error: object, _message: object) -> None:
        if error is not None:
            self._failed.append(str(error))


def courses(run: str, count: int) -> list[Course]:
    """`count` courses with ids of this run alone."""
    return [Course(run, number) for number in range(count)]


def beginnings(of: Iterable[Course]) -> Iterator[Outgoing]:
    """Everything before the feedback."""
    for course in of:
        yield course.opened()
        yield course.recorded()
