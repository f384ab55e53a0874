"""The assessment of an episode of care: a pure function of the set of its inputs.

Late, corrected, repeated and shuffled inputs need no special path: sessions are ordered by when they were booked for,
and the whole series is judged again.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import NamedTuple

from services.scoring.domain.catalogue import CATALOGUE, find
from services.scoring.domain.detectors import Finding
from services.scoring.domain.engagement import Engagement, engagement
from services.scoring.domain.inputs import EpisodeOfCare, Inputs, Rater, Response, Session, SessionStatus
from services.scoring.domain.instruments import Instrument, Kind
from services.scoring.domain.policy import EVERYWHERE, Watches
from services.scoring.domain.ruptures import Rupture
from services.scoring.domain.scores import Scored, score
from services.scoring.domain.track import NOTHING_ANSWERED, Rated, Track


class Score(NamedTuple):
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
    rater: Rater = Rater.CLIENT


class Rating(NamedTuple):
    """One session's rating against the client's own baseline before it. ``findings`` alarmed; ``markers`` are quiet."""

    session_id: str
    at: datetime
    therapist_id: str
    value: float | None
    facets: Mapping[str, float]
    baseline: float | None
    limit: float | None
    findings: Sequence[Finding]
    markers: Sequence[Finding]

    @property
    def alarm(self) -> bool:
        return bool(self.findings)


class Signal(NamedTuple):
    """A session without a rating at which a detector of sessions spoke: silence, a session missed after a fall."""

    session_id: str
    at: datetime
    therapist_id: str
    findings: Sequence[Finding]
    markers: Sequence[Finding]


@dataclass(frozen=True, slots=True)
class Series:
    """One client on one instrument, as one rater sees it. ``version`` is the version last used."""

    client_id: str
    instrument: Instrument
    version: str
    ratings: tuple[Rating, ...]
    ruptures: tuple[Rupture, ...]
    signals: tuple[Signal, ...] = ()
    rater: Rater = Rater.CLIENT

    @property
    def values(self) -> list[float]:
        """The ratings that there are, in the order of sessions."""
        return [rating.value for rating in self.ratings if rating.value is not None]

    @property
    def no_information(self) -> bool:
        """Every rating is the best possible."""
        return self.instrument.says_nothing(self.values)


@dataclass(frozen=True, slots=True)
class Assessment:
    """Everything that follows from the inputs. ``series`` are the clients' own; ``others`` what therapists and
    observers rated, which is not watched. ``waiting`` counts responses whose session or episode is not known yet.
    """

    series: tuple[Series, ...]
    scores: tuple[Score, ...]
    waiting: int
    revision: int
    engagement: tuple[Engagement, ...] = ()
    others: tuple[Series, ...] = ()

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
    ordered = sorted(inputs.sessions, key=_place)
    place = {session.session_id: number for number, session in enumerate(ordered)}
    known = [response for response in inputs.responses if response.session_id in place]
    known.sort(key=lambda response: (place[response.session_id], response.submitted_at, response.response_id))
    groups: _Groups = {}
    others: dict[Rater, _Groups] = {}
    scores = []
    for response in known:
        key = find(response.instrument_id, response.instrument_version)
        if key is None:
            continue  # kept, and not scored while there is no key (any more)
        result, parts = _score_once(key.id, response.answers)
        scores.append(_score(response, key, result, parts))
        # Of several forms for one session, the one submitted last counts.
        whose = groups if response.rater is Rater.CLIENT else others.setdefault(response.rater, {})
        whose.setdefault((response.client_id, key.id), {})[response.session_id] = response, key, result
    walk = _Walk(inputs, episode, ordered, watches, others.get(Rater.THERAPIST, {}))
    return Assessment(
        series=tuple(walk.series(client, forms) for (client, _), forms in sorted(groups.items(), key=_name)),
        scores=tuple(sorted(scores, key=_response_id)),
        waiting=len(inputs.responses) - len(known),
        revision=inputs.revision,
        engagement=_engagement(ordered, groups),
        others=tuple(
            walk.series(client, forms, rater)
            for rater, whose in sorted(others.items())
            for (client, _), forms in sorted(whose.items(), key=_name)
        ),
    )


def _engagement(sessions: Sequence[Session], groups: _Groups) -> tuple[Engagement, ...]:
    answered: dict[str, set[str]] = {}
    for (client, _), forms in groups.items():
        answered.setdefault(client, set()).update(forms)
    return tuple(engagement(client, sessions, answered[client]) for client in sorted(answered))


_Form = tuple[Response, Instrument, Scored]
_Groups = dict[tuple[str, str], dict[str, _Form]]  # by client and instrument, then by session
_ATTENDED_OR_MISSED = frozenset({SessionStatus.HELD, SessionStatus.NO_SHOW})


@dataclass(slots=True)
class _Walk:
    """Goes through the sessions, client by client. ``sessions`` are in their order; ``therapists`` what therapists
    rated.
    """

    inputs: Inputs
    episode: EpisodeOfCare
    sessions: Sequence[Session]
    watches: Watches
    therapists: _Groups

    def series(self, client_id: str, forms: Mapping[str, _Form], rater: Rater = Rater.CLIENT) -> Series:
        tracks: dict[tuple[str, str], Track] = {}
        ratings: list[Rating] = []
        signals: list[Signal] = []
        key, version = next(iter(forms.values()))[1], ""
        one_therapist = len(self.episode.therapists) == 1
        regular = self.episode.therapist_id
        watched = key.kind is Kind.ALLIANCE and rater is Rater.CLIENT
        beside = self.therapists.get((client_id, key.id), {}) if watched else {}
        for session in self.sessions:
            if not one_therapist:
                regular = self.episode.therapist_at(session.scheduled_at)
            therapist = session.therapist_id or regular
            form = forms.get(session.session_id)
            if form is None:
                track = tracks.get((therapist, version))
                if watched and track is not None and session.status in _ATTENDED_OR_MISSED:
                    self._pass_by(track, session, therapist, signals)
                continue
            version = form[0].instrument_version
            track = tracks.get((therapist, version))
            if track is None:
                track = tracks[(therapist, version)] = self._track(client_id, therapist, key, watched)
            if len(tracks) > 1:
                self._hand_over(tracks, therapist, regular, version, session)
            other = beside.get(session.session_id) if beside else None
            judged = track.take(Rated(session, therapist, form[2], other[2].total if other else None))
            ratings.append(
                Rating(
                    session.session_id,
                    session.scheduled_at,
                    therapist,
                    form[2].total,
                    form[2].facets,
                    judged.baseline,
                    judged.limit,
                    judged.findings,
                    judged.markers,
                )
            )
        return Series(client_id, key, version, tuple(ratings), self._ruptures(tracks.values()), tuple(signals), rater)

    def _pass_by(self, track: Track, session: Session, therapist: str, signals: list[Signal]) -> None:
        """A session that the client attended without answering, or missed."""
        judged = track.take(Rated(session, therapist, NOTHING_ANSWERED))
        if judged.findings or judged.markers:
            signals.append(Signal(session.session_id, session.scheduled_at, therapist, judged.findings, judged.markers))

    def _hand_over(
        self, tracks: Mapping[tuple[str, str], Track], therapist: str, regular: str, version: str, session: Session
    ) -> None:
        """A stand-in for one session leaves the rupture open; a new therapist or a new form cannot repair it."""
        for (with_whom, with_version), other in tracks.items():
            if other.is_open and (with_version != version or (with_whom != therapist and therapist == regular)):
                other.end(session.session_id, session.scheduled_at)

    def _track(self, client_id: str, therapist_id: str, key: Instrument, watched: bool) -> Track:
        watches = self.watches.of(key.id) if watched else None
        return Track(
            self.inputs.site_id, self.inputs.episode_id, client_id, therapist_id, key, watches, self.inputs.dismissals
        )

    def _ruptures(self, tracks: Iterable[Track]) -> tuple[Rupture, ...]:
        every: list[Rupture] = []
        for track in tracks:
            if self.episode.closed_at is not None:
                track.end("", self.episode.closed_at)
            every += track.all_ruptures(self.sessions[-1].next_session_at)
        return tuple(sorted(every, key=lambda rupture: (rupture.opened_at, rupture.rupture_id)))


def _name(group: tuple[tuple[str, str], object]) -> tuple[str, str]:
    return group[0]


def _response_id(score: Score) -> str:
    return score.response_id


def _place(session: Session) -> tuple[datetime, str]:
    return session.scheduled_at, session.session_id


@lru_cache(maxsize=16_384)
def _score_once(instrument_id: str, answers: tuple[tuple[int, float], ...]) -> tuple[Scored, Mapping[str, float]]:
    """The scores, and facets and subscales together. Scoring is most of an assessment's work, and an episode's older
    answers rarely change.
    """
    result = score(CATALOGUE[instrument_id], dict(answers))
    return result, {**result.facets, **result.subscales}


def _score(response: Response, key: Instrument, result: Scored, parts: Mapping[str, float]) -> Score:
    return Score(
        response.response_id,
        response.revision,
        response.session_id,
        response.client_id,
        key.id,
        response.instrument_version,
        result.total,
        parts,
        result.missing,
        response.rater,
    )
