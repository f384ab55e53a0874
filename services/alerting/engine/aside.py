"""What could not be done, by a fault of ours or for want of its site: left alone for a while, so it holds nothing back.

The queries of the engine begin with what waits the longest. Without this, whatever fails every time would be the head
of every batch, and the engine would do nothing else.
"""

from collections.abc import Hashable, Sequence
from datetime import datetime, timedelta
from typing import TypeVar

from services.alerting.domain.delivery import Delivery
from services.runtime.clock import Clock

# The first wait is short, because a fault may pass and a risk must not wait for it; each one doubles it (own).
FIRST_WAIT = timedelta(seconds=1)
LONGEST_WAIT = timedelta(minutes=5)

T = TypeVar("T", bound=Hashable)


class Aside:
    """What is left alone, and until when. In memory only: an engine that takes over tries everything once.

    The audit counts it, so the heartbeat stops.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._waits: dict[tuple[str, Hashable], tuple[datetime, timedelta]] = {}

    def __len__(self) -> int:
        now = self._clock.now()
        # What did not come back when its time was over is no longer there to be done.
        self._waits = {name: (until, wait) for name, (until, wait) in self._waits.items() if now < until + wait}
        return len(self._waits)

    def failed(self, module: str, item: Hashable) -> None:
        """Leave it alone, for twice as long as the last time."""
        _, last = self._waits.get(_name(module, item), (None, FIRST_WAIT / 2))
        wait = min(2 * last, LONGEST_WAIT)
        self._waits[_name(module, item)] = self._clock.now() + wait, wait

    def done(self, module: str, item: Hashable) -> None:
        """Forget that it ever failed."""
        self._waits.pop(_name(module, item), None)

    def ready(self, module: str, items: Sequence[T]) -> list[T]:
        """Return what is not left alone now."""
        now = self._clock.now()
        return [item for item in items if self._waits.get(_name(module, item), (now,))[0] <= now]


def _name(module: str, item: Hashable) -> tuple[str, Hashable]:
    return module, item.delivery_id if isinstance(item, Delivery) else item
