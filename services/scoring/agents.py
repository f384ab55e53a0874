"""The Kafka door: what intake and feedback publish, and scoring's own ruptures, in terms of the handlers."""

from __future__ import annotations

from collections.abc import Mapping
from typing import cast

from attune.feedback.v1 import events_pb2 as feedback
from attune.intake.v1 import events_pb2 as intake
from attune.scoring.v1 import events_pb2 as scoring
from google.protobuf.message import Message

from services.runtime.bus import Handler
from services.runtime.errors import Permanent
from services.runtime.events import Event
from services.scoring import messages
from services.scoring.handlers import RUPTURES_TOPIC, Caseloads, Handlers
from services.scoring.messages import REGISTRY

EPISODES = "intake.episodes.v1"
SESSIONS = "intake.sessions.v1"
RESPONSES = "feedback.responses.v1"
RUPTURES = RUPTURES_TOPIC  # our own: caseloads are made of the ruptures of many episodes

__all__ = ["EPISODES", "REGISTRY", "RESPONSES", "RUPTURES", "SESSIONS", "subscriptions"]


def subscriptions(handlers: Handlers, caseloads: Caseloads) -> Mapping[str, Handler]:
    """Return what to do with the events of each topic."""

    async def on_episode(event: Event) -> None:
        message = cast(intake.Episode, _data(event, intake.Episode))
        report = messages.from_episode(message, event.time)
        await handlers.take_care(event.site_id, message.episode_id, report)

    async def on_session(event: Event) -> None:
        message = cast(intake.Session, _data(event, intake.Session))
        session, revision = messages.from_session(message)
        await handlers.take_session(event.site_id, message.episode_id, session, revision, event.time)

    async def on_response(event: Event) -> None:
        if isinstance(event.data, feedback.ResponseVisibility):
            _data(event, feedback.ResponseVisibility)
            response_id, said = messages.from_visibility_change(event.data)
            await handlers.take_sight(event.site_id, event.key, response_id, said, event.time)
            return
        message = cast(feedback.Response, _data(event, feedback.Response))
        response, sight = messages.from_response(message), messages.sight_of(message)
        await handlers.take_response(event.site_id, message.episode_id, response, event.time, sight)

    async def on_rupture(event: Event) -> None:
        message = cast(scoring.Rupture, _data(event, scoring.Rupture))
        await caseloads.hear(event.site_id, message.therapist_id, messages.from_rupture(message), event.time)

    return {EPISODES: on_episode, SESSIONS: on_session, RESPONSES: on_response, RUPTURES: on_rupture}


def _data(event: Event, expected: type[Message]) -> Message:
    """The event's data, of the topic's one type and of the site that its source names."""
    if not isinstance(event.data, expected):
        raise Permanent("ce_type", f"{event.type} does not belong on this topic", "Publish it on its own topic.")
    if getattr(event.data, "site_id", "") != event.site_id:
        raise Permanent("data.site_id", "is not the site of the event's source", "Make them the same.")
    if getattr(event.data, "episode_id", "") != event.key:
        raise Permanent("data.episode_id", "is not the record's key", "Use the episode_id as the key.")
    return event.data
