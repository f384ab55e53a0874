"""`make bench-detection`: every detector on simulated clients; prints the tables, or writes them and a chart."""

from __future__ import annotations

import argparse
import sys
import time
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
import vl_convert

from services.dev.simulator import Preset
from services.scoring.domain.calibration import Calibration
from tests.bench.detection import (
    DEFAULT_NAME,
    MISSING,
    MOST_FALSE_ALARMS,
    NAMED,
    OTHERS,
    PRESETS,
    PUBLISHED,
    PUBLISHED_WAI_SR,
    REFERENCES,
    SITES,
    THEIR_CLIENTS,
    THEIR_SESSIONS,
    Site,
    estimated,
    reproduction,
    run,
    sites,
)
from tests.bench.measures import CLIENTS, SESSIONS, Measured

HERE = Path(__file__).parent
TABLE, CHART = HERE / "detection.md", HERE / "detection.svg"
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"

HEAD = ("FA", "any", "V2", "V3", "V4", "P2", "P3", "U3", "slide", "PPV", "repaired")


def _row(name: str, m: Measured) -> str:
    strong = "**" if name == DEFAULT_NAME else ""
    whole = (m.any, m.v2, m.v3, m.v4, m.p2, m.p3, m.u3, m.slide, m.ppv)
    tenths = {2, 5, 7}  # V3, P3 and slide are what the default is held to
    shown = [f"{m.false_alarms:.2f}", *(f"{v:.1f}" if place in tenths else f"{v:.0f}" for place, v in enumerate(whole))]
    shown.append("" if m.repaired is None else f"{m.repaired:.0f}")
    return f"| {strong}{name}{strong} | " + " | ".join(shown) + " |"


def tables(
    found: Mapping[str, tuple[Preset, Calibration]],
    results: Mapping[str, Mapping[str, Measured]],
    again: Mapping[str, Mapping[str, Measured]],
    clients: int,
) -> str:
    """Markdown: every scale, and the published rows again."""
    lines = [
        f"{clients:,} simulated clients of {SESSIONS} sessions for each column; parameters and limits from {OTHERS} "
        f"others of {THEIR_SESSIONS} sessions with {MISSING:.0%} missing.",
        "",
    ]
    for name, (preset, calibrated) in found.items():
        estimate = calibrated.estimate
        lines += [
            f"### {name}",
            "",
            f"Estimated: mean {estimate.mean:.2f} at first, slope {estimate.slope:.3f}, between SD "
            f"{estimate.between_sd:.2f}, within SD {estimate.within_sd:.2f}, autocorrelation "
            f"{estimate.autocorrelation:.2f}, {estimate.ceiling:.0%} at the top; in truth {preset.mean}, "
            f"{preset.slope}, {preset.between_sd}, {preset.within_sd}, {preset.autocorrelation}. Limits k "
            f"{calibrated.k}, width {calibrated.width}.",
            "",
            "| detector | " + " | ".join(HEAD) + " |",
            "|---|" + "---|" * len(HEAD),
            *(_row(detector, measured) for detector, measured in results[name].items()),
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
    for name, m in again["srs"].items():
        ours = (m.false_alarms, m.any, m.v2, m.v3, m.v4, m.p3, m.slide)
        pairs = [f"{mine:.1f} / {theirs:g}" for mine, theirs in zip(ours, PUBLISHED[name], strict=True)]
        lines.append(f"| {name} | " + " | ".join(pairs) + " |")
    lines += ["", "The same on the WAI-SR:", "", "| detector | FA | V3 | P3 |", "|---|---|---|---|"]
    for name, m in again["wai-sr"].items():
        pairs = [
            f"{mine:.1f} / {theirs:g}"
            for mine, theirs in zip((m.false_alarms, m.v3, m.p3), PUBLISHED_WAI_SR[name], strict=True)
        ]
        lines.append(f"| {name} | " + " | ".join(pairs) + " |")
    return "\n".join(lines) + "\n"


def site_table(found: Mapping[str, Mapping[float, Sequence[Site]]]) -> str:
    """Markdown: lowest, middle and highest of each number over the sites, for each target; and what moves them."""
    lines = [
        "### From site to site",
        "",
        f"The tables above are of one calibration each. The default as {SITES} sites calibrate it, each from {OTHERS} "
        f"clients of its own, on the same {THEIR_CLIENTS:,} clients: lowest, middle, highest.",
        "",
        "| scale | target | FA | any | V3 | P3 | slide | sites with FA at most 1.6 |",
        "|---|---|---|---|---|---|---|---|",
    ]
    for name, targets in found.items():
        for target, sites_of in targets.items():
            table = np.array([(m.false_alarms, m.any, m.v3, m.p3, m.slide) for _, m in sites_of])
            low, middle, high = table.min(axis=0), np.median(table, axis=0), table.max(axis=0)
            digits = (2, 1, 1, 1, 1)
            shown = [f"{a:.{d}f}, {b:.{d}f}, {c:.{d}f}" for a, b, c, d in zip(low, middle, high, digits, strict=True)]
            few = int((table[:, 0] <= MOST_FALSE_ALARMS).sum())
            lines.append(f"| {name} | {target:g} | " + " | ".join(shown) + f" | {few} of {len(table)} |")
    lines += [
        "",
        "What moves the false alarms from site to site: by a regression on the errors of a site's estimates, at the "
        "first target, the SD of FA that each accounts for.",
        "",
        "| scale | SD of FA | within SD | slope | mean | between SD | autocorrelation |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, targets in found.items():
        parts = _moved(next(iter(targets.values())))
        lines.append(f"| {name} | " + " | ".join(f"{part:.2f}" for part in parts) + " |")
    return "\n".join(lines) + "\n"


def _moved(sites_of: Sequence[Site]) -> list[float]:
    """The SD of false alarms over sites, and the part of each estimate's errors in it."""
    rates = np.array([m.false_alarms for _, m in sites_of])
    names = ("within_sd", "slope", "mean", "between_sd", "autocorrelation")
    errors = np.array([[getattr(c.estimate, name) for name in names] for c, _ in sites_of])
    errors -= errors.mean(axis=0)
    slopes = np.linalg.lstsq(np.column_stack([np.ones(len(rates)), errors]), rates, rcond=None)[0][1:]
    return [float(rates.std()), *map(float, np.abs(slopes) * errors.std(axis=0))]


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
        "transform": [{"filter": {"field": "detector", "oneOf": NAMED}}],
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
    say("the published rows")
    again = {name: reproduction(*reference, given.clients) for name, reference in REFERENCES.items()}
    text = tables({preset.name: (preset, estimated(preset)) for preset in PRESETS}, results, again, given.clients)
    say("site by site")
    text += "\n" + site_table({preset.name: sites(preset) for preset in PRESETS})
    sys.stdout.write(text)
    if given.write:
        before, _, rest = TABLE.read_text("utf-8").partition(BEGIN)
        TABLE.write_text(f"{before}{BEGIN}\n{text}{END}{rest.partition(END)[2]}", "utf-8")
        CHART.write_text(chart(results), "utf-8")
        say(f"written: {TABLE.name}, {CHART.name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
