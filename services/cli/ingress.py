"""The events that clinics publish: type, message, topic, and an example of each."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

from attune.clinic.v1 import feedback_events_pb2, session_events_pb2
from google.protobuf.message import Message

SESSION_EVENTS = "clinic.session-events.v1"
FEEDBACK_EVENTS = "clinic.feedback-events.v1"
LOCAL_ID = r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}"  # ids that a clinic gives
SOURCE = re.compile(rf"^/sites/({LOCAL_ID})/.+$")
EXAMPLE_SITE = "harbour"

MessageClass = type[Message]


@dataclass(frozen=True, slots=True)
class Ingress:
    """One event type of the ingress topics, with the data of a valid example (protobuf JSON mapping)."""

    type: str
    message: MessageClass
    topic: str
    purpose: str
    time: str
    example: Mapping[str, Any]

    def event(self, site: str = EXAMPLE_SITE) -> dict[str, Any]:
        """A valid structured-mode CloudEvent of this type."""
        return {
            "specversion": "1.0",
            "id": f"example-{self.type.split('.')[1]}-{self.type.split('.')[2]}-1",
            "source": f"/sites/{site}/practice-software",
            "type": self.type,
            "subject": f"episodes/{self.example['episode_id']}",
            "time": self.time,
            "datacontenttype": "application/json",
            "data": dict(self.example),
        }


_EPISODE = "ep-2026-0417"
_ALL = (
    Ingress(
        "attune.episode.opened.v1",
        session_events_pb2.EpisodeOpened,
        SESSION_EVENTS,
        "An episode of care begins.",
        "2026-09-01T08:00:00Z",
        {
            "episode_id": _EPISODE,
            "client_ids": ["cl-8f31"],
            "therapist_id": "th-12",
            "opened_at": "2026-09-01T08:00:00Z",
            "modality": "MODALITY_INDIVIDUAL",
            "agreement": {
                "goals": ["sleep through the night", "speak up in meetings"],
                "expectations": ["weekly sessions until December"],
                "preferences": ["a written summary"],
                "barriers": ["BARRIER_FEAR_OF_JUDGEMENT"],
                "communication_style": "COMMUNICATION_STYLE_INDIRECT",
            },
            "consent": {
                "monitoring": True,
                "visibility": "VISIBILITY_THERAPIST_AND_SUPERVISOR",
                "given_at": "2026-09-01T08:00:00Z",
            },
        },
    ),
    Ingress(
        "attune.episode.updated.v1",
        session_events_pb2.EpisodeUpdated,
        SESSION_EVENTS,
        "Something about the episode changed; what is absent stays as it is.",
        "2026-09-20T10:00:00Z",
        {"episode_id": _EPISODE, "therapist_id": "th-31"},
    ),
    Ingress(
        "attune.session.recorded.v1",
        session_events_pb2.SessionRecorded,
        SESSION_EVENTS,
        "What became of one booked session. Send it again, with a new id, to correct it.",
        "2026-09-08T09:05:00Z",
        {
            "episode_id": _EPISODE,
            "session_id": "se-2026-0417-01",
            "scheduled_at": "2026-09-08T08:00:00Z",
            "status": "SESSION_STATUS_HELD",
            "late_minutes": 5,
            "homework": {"done": "HOMEWORK_DONE_NONE_ASKED", "agreed": True},
            "goals_reviewed": True,
            "next_session_at": "2026-09-15T08:00:00Z",
        },
    ),
    Ingress(
        "attune.episode.closed.v1",
        session_events_pb2.EpisodeClosed,
        SESSION_EVENTS,
        "The episode of care ends.",
        "2026-12-15T10:00:00Z",
        {"episode_id": _EPISODE, "closed_at": "2026-12-15T10:00:00Z", "reason": "CLOSE_REASON_COMPLETED"},
    ),
    Ingress(
        "attune.feedback.submitted.v1",
        feedback_events_pb2.FeedbackSubmitted,
        FEEDBACK_EVENTS,
        "A client's answers to an instrument after a session.",
        "2026-09-08T09:10:00Z",
        {
            "response_id": "re-2026-0417-01",
            "episode_id": _EPISODE,
            "session_id": "se-2026-0417-01",
            "client_id": "cl-8f31",
            "instrument_id": "attune-checkin",
            "instrument_version": "1",
            "answers": [
                *({"item": item, "value": value} for item, value in enumerate((9, 9.5, 8, 9, 10, 8.5, 9, 9), start=1)),
                {"item": 9, "value": 0},
                {"item": 11, "value": 0},
            ],
            "submitted_at": "2026-09-08T09:10:00Z",
            "revision": 1,
        },
    ),
)
INGRESS: Mapping[str, Ingress] = MappingProxyType({each.type: each for each in _ALL})
REGISTRY: Mapping[str, type[Message]] = MappingProxyType({each.type: each.message for each in _ALL})
