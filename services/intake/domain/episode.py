"""An episode of care, folded from the reports about it."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar

from services.intake.domain.reports import Closed, EpisodeFact, Opened, Report, Updated
from services.intake.domain.values import Agreement, CloseReason, Consent, EpisodeStatus, Modality

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Episode:
    """The state of an episode of care after ``revision`` distinct reports."""

    site_id: str
    episode_id: str
    client_ids: tuple[str, ...]
    therapist_id: str
    opened_at: datetime
    modality: Modality
    agreement: Agreement | None
    consent: Consent | None
    closed_at: datetime | None
    close_reason: CloseReason | None
    revision: int

    @property
    def status(self) -> EpisodeStatus:
        """A closed episode stays closed: care that begins again is a new episode."""
        return EpisodeStatus.OPEN if self.closed_at is None else EpisodeStatus.CLOSED


def fold(reports: Sequence[Report[EpisodeFact]]) -> Episode:
    """Return the episode that these reports, in order, describe.

    For each part of it the last report that speaks of it counts. There must be an opening among them.
    """
    facts = [report.fact for report in reports]
    opened = _last(fact for fact in facts if isinstance(fact, Opened))
    if opened is None:
        raise ValueError("episode_id: the episode was never opened; Send attune.episode.opened.v1 first.")
    closed = _last(fact for fact in facts if isinstance(fact, Closed))
    described = [fact for fact in facts if isinstance(fact, Opened | Updated)]
    return Episode(
        site_id=reports[0].site_id,
        episode_id=reports[0].episode_id,
        client_ids=opened.client_ids,
        therapist_id=_last(fact.therapist_id for fact in described) or opened.therapist_id,
        opened_at=opened.opened_at,
        modality=opened.modality,
        agreement=_last(fact.agreement for fact in described),
        consent=_last(fact.consent for fact in described),
        closed_at=closed.closed_at if closed else None,
        close_reason=closed.reason if closed else None,
        revision=len(reports),
    )


def check_span(episode: Episode, said: EpisodeFact) -> None:
    """Check that the episode did not end before it began, now that ``said`` is part of it."""
    if episode.closed_at is not None and episode.closed_at < episode.opened_at:
        path = "opened_at" if isinstance(said, Opened) else "closed_at"
        raise ValueError(f"{path}: the episode would end before it began; Correct the date that is wrong.")


def _last(values: Iterable[T | None]) -> T | None:
    found = None
    for value in values:
        if value is not None:
            found = value
    return found
