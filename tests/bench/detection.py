"""Every detector on simulated clients: what competes, with parameters that were estimated from others."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from math import inf

import numpy as np

from services.dev.simulator import CHECKIN, SRS, WAI_SR, Preset, latent, observed
from services.scoring.domain.calibration import TARGET, Calibration, calibrate, simulated, with_limits
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.detectors import Detector, Ewma, IndividualsChart, StateSpace
from services.scoring.domain.detectors.cutoff import Cutoff
from services.scoring.domain.detectors.drops import ReliableDrop, Stiles, Strauss
from services.scoring.domain.detectors.raw_chart import RawChart
from services.scoring.domain.policy import Choice, Policy
from services.scoring.domain.population import DEFAULTS, Population
from tests.bench import rules
from tests.bench.measures import CLIENTS, SESSIONS, Clients, Measured, measure, repaired
from tests.bench.rules import Rule

PRESETS = (SRS, WAI_SR, CHECKIN)
OUT_OF_REACH = 1e9  # a top of the scale that no rating comes near
OTHERS, THEIR_SESSIONS, MISSING = 500, 10, 0.30  # the clients that parameters are estimated from
MOST_FALSE_ALARMS = 1.6  # the default's of clinical reference 2.4
SITES, THEIR_CLIENTS = 20, 5000  # calibrations, and the clients that each is tried on
TARGETS = (TARGET, 1.35)  # per 100 sessions
# Clinical reference 2.4: FA, any, V2, V3, V4, P3, slide; SRS with latent parameters.
PUBLISHED = {
    "A reliable drop": (1.5, 18, 31, 62, 86, 66, 42),
    "B fall from the best": (7.5, 45, 54, 79, 93, 92, 97),
    "C Strauss-like": (4.7, 46, 49, 78, 94, 85, 78),
    "D Stiles-like": (2.5, 28, 38, 69, 90, 75, 57),
    "E or F OpenFIT-like": (36.6, 90, 88, 97, 99, 99, 100),
    "G raw chart, 3 sigma": (1.5, 18, 33, 64, 86, 79, 89),
    "H raw chart, 2 sigma": (5.0, 48, 55, 83, 96, 95, 99),
    "I shrunk chart": (1.1, 13.5, 30, 63, 88, 82, 94),
    "J moving average": (0.9, 7.5, 11, 30, 55, 79, 98),
    "K CUSUM of the chart's z": (1.2, 7, 8, 22, 47, 80, 98),
    "M shrunk chart or average": (1.6, 16, 31, 64, 88, 87, 98),
}
# FA, V3, P3.
PUBLISHED_WAI_SR = {
    "A reliable drop": (8.1, 88, 92),
    "B fall from the best": (30.6, 98, 100),
    "C Strauss-like": (5.5, 83, 87),
    "D Stiles-like": (3.6, 78, 81),
    "G raw chart, 3 sigma": (1.1, 59, 71),
    "H raw chart, 2 sigma": (4.5, 82, 93),
    "I shrunk chart": (0.9, 62, 79),
    "J moving average": (0.9, 27, 74),
    "K CUSUM of the chart's z": (1.3, 20, 79),
    "M shrunk chart or average": (1.5, 63, 84),
}
REFERENCES = {
    SRS.name: (SRS, Population(36.9, 2.9, 2.2, 1.2, "reference", "clinical reference 2.4", assumed=False)),
    WAI_SR.name: (WAI_SR, DEFAULTS[WAI_SR.instrument_id]),
}
DEFAULT_NAME, ORACLE_NAME, TOLD_NAME = "state-space (default)", "oracle", "the default, told the level"
M_NAME = "M shrunk chart or average"
NAMED = [DEFAULT_NAME, ORACLE_NAME, M_NAME]  # in the chart


def published_rules(preset: Preset, population: Population) -> Iterator[tuple[str, Rule]]:
    """The rows of clinical reference 2.4 that are compared, with fixed limits; but for M, whose limits can be set."""
    sem = population.sem
    yield "A reliable drop", rules.reliable_drop(preset)
    yield "B fall from the best", rules.fall_from_best(preset)
    yield "C Strauss-like", rules.strauss(population)
    yield "D Stiles-like", rules.stiles(population)
    yield "E or F OpenFIT-like", rules.openfit(preset)
    yield "G raw chart, 3 sigma", rules.raw_chart(sem)
    yield "H raw chart, 2 sigma", rules.raw_chart(sem, sigmas=2)
    yield "I shrunk chart", rules.shrunk(population, width=inf)
    yield "J moving average", rules.shrunk(population, k=inf)
    yield "K CUSUM of the chart's z", rules.shrunk_cusum(population, slack=0.5, limit=4)


def reproduction(preset: Preset, population: Population, clients: int = CLIENTS) -> dict[str, Measured]:
    """The published rows on our simulator, with the published parameters."""
    group = Clients(preset, clients)
    chosen = {**dict(published_rules(preset, population)), M_NAME: rules.shrunk(population)}
    names = PUBLISHED if preset is SRS else PUBLISHED_WAI_SR
    return {name: measure(chosen[name], group) for name in names}


def estimated(preset: Preset, seed: int = 0) -> Calibration:
    """Parameters and limits from 500 other clients with gaps."""
    rng = np.random.default_rng(seed)
    ratings = observed(preset, latent(rng, preset, OTHERS, THEIR_SESSIONS))
    ratings[rng.random(ratings.shape) < MISSING] = np.nan
    found = calibrate(CATALOGUE[preset.instrument_id], ratings)
    if not isinstance(found, Calibration):
        raise TypeError(found.sentence)
    return found


def contenders(preset: Preset, found: Calibration, clients: Clients) -> Iterator[tuple[str, Rule]]:
    """Every rule with parameters that were estimated; all that have a limit to set, at the same expected rate."""
    population, top = found.population, preset.total_max
    calm = simulated(found.estimate, preset.total_min, top, 6000, SESSIONS, seed=1)
    nobody = np.zeros_like(calm)
    yield from published_rules(preset, population)
    yield M_NAME, rules.calibrated_chart(found, calm)
    yield DEFAULT_NAME, rules.filtered(population, top, found.k, found.width)

    def tuned(make: Callable[[float], Rule]) -> Rule:
        return rules.at_rate(make, calm, nobody, found.target)

    k, width = found.k, found.width
    for weight in (0.2, 0.4):
        yield f"filter, moving average {weight}", tuned(_averaged(population, top, k, width, weight))
    yield "filter, no autocorrelation", tuned(_filtered(rules.memoryless(population), top, k, width))
    yield "filter, end of scale unknown", tuned(_filtered(population, OUT_OF_REACH, k, width))
    yield "filter, single ratings only", tuned(_filtered(population, top, k, inf))
    yield "CUSUM of the filter's z", tuned(lambda c: rules.cusum(population, top, 0.5, 4 * c))
    yield "likelihood ratio of the filter's z", tuned(lambda c: rules.likelihood_ratio(population, top, 2.5 * c))
    rate = rules.per_hundred(rules.filtered(population, top, k, width)(clients.calm, clients.levels))
    for name, make in (
        (ORACLE_NAME, lambda c: rules.oracle(preset, 2 * c, 2 * c)),
        (TOLD_NAME, lambda c: rules.told(preset, k * c, width * c)),
    ):
        yield name, rules.at_rate(make, clients.calm, clients.levels, rate)


def policies(found: Calibration) -> dict[str, Policy]:
    """The rows that are detectors of the product, each as a policy of its own. Only the default has limits that were
    calibrated.
    """
    chosen: dict[str, tuple[Detector, ...]] = {
        "A reliable drop": (ReliableDrop(),),
        "C Strauss-like": (Strauss(),),
        "D Stiles-like": (Stiles(),),
        "E or F OpenFIT-like": (Cutoff(),),
        "G raw chart, 3 sigma": (RawChart(),),
        "I shrunk chart": (IndividualsChart(),),
        "J moving average": (Ewma(),),
        M_NAME: (IndividualsChart(), Ewma()),
        DEFAULT_NAME: (StateSpace(k=found.k, width=found.width),),
    }
    return {name: Policy("bench", "1", tuple(map(Choice, detectors))) for name, detectors in chosen.items()}


Site = tuple[Calibration, Measured]


def sites(preset: Preset, count: int = SITES, clients: int = THEIR_CLIENTS) -> dict[float, list[Site]]:
    """The default as each of ``count`` sites would calibrate it from 500 clients of its own, on the same clients, by
    the target.
    """
    fresh = Clients(preset, clients, seed=13)
    found: dict[float, list[Site]] = {target: [] for target in TARGETS}
    for seed in range(count):
        own = estimated(preset, seed)
        for target, tried in found.items():
            limited = with_limits(replace(own, target=target), preset.total_min, preset.total_max)
            rule = rules.filtered(limited.population, preset.total_max, limited.k, limited.width)
            tried.append((limited, measure(rule, fresh)))
    return found


def run(clients: int, say: Callable[[str], None]) -> dict[str, dict[str, Measured]]:
    """Every preset, every rule."""
    results: dict[str, dict[str, Measured]] = {}
    for preset in PRESETS:
        group, found = Clients(preset, clients), estimated(preset)
        of_product = policies(found)
        results[preset.name] = {}
        for name, rule in contenders(preset, found, group):
            measured = measure(rule, group)
            if name in of_product:
                measured = replace(measured, repaired=repaired(preset, of_product[name], found.population))
            results[preset.name][name] = measured
            say(f"{preset.name}: {name}")
    return results


def _averaged(population: Population, top: float, k: float, width: float, weight: float) -> Callable[[float], Rule]:
    return lambda factor: rules.averaged(population, top, k * factor, width * factor, weight)


def _filtered(population: Population, top: float, k: float, width: float) -> Callable[[float], Rule]:
    return lambda factor: rules.filtered(population, top, k * factor, width * factor)
