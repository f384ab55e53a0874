"""The Kafka clients' own logs: without the records they build per message, and without a flood while Kafka is away."""

import logging
import time

# Repeats of one message within this time are dropped: aiokafka logs a hundred lines a second without a broker.
_REPEAT_SECONDS = 30.0
_LIBRARIES = ("aiokafka", "faust", "kafka", "mode")


class Rarely(logging.Filter):
    """Lets each message text of each logger through once in a while.

    A broken connection is told without its stack: the client connects again, and a stack is for what nobody expected.
    """

    def __init__(self, seconds: float = _REPEAT_SECONDS) -> None:
        super().__init__()
        self._seconds = seconds
        self._next: dict[tuple[str, str], float] = {}

    def filter(self, record: logging.LogRecord) -> bool:
        """Tell whether the record is worth a line."""
        kind, now = (record.name, str(record.msg)), time.monotonic()
        if now < self._next.get(kind, 0.0):
            return False
        self._next[kind] = now + self._seconds
        if record.exc_info and isinstance(record.exc_info[1], OSError):
            record.exc_info = None
        return True


_rarely = Rarely()


def quiet_clients() -> None:
    """Apply to the loggers of the client libraries that exist now; call it after importing them.

    Their debug records hold keys and values, and building them alone costs an eighth of the time.
    """
    for name in _LIBRARIES:
        logging.getLogger(name).setLevel(logging.WARNING)
    for name in list(logging.root.manager.loggerDict):
        if name.split(".", 1)[0] in _LIBRARIES:
            logging.getLogger(name).addFilter(_rarely)
