"""`attune calibrate`: what is usual among a site's own clients, and limits for a rate of false alarms."""

from __future__ import annotations

from dataclasses import asdict
from typing import Annotated, Any

import numpy as np
import typer
from numpy.typing import NDArray
from rich.console import Console
from rich.progress import Progress

from services.cli import instruments, ndjson
from services.cli.errors import USAGE, Problem
from services.cli.ndjson import BadLine, Line
from services.cli.output import emit_json, warn
from services.scoring.domain.calibration import TARGET, Calibration, TooFew
from services.scoring.domain.calibration import calibrate as calibrated
from services.scoring.domain.instruments import Instrument
from services.scoring.domain.policy import DEFAULT, Policy
from services.scoring.domain.population import DEFAULTS, Population

_FIELDS = ("instrument", "ratings")
_VERSION = "calibrated-1"

Row = tuple[Instrument, list[float | None]]


def calibrate(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON objects, one a line; - is stdin.")] = "-",
    instrument: Annotated[str | None, typer.Option(help="Of lines that do not name theirs.")] = None,
    target: Annotated[
        float, typer.Option(help="False alarms per 100 rated sessions of clients without a rupture.")
    ] = TARGET,
) -> None:
    """Estimate a site's parameters: {"id", "instrument", "ratings"} a line in, one for each client, and one parameter
    set out.

    A rating is a total, null where a session was not rated; all lines are of one instrument. `attune detect --policy`
    and `attune scoring policies set` read the set, `attune detect --parameters` its population alone. With too little
    data "calibrated" is false, "calibration" says what is missing, and the set holds the published defaults.
    """
    key, ratings = _matrix(_rows(file, instrument))
    try:
        found = _calibrated(key, ratings, target)
    except ValueError as error:
        raise Problem(str(error), USAGE) from error
    if isinstance(found, TooFew):
        warn(f"attune: {found.sentence}")
        basis = {"reason": found.sentence, "clients": found.clients, "needed": found.needed}
        emit_json(_set(key, DEFAULT, DEFAULTS[key.id], basis, calibrated=False))
    else:
        emit_json(_set(key, found.policy(_VERSION), found.population, _basis(found), calibrated=True))


def _rows(file: str, default: str | None) -> list[Row]:
    """Each client's instrument and totals. A client who is there twice would count as two."""
    seen: set[str] = set()
    first: list[Instrument] = []

    def row(line: Line) -> Row:
        key = instruments.find(line.text("instrument", default))
        if first and key is not first[0]:
            raise BadLine("instrument", f"is {key.id} after {first[0].id}; calibrate one instrument at a time")
        totals = [instruments.total(f"ratings[{n}]", each, key) for n, each in enumerate(line.list("ratings"))]
        if line.get("id") is not None:
            # 1 and "1" are two ids, whatever an id is.
            identity = repr(line.get("id"))
            if identity in seen:
                raise BadLine("id", "is there twice; put all ratings of a client on one line, in the order of sessions")
            seen.add(identity)
        first.append(key)
        return key, totals

    return [found for _, found in ndjson.converted(file, _FIELDS, row)]


def _matrix(rows: list[Row]) -> tuple[Instrument, NDArray[np.float64]]:
    """Clients x sessions, NaN where not rated."""
    if not rows:
        raise Problem('there is no line; give {"id", "instrument", "ratings"}, one line for each client', USAGE)
    ratings = np.full((len(rows), max(len(totals) for _, totals in rows)), np.nan)
    for place, (_, totals) in enumerate(rows):
        ratings[place, : len(totals)] = [np.nan if value is None else value for value in totals]
    return rows[0][0], ratings


def _calibrated(key: Instrument, ratings: NDArray[np.float64], target: float) -> Calibration | TooFew:
    # On stderr: stdout is for the set.
    console = Console(stderr=True)
    with Progress(console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(f"{len(ratings)} clients", total=None)
        return calibrated(key, ratings, target, lambda done, of: bar.update(task, completed=done, total=of))


def _set(
    key: Instrument, policy: Policy, population: Population, basis: dict[str, Any], *, calibrated: bool
) -> dict[str, Any]:
    return {
        "calibrated": calibrated,
        "policy": policy.to_dict(),
        "population": asdict(population),
        "calibration": {"instrument": key.id, **basis},
    }


def _basis(found: Calibration) -> dict[str, Any]:
    """What the set is based on, and how sure it is."""
    errors = asdict(found.errors)
    return {
        "method": found.method,
        "clients": found.clients,
        "ratings": found.ratings,
        "set_aside": found.set_aside,
        "target": found.target,
        "expected_false_alarms": found.expected_false_alarms,
        "false_alarms_with_published_limits": found.default_false_alarms,
        "estimates": {
            name: {"value": value, "standard_error": errors[name]} for name, value in asdict(found.estimate).items()
        },
    }
