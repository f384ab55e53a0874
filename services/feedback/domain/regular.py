"""What a site asks its clients beside its own form, and how often: an outcome measure with every fourth request, say.

How often an outcome is measured is the site's choice; none is made for it here.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Regular:
    """An instrument that comes with the first request in an episode and with every ``every``-th after it (1: each)."""

    instrument_id: str
    instrument_version: str
    every: int


class Asked(Protocol):
    """A request that a client got, as far as this needs it."""

    @property
    def instruments(self) -> tuple[tuple[str, str], ...]:
        """Id and version of each."""
        ...


def due(regular: Sequence[Regular], before: Sequence[Asked]) -> tuple[tuple[str, str], ...]:
    """Return what comes with a client's next request, as id and version; ``before`` has the earlier ones, oldest first.

    A version that replaced another goes on counting where that was.
    """
    return tuple(
        (each.instrument_id, each.instrument_version)
        for each in regular
        if not any(_holds(request, each) for request in before[max(0, len(before) - each.every + 1) :])
    )


def _holds(request: Asked, regular: Regular) -> bool:
    return any(instrument_id == regular.instrument_id for instrument_id, _ in request.instruments)
