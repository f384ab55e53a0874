"""Kafka in: which topic goes to which handler."""

from collections.abc import Awaitable, Callable, Mapping

from services.feedback import messages
from services.feedback.handlers import Handlers
from services.runtime.events import Event

FEEDBACK_EVENTS = "clinic.feedback-events.v1"
# Topics that clinics write to: an event needs a token for the site that it names.
INGRESS = frozenset({FEEDBACK_EVENTS})

REGISTRY = messages.REGISTRY


def subscriptions(handlers: Handlers) -> Mapping[str, Callable[[Event], Awaitable[None]]]:
    """Return the handler of each topic that feedback consumes."""

    async def submitted(event: Event) -> None:
        await handlers.submit(messages.from_event(event), event.time)

    return {FEEDBACK_EVENTS: submitted}
