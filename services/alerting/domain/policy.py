"""Escalation policies: whom to tell, in which order, and how long to wait for an answer."""

from dataclasses import dataclass
from datetime import timedelta

ROTA = "rota"
CATCH_ALL = "catch-all"
SUPERVISORS = "supervisors"
PERSON = "person:"
# After these an acknowledged alert that is not closed triggers again (own: half a shift; the three working days that
# clinical reference 6.1 gives a rupture before the supervisor hears of it).
RISK_ACK_TIMEOUT = timedelta(hours=4)
RUPTURE_ACK_TIMEOUT = timedelta(days=3)


@dataclass(frozen=True, slots=True)
class Step:
    """Tell everyone of ``targets``, then wait ``delay`` for an answer.

    A target is ``rota`` (the site's first one), ``rota:<id>``, ``person:<id>``, ``supervisors`` or ``catch-all``.
    """

    targets: tuple[str, ...]
    delay: timedelta


@dataclass(frozen=True, slots=True)
class Policy:
    """Steps in order. The whole list is walked once, then ``repeat`` times more (None: for ever).

    When that is over, the site's catch-all is told: of a risk again and again, every ``catch_all_every``; of a rupture
    once. An acknowledged alert that nobody has closed after ``ack_timeout`` triggers again.
    """

    steps: tuple[Step, ...]
    repeat: int | None
    catch_all_every: timedelta
    ack_timeout: timedelta

    def after(self, step: int, loop: int) -> tuple[int, int]:
        """Return the (step, loop) that follows; a step equal to the number of steps: the policy is exhausted."""
        if step + 1 < len(self.steps):
            return step + 1, loop
        if self.repeat is None or loop < self.repeat:
            return 0, loop + 1
        return len(self.steps), loop
