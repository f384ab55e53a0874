"""How a client takes part over an episode of care: comes, answers, does what was agreed.

Counts only: no published norm says what is usual where. Attendance leaves out what was cancelled in time; homework
counts the sessions for which some was asked and whose outcome is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from services.scoring.domain.inputs import Homework, Session, SessionStatus

_CANCELLED = frozenset({SessionStatus.CANCELLED_BY_CLIENT, SessionStatus.CANCELLED_BY_CLINIC})
_ASKED = frozenset({Homework.FULLY, Homework.PARTLY, Homework.NOT_DONE})


@dataclass(frozen=True, slots=True)
class Engagement:
    """Numbers of sessions. ``answered`` of the ``held``; homework done fully or partly of what was ``asked``."""

    client_id: str
    held: int
    missed: int
    cancelled: int
    answered: int
    homework_asked: int
    homework_done: int
    homework_partly: int


def engagement(client_id: str, sessions: Iterable[Session], answered: Collection[str]) -> Engagement:
    """Count; ``answered`` are the sessions of which the client answered a form. An answer proves that one was held."""
    counted = list(sessions)
    held = [each for each in counted if each.status is SessionStatus.HELD or each.session_id in answered]
    return Engagement(
        client_id=client_id,
        held=len(held),
        missed=sum(each.status is SessionStatus.NO_SHOW and each.session_id not in answered for each in counted),
        cancelled=sum(each.status in _CANCELLED and each.session_id not in answered for each in counted),
        answered=sum(each.session_id in answered for each in held),
        homework_asked=sum(each.homework in _ASKED for each in counted),
        homework_done=sum(each.homework is Homework.FULLY for each in counted),
        homework_partly=sum(each.homework is Homework.PARTLY for each in counted),
    )
