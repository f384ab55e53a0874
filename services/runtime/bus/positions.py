"""Up to which offset of each partition everything is settled: the only offset that may be committed.

Faust's own bookkeeping of acknowledgements commits past an event that is still open when the one after it is
acknowledged first (its test allows a gap of one), and loses count on compacted topics. So offsets are kept here.
"""

from collections import deque
from dataclasses import dataclass, field

Partition = tuple[str, int]


@dataclass(slots=True)
class Ticket:
    """One record that was taken; ``settled`` once its effect is durable."""

    offset: int
    window: "_Window"
    settled: bool = False


@dataclass(slots=True)
class _Window:
    """What was taken from one partition since it was assigned."""

    tickets: deque[Ticket] = field(default_factory=deque)
    after_last: int = 0
    committed: int = -1

    def settled_up_to(self) -> int:
        while self.tickets and self.tickets[0].settled:
            self.tickets.popleft()
        # Not simply the first: a record may be delivered a second time behind newer ones.
        return min((ticket.offset for ticket in self.tickets if not ticket.settled), default=self.after_last)


class Positions:
    """The windows of the partitions that are assigned."""

    def __init__(self) -> None:
        self._windows: dict[Partition, _Window] = {}

    def take(self, partition: Partition, offset: int) -> Ticket:
        """Note that a record was taken. Nothing from it on is committed until its ticket is settled."""
        window = self._windows.setdefault(partition, _Window())
        ticket = Ticket(offset, window)
        window.tickets.append(ticket)
        window.after_last = max(window.after_last, offset + 1)
        return ticket

    def settle(self, ticket: Ticket) -> None:
        """Note that the record's effect is durable. A ticket from before a rebalance changes nothing any more."""
        ticket.settled = True

    def committable(self) -> dict[Partition, int]:
        """Return the offset of the next record to handle, of each partition where it moved since the last commit."""
        moved = {partition: window.settled_up_to() for partition, window in self._windows.items()}
        return {partition: offset for partition, offset in moved.items() if offset > self._windows[partition].committed}

    def committed(self, offsets: dict[Partition, int]) -> None:
        """Note what the broker confirmed."""
        for partition, offset in offsets.items():
            window = self._windows.get(partition)
            if window is not None:
                window.committed = max(window.committed, offset)

    def next_offset(self, partition: Partition) -> int | None:
        """Return the first offset that is not settled, or None when nothing was taken yet."""
        window = self._windows.get(partition)
        return None if window is None else window.settled_up_to()

    def open_count(self) -> int:
        """Return how many records were taken and are not settled."""
        return sum(not ticket.settled for window in self._windows.values() for ticket in window.tickets)

    def reset(self) -> None:
        """Forget everything: after a rebalance each partition is read again from its committed offset."""
        self._windows.clear()
