"""The Kafka door: what clinics publish, in terms of the handlers."""

from collections.abc import Callable, Mapping

from services.intake import messages
from services.intake.handlers import Handlers
from services.intake.messages import REGISTRY
from services.runtime.bus import Handler, Record, current_record
from services.runtime.errors import NotFound
from services.runtime.events import Event

SESSION_EVENTS = "clinic.session-events.v1"
INGRESS = frozenset({SESSION_EVENTS})

__all__ = ["INGRESS", "REGISTRY", "SESSION_EVENTS", "subscriptions"]


def subscriptions(
    handlers: Handlers, record_at_hand: Callable[[], Record | None] = current_record
) -> Mapping[str, Handler]:
    """Return what to do with the events of each topic."""

    async def on_session_event(event: Event) -> None:
        report = messages.from_event(event)
        try:
            await handlers.apply(report)
        except NotFound:
            # Clinics' systems publish independently of each other: the opening may still come.
            record = record_at_hand()
            if record is None:
                raise RuntimeError("an event is handled that is in no record") from None
            await handlers.park(report, record)

    return {SESSION_EVENTS: on_session_event}
