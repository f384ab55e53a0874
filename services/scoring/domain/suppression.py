"""Small cells: whose figures are withheld, so that no client and no therapist can be read out of a table."""

from __future__ import annotations

from collections.abc import Mapping

# Clinical reference 6.3: a least cell of 5 to 10 clients.
FEWEST_CLIENTS = 5


def too_few(clients: int) -> bool:
    """Whether the figures of this many clients are withheld. None at all are nobody's, and are shown as none."""
    return 0 < clients < FEWEST_CLIENTS


def suppressed(clients: Mapping[str, int]) -> frozenset[str]:
    """The parts of a total that are withheld when the total is shown.

    A single small part would follow from the total by subtraction, and several together are a cell of their own: so
    the next smallest parts (by id among equals) are withheld with them, until what is hidden is at least two parts and
    enough clients.
    """
    hidden = {name for name, count in clients.items() if too_few(count)}
    if not hidden:
        return frozenset()
    for name in sorted(clients, key=lambda name: (clients[name], name)):
        if len(hidden) >= 2 and not too_few(sum(clients[each] for each in hidden)):
            break
        if clients[name]:
            hidden.add(name)
    return frozenset(hidden)
