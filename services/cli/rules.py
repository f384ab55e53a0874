"""What Attune asks of the fields of ingress events beyond their protobuf type, as JSON Schema keywords.

The services enforce these rules at every door; here they are told to the clinics' engineers. A test sends what the
rules forbid through the services' own validation, so the two cannot drift apart silently.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from services.cli.ingress import LOCAL_ID

_ID: Mapping[str, Any] = MappingProxyType({"pattern": f"^{LOCAL_ID}$"})
_TEXTS: Mapping[str, Any] = MappingProxyType({"maxItems": 20, "items": {"minLength": 1, "maxLength": 300}})
LATE_MINUTES_MAX = 600

# By "Message.field". For a repeated field `items` holds the keywords of one item.
RULES: Mapping[str, Mapping[str, Any]] = MappingProxyType(
    {
        "EpisodeOpened.episode_id": _ID,
        "EpisodeOpened.client_ids": {"minItems": 1, "maxItems": 20, "uniqueItems": True, "items": _ID},
        "EpisodeOpened.therapist_id": _ID,
        "Agreement.goals": _TEXTS,
        "Agreement.expectations": _TEXTS,
        "Agreement.preferences": _TEXTS,
        "Agreement.barriers": {"uniqueItems": True},
        "EpisodeUpdated.episode_id": _ID,
        "EpisodeUpdated.therapist_id": _ID,
        "EpisodeClosed.episode_id": _ID,
        "SessionRecorded.episode_id": _ID,
        "SessionRecorded.session_id": _ID,
        "SessionRecorded.therapist_id": _ID,
        "SessionRecorded.late_minutes": {"maximum": LATE_MINUTES_MAX},
        "FeedbackSubmitted.response_id": _ID,
        "FeedbackSubmitted.episode_id": _ID,
        "FeedbackSubmitted.session_id": _ID,
        "FeedbackSubmitted.client_id": _ID,
        "FeedbackSubmitted.answers": {"minItems": 1},
        "FeedbackSubmitted.revision": {"minimum": 1, "maximum": 1000},
        "Answer.item": {"minimum": 1},
    }
)

REQUIRED: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "EpisodeOpened": ("episode_id", "client_ids", "therapist_id", "opened_at", "modality"),
        "EpisodeUpdated": ("episode_id",),
        "EpisodeClosed": ("episode_id", "closed_at", "reason"),
        "SessionRecorded": ("episode_id", "session_id", "scheduled_at", "status"),
        "FeedbackSubmitted": (
            "response_id",
            "episode_id",
            "session_id",
            "client_id",
            "instrument_id",
            "instrument_version",
            "answers",
            "submitted_at",
            "revision",
        ),
        "Answer": ("item", "value"),
        "Consent": ("visibility",),
        "Homework": ("done",),
    }
)
