"""What changed between what was told last and an assessment: the occurrences that are told now."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum

from services.scoring.domain.assess import Assessment, Score
from services.scoring.domain.ruptures import Rupture, Status


class Kind(StrEnum):
    """Kinds of occurrences, as in the types of the events."""

    SCORE_COMPUTED = "score.computed"
    OPENED = "rupture.opened"
    REVISED = "rupture.revised"
    REPAIRED = "rupture.repaired"
    UNREPAIRED = "rupture.unrepaired"
    ENDED = "rupture.ended"
    DISMISSED = "rupture.dismissed"
    WITHDRAWN = "rupture.withdrawn"


_CLOSINGS = {
    Status.REPAIRED: Kind.REPAIRED,
    Status.UNREPAIRED: Kind.UNREPAIRED,
    Status.ENDED: Kind.ENDED,
    Status.DISMISSED: Kind.DISMISSED,
}


@dataclass(frozen=True, slots=True)
class Told:
    """What was told so far, by id."""

    scores: Mapping[str, Score]
    ruptures: Mapping[str, Rupture]


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One thing to tell."""

    kind: Kind
    what: Score | Rupture
    revision: int


def told(assessment: Assessment) -> Told:
    """What has been told once an assessment's differences are out."""
    return Told(
        {score.response_id: score for score in assessment.scores},
        {rupture.rupture_id: rupture for rupture in assessment.ruptures},
    )


def told_revision(revision: int) -> int:
    """The revision told of an assessment's: twice, so that there is room for an opening just below a closing."""
    return 2 * revision


def difference(before: Told, after: Assessment) -> list[Occurrence]:
    """New and changed scores; ruptures opened, revised, and over in one way or another, in this order of time.

    The revision told is twice the assessment's. A rupture that is over by the time it is seen (late ratings) is told
    as opened, one lower, and then as over: its readers always see a beginning first, and never an older revision
    after a newer one.
    """
    revision = told_revision(after.revision)
    occurrences = [
        Occurrence(Kind.SCORE_COMPUTED, score, revision)
        for score in after.scores
        if before.scores.get(score.response_id) != score
    ]
    now = {rupture.rupture_id for rupture in after.ruptures}
    gone = (rupture for rupture_id, rupture in before.ruptures.items() if rupture_id not in now)
    for rupture in sorted(gone, key=lambda rupture: (rupture.opened_at, rupture.rupture_id)):
        withdrawn = replace(rupture, status=Status.WITHDRAWN, next_session_at=None)
        occurrences.append(Occurrence(Kind.WITHDRAWN, withdrawn, revision))
    for rupture in after.ruptures:
        occurrences += _changes(before.ruptures.get(rupture.rupture_id), rupture, revision)
    return occurrences


def _changes(before: Rupture | None, after: Rupture, revision: int) -> list[Occurrence]:
    if before == after:
        return []
    closing = _CLOSINGS.get(after.status)
    if before is None:
        if closing is None:
            return [Occurrence(Kind.OPENED, after, revision)]
        opening = replace(after, status=Status.OPEN, closed_session_id="", closed_at=None, sessions=0, facets_after={})
        return [Occurrence(Kind.OPENED, opening, revision - 1), Occurrence(closing, after, revision)]
    if closing is not None and before.status is not after.status:
        return [Occurrence(closing, after, revision)]
    return [Occurrence(Kind.REVISED, after, revision)]
