"""`make bench-detection`: every detector on simulated clients; prints the tables, or writes them and a chart."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from math import inf
from pathlib import Path

import numpy as np
import vl_convert

from services.dev.simulator import CHECKIN, SRS, WAI_SR, Preset, Shape, latent, observed, profile
from services.scoring.domain.batch import Array
from services.scoring.domain.calibration import Calibration, calibrate, simulated
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.detectors import Ewma, IndividualsChart
from services.scoring.domain.policy import DEFAULT, Policy
from services.scoring.domain.population import Population
from services.scoring.domain.ruptures import Status
from services.scoring.domain.totals import Total, watch
from tests.bench import rules
from tests.bench.rules import Rule

HERE = Path(__file__).parent
TABLE, CHART = HERE / "detection.md", HERE / "detection.svg"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"
OUT_OF_REACH = 1e9  # a top of the scale that no rating comes near
CLIENTS, SESSIONS, ONSET = 20_000, 16, 8
OTHERS, THEIR_SESSIONS, MISSING = 500, 10, 0.30  # the clients that parameters are estimated from
MOST_FALSE_ALARMS = 1.6  # the default's of clinical reference 2.4
PREVALENCE = 0.03  # of sessions with a rupture, for the PPV; clinical reference 2.4
SITES, THEIR_CLIENTS = 20, 5000  # calibrations, and the clients that each is tried on
FOLLOWED = 1000  # clients whose ruptures are followed to their repair
# Clinical reference 2.4: FA, any, V2, V3, V4, P3, slide; SRS with latent parameters.
PUBLISHED = {
    "G raw chart, 3 sigma": (1.5, 18, 33, 64, 86, 79, 89),
    "I shrunk chart": (1.1, 13.5, 30, 63, 88, 82, 94),
    "J moving average": (0.9, 7.5, 11, 30, 55, 79, 98),
    "M shrunk chart or average": (1.6, 16, 31, 64, 88, 87, 98),
}
REFERENCE = Population(36.9, 2.9, 2.2, 1.2, "reference", "clinical reference 2.4", assumed=False)
DEFAULT_NAME, ORACLE_NAME, TOLD_NAME = "state-space (default)", "oracle", "the default, told the level"
NAMED = [DEFAULT_NAME, ORACLE_NAME, "M shrunk chart or average"]  # in the chart


@dataclass(frozen=True, slots=True)
class Measured:
    """Percentages, false alarms per 100 sessions."""

    false_alarms: float
    any: float
    v2: float
    v3: float
    v4: float
    p2: float
    p3: float
    u3: float
    slide: float

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


def reproduction(clients: int = CLIENTS) -> dict[str, Measured]:
    """The published rows on our simulator, with the published parameters."""
    srs = Clients(SRS, clients)
    chosen = {
        "G raw chart, 3 sigma": rules.raw_chart(REFERENCE.sem),
        "I shrunk chart": rules.shrunk(REFERENCE, width=inf),
        "J moving average": rules.shrunk(REFERENCE, k=inf),
        "M shrunk chart or average": rules.shrunk(REFERENCE),
    }
    return {name: measure(rule, srs) for name, rule in chosen.items()}


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
    yield "A reliable drop", rules.reliable_drop(preset)
    yield "C Strauss-like", rules.strauss(population)
    yield "D Stiles-like", rules.stiles(population)
    yield "E or F OpenFIT-like", rules.openfit(preset)
    yield "G raw chart, 3 sigma", rules.raw_chart(found.sem)
    yield "I shrunk chart", rules.shrunk(population, width=inf)
    yield "J moving average", rules.shrunk(population, k=inf)
    yield "M shrunk chart or average", rules.calibrated_chart(found, calm)
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


def repaired(preset: Preset, found: Calibration, policy: Policy) -> float:
    """Share of the one-session falls of 3 SD that the product found, and saw repaired within its window, in percent."""
    clients = Clients(preset, FOLLOWED, seed=11)
    instrument = CATALOGUE[preset.instrument_id]
    opened = back = 0
    for row in clients.fallen(3 * profile(Shape.V, ONSET, SESSIONS)).tolist():
        seen = watch(instrument, [Total(value) for value in row], policy, found.population)
        for rupture in seen.ruptures:
            if rupture.opened_session_id == str(ONSET + 1):
                opened += 1
                back += rupture.status is Status.REPAIRED
    return 100 * back / opened if opened else 0.0


def sites(preset: Preset, count: int = SITES, clients: int = THEIR_CLIENTS) -> list[Measured]:
    """The default as each of ``count`` sites would calibrate it from 500 clients of its own, on the same clients."""
    fresh = Clients(preset, clients, seed=13)
    calibrations = (estimated(preset, seed) for seed in range(count))
    return [measure(rules.filtered(c.population, preset.total_max, c.k, c.width), fresh) for c in calibrations]


def run(clients: int, say: Callable[[str], None]) -> dict[str, dict[str, Measured]]:
    """Every preset, every rule."""
    results: dict[str, dict[str, Measured]] = {}
    for preset in (SRS, WAI_SR, CHECKIN):
        group, found = Clients(preset, clients), estimated(preset)
        results[preset.name] = {}
        for name, rule in contenders(preset, found, group):
            results[preset.name][name] = measure(rule, group)
            say(f"{preset.name}: {name}")
    return results


def _levels(preset: Preset, clients: int, seed: int) -> Array:
    rng = np.random.default_rng(seed)
    own = preset.mean + rng.normal(0, preset.between_sd, (clients, 1))
    return np.asarray(own + preset.slope * np.minimum(np.arange(SESSIONS), 8), dtype=float)


def _averaged(population: Population, top: float, k: float, width: float, weight: float) -> Callable[[float], Rule]:
    return lambda factor: rules.averaged(population, top, k * factor, width * factor, weight)


def _filtered(population: Population, top: float, k: float, width: float) -> Callable[[float], Rule]:
    return lambda factor: rules.filtered(population, top, k * factor, width * factor)


HEAD = ("FA", "any", "V2", "V3", "V4", "P2", "P3", "U3", "slide", "PPV")


def _row(name: str, m: Measured) -> str:
    strong = "**" if name == DEFAULT_NAME else ""
    whole = (m.any, m.v2, m.v3, m.v4, m.p2, m.p3, m.u3, m.slide, m.ppv)
    tenths = {2, 5, 7}  # V3, P3 and slide are what the default is held to
    shown = [f"{m.false_alarms:.2f}", *(f"{v:.1f}" if place in tenths else f"{v:.0f}" for place, v in enumerate(whole))]
    return f"| {strong}{name}{strong} | " + " | ".join(shown) + " |"


def tables(results: Mapping[str, Mapping[str, Measured]], again: Mapping[str, Measured], clients: int) -> str:
    """Markdown."""
    lines = [
        f"{clients:,} simulated clients of {SESSIONS} sessions for each column; parameters and limits from {OTHERS} "
        f"others of {THEIR_SESSIONS} sessions with {MISSING:.0%} missing.",
        "",
    ]
    for preset in (SRS, WAI_SR, CHECKIN):
        found = estimated(preset)
        lines += [
            f"### {preset.name}",
            "",
            f"Estimated: mean {found.estimate.mean:.2f} at first, slope {found.estimate.slope:.3f}, between SD "
            f"{found.estimate.between_sd:.2f}, within SD {found.estimate.within_sd:.2f}, autocorrelation "
            f"{found.estimate.autocorrelation:.2f}, {found.estimate.ceiling:.0%} at the top; in truth {preset.mean}, "
            f"{preset.slope}, {preset.between_sd}, {preset.within_sd}, {preset.autocorrelation}. Limits k {found.k}, "
            f"width {found.width}. Of the falls of 3 SD for one session that the default found, "
            f"{repaired(preset, found, found.policy('bench')):.0f} % were seen repaired (chart and average as policy: "
            f"{repaired(preset, found, CHART_POLICY):.0f} %).",
            "",
            "| detector | " + " | ".join(HEAD) + " |",
            "|---|" + "---|" * len(HEAD),
            *(_row(name, m) for name, m in results[preset.name].items()),
            "",
        ]
    lines += [
        "### The published rows again",
        "",
        "On our simulator with the published parameters, ours / published (clinical reference 2.4):",
        "",
        "| detector | FA | any | V2 | V3 | V4 | P3 | slide |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, m in again.items():
        ours = (m.false_alarms, m.any, m.v2, m.v3, m.v4, m.p3, m.slide)
        pairs = [f"{mine:.1f} / {theirs:g}" for mine, theirs in zip(ours, PUBLISHED[name], strict=True)]
        lines.append(f"| {name} | " + " | ".join(pairs) + " |")
    return "\n".join(lines) + "\n"


CHART_POLICY = Policy.from_dict(
    {
        **DEFAULT.to_dict(),
        "id": "chart-or-average",
        "detectors": [{"name": IndividualsChart.name}, {"name": Ewma.name}],
    }
)


def site_table(found: Mapping[str, list[Measured]]) -> str:
    """Markdown: lowest, middle and highest of each number over the sites."""
    lines = [
        "### From site to site",
        "",
        f"The tables above are of one calibration each. The default as {SITES} sites calibrate it, each from {OTHERS} "
        f"clients of its own, on the same {THEIR_CLIENTS:,} clients: lowest, middle, highest.",
        "",
        "| scale | FA | any | V3 | P3 | slide | sites with FA at most 1.6 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, sites_of in found.items():
        table = np.array([(m.false_alarms, m.any, m.v3, m.p3, m.slide) for m in sites_of])
        low, middle, high = table.min(axis=0), np.median(table, axis=0), table.max(axis=0)
        digits = (2, 1, 1, 1, 1)
        shown = [f"{a:.{d}f}, {b:.{d}f}, {c:.{d}f}" for a, b, c, d in zip(low, middle, high, digits, strict=True)]
        few = int((table[:, 0] <= MOST_FALSE_ALARMS).sum())
        lines.append(f"| {name} | " + " | ".join(shown) + f" | {few} of {len(table)} |")
    return "\n".join(lines) + "\n"


def chart(results: Mapping[str, Mapping[str, Measured]]) -> str:
    """False alarms against ruptures found, one panel a scale: up and to the left is better."""
    values = [
        {
            "scale": preset,
            "detector": name,
            "false alarms per 100 sessions": measured.false_alarms,
            "found": found,
            "rupture": rupture,
        }
        for preset, row in results.items()
        for name, measured in row.items()
        for rupture, found in (("one session, 3 SD", measured.v3), ("lasting, 3 SD, within 3", measured.p3))
    ]
    x = {
        "field": "false alarms per 100 sessions",
        "type": "quantitative",
        "scale": {"type": "log", "domain": [0.4, 50]},
        "axis": {"values": [0.5, 1, 2, 5, 10, 20, 40]},
    }
    y = {"field": "found", "type": "quantitative", "title": "found, %", "scale": {"domain": [0, 100]}}
    colour = {
        "condition": {"test": f"datum.detector == '{DEFAULT_NAME}'", "value": "#1d3557"},
        "value": "#aab2bd",
    }
    point = {
        "mark": {"type": "point", "filled": True, "size": 70},
        "encoding": {"x": x, "y": y, "shape": {"field": "rupture", "type": "nominal"}, "color": colour},
    }
    named = {
        "transform": [
            {"filter": {"field": "detector", "oneOf": [DEFAULT_NAME, ORACLE_NAME, "M shrunk chart or average"]}}
        ],
        "mark": {"type": "text", "align": "left", "dx": 8, "fontSize": 10},
        "encoding": {"x": x, "y": y, "text": {"field": "detector"}},
    }
    panels = [
        {
            "title": preset,
            "width": 300,
            "height": 260,
            "data": {"values": [each for each in values if each["scale"] == preset]},
            "layer": [point, named],
        }
        for preset in results
    ]
    specification = {
        "$schema": "https://vega.github.io/schema/vega-lite/v5.json",
        "background": "white",
        "config": {"font": "DejaVu Sans, Liberation Sans, Arial, sans-serif"},
        "hconcat": panels,
    }
    return str(vl_convert.vegalite_to_svg(specification))


def main() -> int:
    """Run it."""
    parser = argparse.ArgumentParser(prog="make bench-detection", description=__doc__)
    parser.add_argument("--clients", type=int, default=CLIENTS)
    parser.add_argument("--write", action="store_true", help=f"put the tables into {TABLE.name} and draw {CHART.name}")
    given = parser.parse_args()
    began = time.monotonic()

    def say(line: str) -> None:
        sys.stderr.write(f"[{time.monotonic() - began:5.0f} s] {line}\n")

    results = run(given.clients, say)
    text = tables(results, reproduction(given.clients), given.clients)
    say("site by site")
    text += "\n" + site_table({preset.name: sites(preset) for preset in (SRS, WAI_SR, CHECKIN)})
    sys.stdout.write(text)
    if given.write:
        before, _, rest = TABLE.read_text("utf-8").partition(BEGIN)
        TABLE.write_text(f"{before}{BEGIN}\n{text}{END}{rest.partition(END)[2]}", "utf-8")
        CHART.write_text(chart(results), "utf-8")
        say(f"written: {TABLE.name}, {CHART.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
