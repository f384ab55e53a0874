"""What scoring knows of one episode of care: the newest revision of each input, and which revisions were seen.

Taking an input twice changes nothing, and the order of taking does not matter: the result is a function of the set. A
revision older than the one in force changes no value, but it is noted as seen; so the number of distinct inputs,
which is the assessment's revision, does not depend on the order either, and grows with everything that is taken.
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Generic, TypeVar

from services.scoring.domain.guidance.circumstances import UNKNOWN, Background
from services.scoring.domain.inputs import Dismissal, EpisodeOfCare, Inputs, Rater, Response, Session, TherapistChange
from services.scoring.domain.seeing import Sight, Visibility, in_force, may_read

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Newest(Generic[T]):
    """The newest revision of one input, and all revisions seen, ascending."""

    value: T
    seen: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class CareReport:
    """One revision of an episode of care, as intake told it; ``at`` is when what it reports happened."""

    revision: int
    at: datetime
    therapist_id: str
    closed_at: datetime | None
    monitoring: bool
    background: Background = UNKNOWN
    visibility: Visibility = Visibility.UNKNOWN


@dataclass(frozen=True, slots=True)
class Known:
    """All inputs of one episode of care. ``care`` has every revision, because each may have brought another
    therapist. ``activations`` is how many activations of the site's policies were taken in, by instrument.
    ``dismissals`` are by rupture.
    """

    site_id: str
    episode_id: str
    care: tuple[CareReport, ...] = ()
    sessions: Mapping[str, Newest[Session]] = field(default_factory=dict)
    responses: Mapping[str, Newest[Response]] = field(default_factory=dict)
    activations: Mapping[str, int] = field(default_factory=dict)
    dismissals: Mapping[str, Dismissal] = field(default_factory=dict)
    # Who may see a response, by its id, where that was said of it. It decides nothing, so it counts as no input.
    sights: Mapping[str, Sight] = field(default_factory=dict)

    def with_care(self, report: CareReport) -> Known | None:
        """Take a revision of the episode; None when it was seen before."""
        if any(known.revision == report.revision for known in self.care):
            return None
        reports = list(self.care)
        insort(reports, report, key=lambda known: known.revision)
        return replace(self, care=tuple(reports))

    def with_session(self, session: Session, revision: int) -> Known | None:
        """Take a revision of a session; None when it was seen before."""
        taken = _taken(self.sessions.get(session.session_id), session, revision)
        return None if taken is None else replace(self, sessions={**self.sessions, session.session_id: taken})

    def with_response(self, response: Response) -> Known | None:
        """Take a revision of a response; None when it was seen before."""
        taken = _taken(self.responses.get(response.response_id), response, response.revision)
        return None if taken is None else replace(self, responses={**self.responses, response.response_id: taken})

    def with_sight(self, response_id: str, sight: Sight) -> Known | None:
        """Take in who may see a response; None when the same or a newer word is known."""
        known = self.sights.get(response_id)
        if known is not None and known.revision >= sight.revision:
            return None
        return replace(self, sights={**self.sights, response_id: sight})

    def withheld(self, *, treating: bool) -> frozenset[str]:
        """The client's own responses that somebody may not see who is, or is not, the treating therapist."""
        agreed = self.care[-1].visibility if self.care else Visibility.UNKNOWN
        return frozenset(
            response_id
            for response_id, known in self.responses.items()
            if known.value.rater is Rater.CLIENT
            and not may_read(in_force(self.sights.get(response_id), agreed), treating=treating)
        )

    @property
    def therapist_id(self) -> str:
        """Who treats now; empty when that is not known."""
        return self.care[-1].therapist_id if self.care else ""

    def with_activations(self, activations: Mapping[str, int]) -> Known:
        """Take in that there are so many activations. They are only ever added, so fewer is older news."""
        counts = {name: max(count, self.activations.get(name, 0)) for name, count in activations.items()}
        return replace(self, activations={**self.activations, **counts})

    def with_dismissal(self, dismissal: Dismissal) -> Known | None:
        """Take a clinician's dismissal of a rupture; None when it was dismissed before."""
        if dismissal.rupture_id in self.dismissals:
            return None
        return replace(self, dismissals={**self.dismissals, dismissal.rupture_id: dismissal})

    def inputs(self) -> Inputs:
        """The inputs of an assessment."""
        return Inputs(
            site_id=self.site_id,
            episode_id=self.episode_id,
            episode=self._episode(),
            sessions=[known.value for known in self.sessions.values()],
            responses=[known.value for known in self.responses.values()],
            revision=self.revision,
            dismissals=self.dismissals,
        )

    @property
    def background(self) -> Background:
        """What intake agreed with the client, by the newest revision."""
        return self.care[-1].background if self.care else UNKNOWN

    @property
    def revision(self) -> int:
        """The number of distinct inputs."""
        seen = (len(known.seen) for group in (self.sessions, self.responses) for known in group.values())
        return len(self.care) + sum(seen) + sum(self.activations.values()) + len(self.dismissals)

    def _episode(self) -> EpisodeOfCare | None:
        if not self.care:
            return None
        newest = self.care[-1]
        changes = tuple(TherapistChange(report.revision, report.at, report.therapist_id) for report in self.care)
        return EpisodeOfCare(changes, newest.closed_at, newest.monitoring)


def _taken(known: Newest[T] | None, value: T, revision: int) -> Newest[T] | None:
    if known is None:
        return Newest(value, (revision,))
    if revision in known.seen:
        return None
    newest = value if revision > known.seen[-1] else known.value
    return Newest(newest, tuple(sorted((*known.seen, revision))))
