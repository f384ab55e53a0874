"""Who may see ratings: the client's word on a response, else the consent of the episode, else therapist and supervisor.

Everything is assessed all the same; this is about what is shown (clinical.md 6.5).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


class Visibility(StrEnum):
    """Who may see a client's ratings."""

    THERAPIST_AND_SUPERVISOR = "therapist_and_supervisor"
    THERAPIST_ONLY = "therapist_only"
    # Nobody, until client and therapist have talked.
    HELD = "held"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Sight:
    """Who may see one response. ``revision`` counts how often that was changed, from 0."""

    visibility: Visibility
    revision: int


def in_force(word: Sight | None, agreed: Visibility) -> Visibility:
    """Who may see a response: the word on it counts, else what the consent says."""
    return word.visibility if word is not None and word.visibility is not Visibility.UNKNOWN else agreed


def may_read(visibility: Visibility, *, treating: bool) -> bool:
    """Whether one who may read the site's data may read this."""
    if visibility is Visibility.HELD:
        return False
    return treating or visibility is not Visibility.THERAPIST_ONLY
