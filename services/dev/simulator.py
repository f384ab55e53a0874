"""Latent-trajectory simulator of session ratings, with ruptures whose onset and depth are known.

No public data set holds alliance ratings session by session, so detectors are checked on this model instead. It
reproduces published margins of the SRS and the WAI-SR (clinical reference, section 5.2); what has no published figure
is marked "chosen" below and is an assumption.

    latent(client, t) = mean + therapist + client + slope * min(t, 8) + within(t) - depth * sw * profile(t)
    within(t)         = phi * within(t - 1) + sqrt(1 - phi^2) * sw * N(0, 1)
    rating            = latent, clipped to the scale and rounded to its resolution

Everything is a pure function of its arguments and of the numpy Generator that is passed in: the same seed gives the
same clients. Times are session indices counted from 0. Ratings and effects are in the units of the instrument's total
unless said otherwise.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from enum import StrEnum
from types import MappingProxyType

import numpy as np
from numpy.typing import NDArray

from services.dev.simulated_items import spread_over_items


class Shape(StrEnum):
    """Shapes of a rupture, after Gumz 2012; their shares are chosen."""

    V = "v"  # one session down, back in the next: the most frequent
    SLIDE = "slide"  # several sessions of decline, then back at once: second in frequency, at most 6 sessions
    U = "u"  # down, low for some sessions, gradually back
    PERSISTENT = "persistent"  # down, and never repaired


SHAPE_SHARES: Mapping[Shape, float] = MappingProxyType(
    {Shape.V: 0.55, Shape.SLIDE: 0.25, Shape.U: 0.10, Shape.PERSISTENT: 0.10}
)
LONGEST_SLIDE = 6
RUPTURED_TREATMENTS = 0.25  # share of treatments with a rupture, Larsson 2018: 10.7 % unrepaired and 14.7 % repaired
TENSION_ITEM, RESOLVED_ITEM = 9, 10  # attune-checkin's direct question
BASE_DROPOUT = 0.025  # per session
DROPOUT_PER_POINT = 1 / 0.98  # hazard per point below the mean of the scale
SETTLED = 4  # ratings before a rupture that is to be found with certainty


@dataclass(frozen=True, slots=True)
class Preset:
    """One instrument's population: latent mean, between- and within-client SD, autocorrelation, and slope over the
    first 8 sessions.
    """

    name: str
    instrument_id: str
    instrument_version: str
    items: int
    item_min: float
    item_max: float
    item_step: float
    mean_of_items: bool  # the total is the items' mean; otherwise their sum
    mean: float
    between_sd: float
    within_sd: float
    autocorrelation: float
    slope: float
    asks_tension: bool = False
    therapist_share: float = 0.05  # of the variance, added

    @property
    def total_min(self) -> float:
        return self.item_min if self.mean_of_items else self.item_min * self.items

    @property
    def total_max(self) -> float:
        return self.item_max if self.mean_of_items else self.item_max * self.items

    @property
    def therapist_sd(self) -> float:
        return float(np.sqrt(self.therapist_share * (self.between_sd**2 + self.within_sd**2)))


SRS = Preset("srs", "srs", "3", 4, 0, 10, 0.1, False, 38.2, 2.9, 2.2, 0.25, 0.05)
# Section 5.2 gives the item mean (3.95, .55, .35, slope .02); times 12 items.
WAI_SR = Preset("wai-sr", "wai_sr", "1", 12, 1, 5, 1, False, 47.4, 6.6, 4.2, 0.30, 0.24)
# No published figures: the SRS preset, rescaled from 0-40 to 0-10.
CHECKIN = Preset(
    "checkin", "attune-checkin", "1", 8, 0, 10, 0.1, True, 9.55, 0.725, 0.55, 0.25, 0.0125, asks_tension=True
)
PRESETS: Mapping[str, Preset] = MappingProxyType({preset.name: preset for preset in (SRS, WAI_SR, CHECKIN)})


@dataclass(frozen=True, slots=True)
class Rupture:
    """A rupture to inject. `depth` counts within-client SDs at the deepest point; `onset` is the index of its first
    session.
    """

    shape: Shape
    onset: int
    depth: float
    # Found by any sensible detector, whatever the noise: the fall is measured from the client's own ratings so far
    # and from their spread, and the ratings before it are calm and not missing. For ledgers that must add up, not for
    # measuring detectors.
    certain: bool = False
    # The item that falls most, from 1; 0 draws one.
    item: int = 0


@dataclass(frozen=True, slots=True)
class SimulatedSession:
    """One session. `rating` is None, and `answers` empty, when the client did not answer."""

    index: int
    rating: float | None
    answers: Mapping[int, float]
    in_rupture: bool
    tension: bool


@dataclass(frozen=True, slots=True)
class SimulatedClient:
    """A client's sessions up to the end or the dropout, and the rupture that was injected (None when it was not
    reached).
    """

    preset: Preset
    sessions: tuple[SimulatedSession, ...]
    rupture: Rupture | None
    dropped_out: bool

    @property
    def ratings(self) -> tuple[float | None, ...]:
        return tuple(session.rating for session in self.sessions)

    @property
    def rupture_sessions(self) -> tuple[int, ...]:
        return tuple(session.index for session in self.sessions if session.in_rupture)

    @property
    def tension_sessions(self) -> tuple[int, ...]:
        """Sessions in which the client answers the direct question with yes."""
        return tuple(session.index for session in self.sessions if session.tension)


def profile(shape: Shape, onset: int, sessions: int) -> NDArray[np.float64]:
    """Share of the depth in each session, 0 to 1."""
    course = np.zeros(sessions)
    steps = {
        Shape.V: [1.0],
        Shape.SLIDE: [(i + 1) / LONGEST_SLIDE for i in range(LONGEST_SLIDE)],
        Shape.U: [0.6, 1.0, 1.0, 0.6],
        Shape.PERSISTENT: [1.0] * max(0, sessions - onset),
    }[shape]
    end = min(sessions, onset + len(steps))
    course[onset:end] = steps[: max(0, end - onset)]
    return course


def draw_rupture(rng: np.random.Generator, sessions: int, share: float = RUPTURED_TREATMENTS) -> Rupture | None:
    """A rupture as treatments have them: in `share` of them, shapes by SHAPE_SHARES, depth uniform 2 to 4 within SD
    (chosen).
    """
    if sessions < 4 or rng.random() >= share:
        return None
    return _placed(rng, _any_shape(rng), sessions)


def certain_rupture(rng: np.random.Generator, sessions: int, shape: Shape | None = None, depth: float = 6.0) -> Rupture:
    """A rupture that the default detectors find in its first session, or its second for U; needs at least 6 sessions.

    A slide is detected only somewhere along its way, so it is not among the shapes drawn.
    """
    if sessions < SETTLED + 2:
        raise ValueError(f"sessions: {sessions} is too few for a certain rupture; at least {SETTLED + 2}")
    chosen = shape or (Shape.V, Shape.U, Shape.PERSISTENT)[int(rng.integers(3))]
    onset = int(rng.integers(SETTLED, sessions - 1))
    return Rupture(chosen, onset, max(5.0, depth), certain=True)


def draw_therapist(rng: np.random.Generator, preset: Preset) -> float:
    """The effect that one therapist adds to each of their clients' ratings."""
    return float(rng.normal(0, preset.therapist_sd))


def latent(rng: np.random.Generator, preset: Preset, clients: int, sessions: int) -> NDArray[np.float64]:
    """Latent trajectories without ruptures, clients x sessions, before clipping."""
    time = np.minimum(np.arange(sessions), 8)
    level = preset.mean + rng.normal(0, preset.between_sd, (clients, 1)) + preset.slope * time
    shocks = rng.normal(0, preset.within_sd, (clients, sessions))
    within = np.empty_like(shocks)
    within[:, 0] = shocks[:, 0]
    fresh = np.sqrt(1 - preset.autocorrelation**2)
    for t in range(1, sessions):
        within[:, t] = preset.autocorrelation * within[:, t - 1] + fresh * shocks[:, t]
    return level + within


def observed(preset: Preset, values: NDArray[np.float64]) -> NDArray[np.float64]:
    """What the scale shows of latent values: clipped, and rounded to the resolution of the total."""
    step = preset.item_step / preset.items if preset.mean_of_items else preset.item_step
    return np.clip(np.round(values / step) * step, preset.total_min, preset.total_max)


def simulate_client(
    rng: np.random.Generator,
    preset: Preset,
    sessions: int,
    rupture: Rupture | Shape | None = None,
    *,
    therapist: float = 0.0,
    missing: float = 0.0,
    dropout: bool = False,
    report: float = 0.5,
) -> SimulatedClient:
    """One client's sessions.

    `rupture`: a Shape is placed at random after the third session with a depth of 2 to 4 within SD. `missing`:
    probability that a session stays unrated. `dropout`: the client may leave early, sooner when the alliance is low.
    `report`: probability that the client answers the direct question with yes in a session of the rupture (a client
    without one always answers no); only where the preset asks it.
    """
    injected = _placed(rng, rupture, sessions) if isinstance(rupture, Shape) else rupture
    course = profile(injected.shape, injected.onset, sessions) if injected else np.zeros(sessions)
    calm = injected is not None and injected.certain
    source = replace(preset, within_sd=preset.within_sd / 2) if calm else preset
    undisturbed = latent(rng, source, 1, sessions)[0] + therapist
    unrated = rng.random(sessions) < missing
    if injected is not None and injected.certain:
        unrated[_needed(unrated, injected.onset)] = False
        ratings = _certain_fall(preset, undisturbed, course, injected, unrated)
    else:
        ratings = observed(preset, undisturbed - (injected.depth if injected else 0.0) * preset.within_sd * course)
    stay = _stays(rng, preset, ratings, injected, sessions) if dropout else sessions
    fallen = (injected.item or int(rng.integers(1, preset.items + 1))) if injected else 0
    told: list[SimulatedSession] = []
    for index in range(stay):
        down = bool(course[index] > 0)
        tension = bool(preset.asks_tension and rng.random() < report and down and not unrated[index])
        rating = None if unrated[index] else float(ratings[index])
        answers = {} if rating is None else _answers(rng, preset, rating, fallen if down else 0, tension, injected)
        told.append(SimulatedSession(index, rating, answers, down, tension))
    reached = injected if injected and injected.onset < stay else None
    return SimulatedClient(preset, tuple(told), reached, stay < sessions)


def _any_shape(rng: np.random.Generator) -> Shape:
    return list(SHAPE_SHARES)[int(rng.choice(len(SHAPE_SHARES), p=list(SHAPE_SHARES.values())))]


def _placed(rng: np.random.Generator, shape: Shape, sessions: int) -> Rupture:
    return Rupture(shape, int(rng.integers(min(3, sessions - 1), sessions)), float(rng.uniform(2, 4)))


def _needed(unrated: NDArray[np.bool_], onset: int) -> list[int]:
    """Sessions that must be rated so that a fall at `onset` is seen: that one, the next, and enough before it."""
    before = [i for i in range(onset) if unrated[i]]
    lacking = max(0, SETTLED - (onset - len(before)))
    return [onset, *([onset + 1] if onset + 1 < len(unrated) else []), *before[:lacking]]


def _certain_fall(
    preset: Preset,
    undisturbed: NDArray[np.float64],
    course: NDArray[np.float64],
    rupture: Rupture,
    unrated: NDArray[np.bool_],
) -> NDArray[np.float64]:
    """Ratings whose fall is `depth` times the larger of the population's and the client's own within SD, below the
    client's own mean.
    """
    ratings = observed(preset, undisturbed)
    before = ratings[: rupture.onset][~unrated[: rupture.onset]]
    spread = max(preset.within_sd, float(np.mean(np.abs(np.diff(before)))) / 1.128)
    down = course > 0
    ratings[down] = before.mean() - rupture.depth * spread * course[down]
    return observed(preset, ratings)


def _stays(
    rng: np.random.Generator, preset: Preset, ratings: NDArray[np.float64], rupture: Rupture | None, sessions: int
) -> int:
    """Count the sessions attended. The hazard doubles in the two sessions after an unrepaired rupture began."""
    hazard = BASE_DROPOUT * DROPOUT_PER_POINT ** np.maximum(0, preset.mean - ratings)
    if rupture and rupture.shape is Shape.PERSISTENT:
        hazard[rupture.onset + 1 : rupture.onset + 3] *= 2
    leaves = np.flatnonzero(rng.random(sessions) < np.minimum(1, hazard))
    return sessions if len(leaves) == 0 else int(leaves[0]) + 1


def _answers(
    rng: np.random.Generator, preset: Preset, rating: float, fallen: int, tension: bool, rupture: Rupture | None
) -> dict[int, float]:
    answers = spread_over_items(
        rng,
        rating,
        items=preset.items,
        low=preset.item_min,
        high=preset.item_max,
        step=preset.item_step,
        mean_of_items=preset.mean_of_items,
        fallen=fallen,
    )
    if preset.asks_tension:
        answers[TENSION_ITEM] = 1.0 if tension else 0.0
        if tension:
            lasting = rupture is not None and rupture.shape is Shape.PERSISTENT
            answers[RESOLVED_ITEM] = float(not lasting and rng.random() < 0.3)
    return answers
