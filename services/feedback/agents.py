"""Kafka in: which topic goes to which handler."""

from collections.abc import Awaitable, Callable, Mapping
from typing import TypeVar

from attune.clinic.v1 import feedback_events_pb2 as clinic
from attune.intake.v1 import events_pb2 as intake
from google.protobuf.message import Message

from services.feedback import messages
from services.feedback.handlers import Handlers
from services.feedback.requests import Requests
from services.runtime.errors import Permanent
from services.runtime.events import Event

M = TypeVar("M", bound=Message)

FEEDBACK_EVENTS = "clinic.feedback-events.v1"
EPISODES = "intake.episodes.v1"
SESSIONS = "intake.sessions.v1"
# Topics that clinics write to: an event needs a token for the site that it names.
INGRESS = frozenset({FEEDBACK_EVENTS})

REGISTRY = messages.REGISTRY


def subscriptions(handlers: Handlers, requests: Requests) -> Mapping[str, Callable[[Event], Awaitable[None]]]:
    """Return the handler of each topic that feedback consumes."""

    async def submitted(event: Event) -> None:
        _data(event, clinic.FeedbackSubmitted)
        await handlers.submit(messages.from_event(event), event.time)

    async def episode_changed(event: Event) -> None:
        episode = _data(event, intake.Episode)
        await requests.take_care(event.site_id, event.key, messages.to_care(episode))

    async def session_changed(event: Event) -> None:
        session = messages.to_session(_data(event, intake.Session))
        if session is not None:
            await requests.take_session(event.site_id, event.key, session)

    return {FEEDBACK_EVENTS: submitted, EPISODES: episode_changed, SESSIONS: session_changed}


def _data(event: Event, expected: type[M]) -> M:
    """Return the event's data, which must be of its topic's one type."""
    if not isinstance(event.data, expected):
        raise Permanent("ce_type", f"{event.type} does not belong on this topic", "Publish it on its own topic.")
    return event.data
