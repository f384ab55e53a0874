"""Kafka as every service uses it: consuming under guard, publishing from outboxes, dead letters.

The names are loaded on first use, so that a tool that reads dead letters does not import Faust.
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from services.runtime.bus.consumer import Consumer
    from services.runtime.bus.dead_letters import DeadLetter, DeadLetters, ReplayReport, list_dead_letters, replay
    from services.runtime.bus.errors import BusFailure, DeadLetterLimit, HandlerFailed, KafkaClientFailed
    from services.runtime.bus.guard import Handler, Record, current_record
    from services.runtime.bus.publisher import Publisher

_WHERE = {
    "BusFailure": "errors",
    "Consumer": "consumer",
    "DeadLetter": "dead_letters",
    "DeadLetterLimit": "errors",
    "DeadLetters": "dead_letters",
    "Handler": "guard",
    "Record": "guard",
    "current_record": "guard",
    "HandlerFailed": "errors",
    "KafkaClientFailed": "errors",
    "Publisher": "publisher",
    "ReplayReport": "dead_letters",
    "list_dead_letters": "dead_letters",
    "replay": "dead_letters",
}

__all__ = [
    "BusFailure",
    "Consumer",
    "DeadLetter",
    "DeadLetterLimit",
    "DeadLetters",
    "Handler",
    "HandlerFailed",
    "KafkaClientFailed",
    "Publisher",
    "Record",
    "ReplayReport",
    "current_record",
    "list_dead_letters",
    "replay",
]


def __getattr__(name: str) -> Any:
    if name not in _WHERE:
        raise AttributeError(name)
    from importlib import import_module

    return getattr(import_module(f"{__name__}.{_WHERE[name]}"), name)
