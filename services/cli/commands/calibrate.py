"""`attune calibrate`: a group's parameters and limits from series of totals, without a service."""

from __future__ import annotations

import json
import sys
from collections import defaultdict
from dataclasses import asdict
from typing import Annotated, Any

import numpy as np
import typer

from services.cli import instruments, ndjson
from services.cli.errors import USAGE, Problem
from services.cli.ndjson import Line
from services.scoring.domain.calibration import TARGET, Calibration, calibrate
from services.scoring.domain.catalogue import CATALOGUE

FIELDS = ("instrument", "ratings")


def calibration(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help='{"instrument", "ratings": [..]} a line.')] = "-",
    instrument: Annotated[str | None, typer.Option(help="Of the lines that name none.")] = None,
    target: Annotated[float, typer.Option(help="False alarms per 100 rated sessions, 0.2 to 10.")] = TARGET,
) -> None:
    """Estimate what is usual among clients, and set the limits for a false-alarm target.

    A line is one client's totals in the order of sessions, null where one was not rated. One line comes out for each
    instrument; saved as a file, it is what `attune detect --policy` reads.
    """
    groups: defaultdict[str, list[list[float]]] = defaultdict(list)

    def take(line: Line) -> None:
        key = instruments.find(line.text("instrument", instrument), "")
        totals = [instruments.total(f"ratings[{place}]", each, key) for place, each in enumerate(line.list("ratings"))]
        groups[key.id].append([np.nan if value is None else value for value in totals])

    tally = ndjson.read(file, FIELDS, take)
    if not groups:
        raise Problem('there is no series in the input; give lines like {"instrument": "srs", "ratings": [38, null]}')
    for found in [_calibrated(name, rows, target) for name, rows in sorted(groups.items())]:
        sys.stdout.write(json.dumps(found, ensure_ascii=False) + "\n")
    tally.complain()


def _calibrated(instrument_id: str, rows: list[list[float]], target: float) -> dict[str, Any]:
    table = np.full((len(rows), max(map(len, rows))), np.nan)
    for place, row in enumerate(rows):
        table[place, : len(row)] = row
    try:
        found = calibrate(CATALOGUE[instrument_id], table, target)
    except ValueError as error:
        raise Problem(f"{instrument_id}: {error}", USAGE) from error
    if not isinstance(found, Calibration):
        return {"instrument": instrument_id, "calibrated": False, "reason": found.sentence, "clients": found.clients}
    return {
        "instrument": instrument_id,
        "calibrated": True,
        "population": asdict(found.population),
        "policy": found.policy("1").to_dict(),
        "estimate": asdict(found.estimate),
        "standard_errors": asdict(found.errors),
        "clients": found.clients,
        "ratings": found.ratings,
        "set_aside": found.set_aside,
        "target": found.target,
        "expected_false_alarms": found.expected_false_alarms,
        "false_alarms_with_the_default_limits": found.default_false_alarms,
        "method": found.method,
    }
