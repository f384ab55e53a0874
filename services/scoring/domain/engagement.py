"""How a client takes part over an episode of care: comes, answers, does what was agreed.

Counts only: no published norm says what is usual where. Attendance leaves out what was cancelled in time; homework
counts the sessions for which some was asked and whose outcome is known.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass

from services.scoring.domain.inputs import Homework, Session, SessionStatus


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
    # Lists are counted in C, and enums are found in them by identity: this is done at every assessment.
    counted = list(sessions)
    unanswered = [each.status for each in counted if each.session_id not in answered]
    homework = [each.homework for each in counted]
    done, partly = homework.count(Homework.FULLY), homework.count(Homework.PARTLY)
    by_client, by_clinic = SessionStatus.CANCELLED_BY_CLIENT, SessionStatus.CANCELLED_BY_CLINIC
    return Engagement(
        client_id=client_id,
        held=len(counted) - len(unanswered) + unanswered.count(SessionStatus.HELD),
        missed=unanswered.count(SessionStatus.NO_SHOW),
        cancelled=unanswered.count(by_client) + unanswered.count(by_clinic),
        answered=len(counted) - len(unanswered),
        homework_asked=done + partly + homework.count(Homework.NOT_DONE),
        homework_done=done,
        homework_partly=partly,
    )
