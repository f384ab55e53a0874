"""The assessment of an episode of care: a pure function of the set of its inputs.

Late, corrected, repeated and shuffled inputs need no special path: sessions are ordered by when they were booked for,
and the whole series is judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache

from services.scoring.domain.catalogue import CATALOGUE, find
from services.scoring.domain.detectors import Finding
from services.scoring.domain.inputs import EpisodeOfCare, Inputs, Response, Session
from services.scoring.domain.instruments import Instrument, Kind
from services.scoring.domain.policy import EVERYWHERE, Watches
from services.scoring.domain.ruptures import Rated, Rupture, Track
from services.scoring.domain.scores import Scored, score


@dataclass(frozen=True, slots=True)
class Score:
    """The score of one response. ``subscales`` are subscales and facets by name."""

    response_id: str
    response_revision: int
    session_id: str
    client_id: str
    instrument_id: str
    instrument_version: str
    total: float | None
    subscales: Mapping[str, float]
    missing: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class Rating:
    """One session's rating against the client's own baseline before it. ``findings`` alarmed; ``markers`` are quiet."""

    session_id: str
    at: datetime
    therapist_id: str
    value: float | None
    facets: Mapping[str, float]
    baseline: float | None
    limit: float | None
    findings: tuple[Finding, ...]
    markers: tuple[Finding, ...]

    @property
    def alarm(self) -> bool:
        return bool(self.findings)


@dataclass(frozen=True, slots=True)
class Series:
    """One client on one instrument. ``version`` is the version last used."""

    client_id: str
    instrument: Instrument
    version: str
    ratings: tuple[Rating, ...]
    ruptures: tuple[Rupture, ...]

    @property
    def values(self) -> list[float]:
        """The ratings that there are, in the order of sessions."""
        return [rating.value for rating in self.ratings if rating.value is not None]

    @property
    def no_information(self) -> bool:
        """Every rating is the best possible: that says nothing about the alliance."""
        values = self.values
        best = self.instrument.total_max if self.instrument.higher_is_better else self.instrument.total_min
        return bool(values) and all(value == best for value in values)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything that follows from the inputs. ``waiting`` counts responses whose session or episode is not known
    yet.
    """

    series: tuple[Series, ...]
    scores: tuple[Score, ...]
    waiting: int
    revision: int

    @property
    def ruptures(self) -> tuple[Rupture, ...]:
        """All ruptures, in the order in which they opened."""
        every = (rupture for series in self.series for rupture in series.ruptures)
        return tuple(sorted(every, key=lambda rupture: (rupture.opened_at, rupture.rupture_id)))


NOTHING = Assessment((), (), 0, 0)


def assess(inputs: Inputs, watches: Watches = EVERYWHERE) -> Assessment:
    """Score every response whose session and episode are known, and watch every client's series for ruptures."""
    episode = inputs.episode
    if episode is None:
        return Assessment((), (), len(inputs.responses), inputs.revision)
    if not episode.monitoring:
        return Assessment((), (), 0, inputs.revision)
    sessions = {session.session_id: session for session in inputs.sessions}
    known = sorted(
        (response for response in inputs.responses if response.session_id in sessions),
        key=lambda response: (_place(sessions[response.session_id]), response.submitted_at, response.response_id),
    )
    # A response without a scoring key (any more) is kept and not scored.
    keyed = [(response, find(response.instrument_id, response.instrument_version)) for response in known]
    scored = [(response, key, _score_once(key.id, response.answers)) for response, key in keyed if key is not None]
    groups: dict[tuple[str, str], dict[str, tuple[Response, Instrument, Scored]]] = {}
    for response, key, result in scored:
        # Of several forms for one session, the one submitted last counts.
        groups.setdefault((response.client_id, key.id), {})[response.session_id] = (response, key, result)
    last = max(inputs.sessions, key=_place, default=None)
    next_session_at = last.next_session_at if last else None
    walk = _Walk(inputs, episode, sessions, watches, next_session_at)
    return Assessment(
        series=tuple(walk.series(client, group.values()) for (client, _), group in sorted(groups.items())),
        scores=tuple(sorted((_score(*each) for each in scored), key=lambda each: each.response_id)),
        waiting=len(inputs.responses) - len(known),
        revision=inputs.revision,
    )


@dataclass(frozen=True, slots=True)
class _Walk:
    """Goes through one client's forms, session by session."""

    inputs: Inputs
    episode: EpisodeOfCare
    sessions: Mapping[str, Session]
    watches: Watches
    next_session_at: datetime | None

    def series(self, client_id: str, forms: Iterable[tuple[Response, Instrument, Scored]]) -> Series:
        tracks: dict[tuple[str, str], Track] = {}
        ratings = []
        key, version = None, ""
        for response, key, result in forms:
            version = response.instrument_version
            session = self.sessions[response.session_id]
            regular = self.episode.therapist_at(session.scheduled_at)
            therapist = session.therapist_id or regular
            track = tracks.get((therapist, version)) or self._track(client_id, therapist, key)
            tracks[(therapist, version)] = track
            for (with_whom, with_version), other in tracks.items():
                # A stand-in for one session leaves the rupture open; a new therapist or a new form cannot repair it.
                if other.is_open and (with_version != version or (with_whom != therapist and therapist == regular)):
                    other.end(session.session_id, session.scheduled_at)
            judged = track.take(Rated(session, therapist, result))
            ratings.append(
                Rating(
                    session_id=session.session_id,
                    at=session.scheduled_at,
                    therapist_id=therapist,
                    value=result.total,
                    facets=result.facets,
                    baseline=judged.baseline,
                    limit=judged.limit,
                    findings=judged.findings,
                    markers=judged.markers,
                )
            )
        assert key is not None  # a group is made by its first form
        return Series(client_id, key, version, tuple(ratings), self._ruptures(tracks.values()))

    def _track(self, client_id: str, therapist_id: str, key: Instrument) -> Track:
        watched = self.watches.of(key.id) if key.kind is Kind.ALLIANCE else None
        return Track(self.inputs.site_id, self.inputs.episode_id, client_id, therapist_id, key, watched)

    def _ruptures(self, tracks: Iterable[Track]) -> tuple[Rupture, ...]:
        every: list[Rupture] = []
        for track in tracks:
            if self.episode.closed_at is not None:
                track.end("", self.episode.closed_at)
            every += track.all_ruptures(self.next_session_at)
        return tuple(sorted(every, key=lambda rupture: (rupture.opened_at, rupture.rupture_id)))


def _place(session: Session) -> tuple[datetime, str]:
    return session.scheduled_at, session.session_id


@lru_cache(maxsize=16_384)
def _score_once(instrument_id: str, answers: tuple[tuple[int, float], ...]) -> Scored:
    """Scoring is most of an assessment's work, and an episode's older answers rarely change."""
    return score(CATALOGUE[instrument_id], dict(answers))


def _score(response: Response, key: Instrument, result: Scored) -> Score:
    return Score(
        response_id=response.response_id,
        response_revision=response.revision,
        session_id=response.session_id,
        client_id=response.client_id,
        instrument_id=key.id,
        instrument_version=response.instrument_version,
        total=result.total,
        subscales={**result.facets, **result.subscales},
        missing=result.missing,
    )
