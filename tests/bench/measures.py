"""What the benchmark of detectors measures, and on whom."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from services.dev.simulator import Preset, Shape, latent, observed, profile
from services.scoring.domain.batch import Array
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.policy import Policy
from services.scoring.domain.population import Population
from services.scoring.domain.ruptures import Status
from services.scoring.domain.totals import Total, watch
from tests.bench import rules
from tests.bench.rules import Rule

CLIENTS, SESSIONS, ONSET = 20_000, 16, 8
PREVALENCE = 0.03  # of sessions with a rupture, for the PPV; clinical reference 2.4
FOLLOWED = 1000  # clients whose ruptures are followed to their repair


@dataclass(frozen=True, slots=True)
class Measured:
    """Percentages, false alarms per 100 sessions. ``repaired``: of the one-session falls of 3 SD that opened a rupture,
    those that the product saw repaired within its window; None for what is not in the product.
    """

    false_alarms: float
    any: float
    v2: float
    v3: float
    v4: float
    p2: float
    p3: float
    u3: float
    slide: float
    repaired: float | None = None

    @property
    def ppv(self) -> float:
        """Share of alarms that are right, where 3 % of sessions have a rupture of 3 SD."""
        right = PREVALENCE * self.v3
        return 100 * right / (right + (1 - PREVALENCE) * self.false_alarms) if right else 0.0


class Clients:
    """One preset's clients: without ruptures, and the same ones with each kind of rupture."""

    def __init__(self, preset: Preset, clients: int = CLIENTS, seed: int = 7) -> None:
        self.preset = preset
        rng = np.random.default_rng(seed)
        self.latent = latent(rng, preset, clients, SESSIONS)
        # The same draw again gives the levels alone: without swings nothing else is random.
        self.levels = _levels(preset, clients, seed)
        self.calm = observed(preset, self.latent)

    def fallen(self, course: Array) -> Array:
        """With a fall of ``course`` within-client SDs, session by session."""
        return observed(self.preset, self.latent - self.preset.within_sd * course)


def measure(rule: Rule, clients: Clients) -> Measured:
    """Everything about one rule."""
    calm = rule(clients.calm, clients.levels)

    def found(course: Array, window: int) -> float:
        spoken = rule(clients.fallen(course), clients.levels)[:, ONSET : ONSET + window]
        return 100 * float(spoken.any(axis=1).mean())

    def shape(kind: Shape) -> Array:
        return profile(kind, ONSET, SESSIONS)

    return Measured(
        false_alarms=rules.per_hundred(calm),
        any=100 * float(calm[:, rules.CALM_WARM_UP :].any(axis=1).mean()),
        v2=found(2 * shape(Shape.V), 1),
        v3=found(3 * shape(Shape.V), 1),
        v4=found(4 * shape(Shape.V), 1),
        p2=found(2 * shape(Shape.PERSISTENT), 3),
        p3=found(3 * shape(Shape.PERSISTENT), 3),
        u3=found(3 * shape(Shape.U), 4),
        slide=found(0.6 * np.clip(np.arange(SESSIONS) - ONSET + 1.0, 0, 6), 8),
    )


def repaired(preset: Preset, policy: Policy, population: Population) -> float:
    """Share of the one-session falls of 3 SD that opened a rupture, and were seen repaired, in percent."""
    clients = Clients(preset, FOLLOWED, seed=11)
    instrument = CATALOGUE[preset.instrument_id]
    opened = back = 0
    for row in clients.fallen(3 * profile(Shape.V, ONSET, SESSIONS)).tolist():
        seen = watch(instrument, [Total(value) for value in row], policy, population)
        for rupture in seen.ruptures:
            if rupture.opened_session_id == str(ONSET + 1):
                opened += 1
                back += rupture.status is Status.REPAIRED
    return 100 * back / opened if opened else 0.0


def _levels(preset: Preset, clients: int, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    own = preset.mean + rng.normal(0, preset.between_sd, (clients, 1))
    return np.asarray(own + preset.slope * np.minimum(np.arange(SESSIONS), 8), dtype=float)
