"""`attune chart`: textbook control charts of any series."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Annotated, Any

import typer

from services.cli import ndjson
from services.cli.errors import USAGE, Problem
from services.cli.ndjson import BadLine, Line
from services.scoring.domain import charts
from services.scoring.domain.detectors.baseline import D2


class Kind(StrEnum):
    """The charts there are."""

    INDIVIDUALS = "individuals"
    EWMA = "ewma"
    CUSUM = "cusum"


class Sides(StrEnum):
    """Which deviations alarm."""

    BOTH = "both"
    LOWER = "lower"


@dataclass(frozen=True, slots=True)
class Settings:
    """The options of one call."""

    kinds: tuple[Kind, ...]
    sides: Sides
    centre: float | None
    sigma: float | None
    floor: float
    sigmas: float
    weight: float
    width: float
    slack: float
    decision: float


def chart(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help='{"id", "ratings": [...]} a line; - is stdin.')] = "-",
    kind: Annotated[list[Kind] | None, typer.Option(help="Once for each; all without it.")] = None,
    side: Annotated[Sides, typer.Option(help="Deviations that alarm.")] = Sides.BOTH,
    centre: Annotated[float | None, typer.Option(help="Known mean; without it, the series'.")] = None,
    sigma: Annotated[float | None, typer.Option(help="Known SD; without it, mean moving range / 1.128.")] = None,
    floor: Annotated[float, typer.Option(help="Least sigma to believe, for example the SEM.")] = 0.0,
    sigmas: Annotated[float, typer.Option(help="Width of the individuals chart.")] = 3.0,
    weight: Annotated[float, typer.Option("--lambda", help="Weight of the newest value in the EWMA.")] = 0.3,
    width: Annotated[float, typer.Option("--L", help="Width of the EWMA's limits, in its sigmas.")] = 2.7,
    slack: Annotated[float, typer.Option("--k", help="Slack of the CUSUM, in sigmas.")] = 0.5,
    decision: Annotated[float, typer.Option("--h", help="Decision interval of the CUSUM, in sigmas.")] = 4.0,
) -> None:
    """Limits and alarms of individuals, EWMA and CUSUM charts; alarms are places in the series, from 1.

    The EWMA starts at the centre and has steady-state limits.
    """
    for name, value, ok in (
        ("--sigma", sigma, sigma is None or sigma > 0),
        ("--floor", floor, floor >= 0),
        ("--sigmas", sigmas, sigmas > 0),
        ("--lambda", weight, 0 < weight <= 1),
        ("--L", width, width > 0),
        ("--k", slack, slack >= 0),
        ("--h", decision, decision > 0),
    ):
        if not ok:
            raise Problem(f"{name} {value:g} is out of range; `attune chart --help` says what it is", USAGE)
    kinds = tuple(dict.fromkeys(kind or Kind))
    settings = Settings(kinds, side, centre, sigma, floor, sigmas, weight, width, slack, decision)
    ndjson.run(file, ("ratings",), lambda line: _charts(line, settings))


def _charts(line: Line, settings: Settings) -> dict[str, Any]:
    values = line.numbers("ratings")
    if not values:
        raise BadLine("ratings", "is empty")
    if settings.sigma is None and len(values) < 2:
        raise BadLine("ratings", "one value has no moving range; give two, or --sigma")
    centre = sum(values) / len(values) if settings.centre is None else settings.centre
    sigma = max(settings.floor, charts.mean_moving_range(values) / D2) if settings.sigma is None else settings.sigma
    result: dict[str, Any] = {"n": len(values), "centre": centre, "sigma": sigma}
    for kind in settings.kinds:
        match kind:
            case Kind.INDIVIDUALS:
                limits = charts.Limits(centre, centre - settings.sigmas * sigma, centre + settings.sigmas * sigma)
                result[kind] = _within(values, limits, settings.sides)
            case Kind.EWMA:
                averages = charts.ewma(values, settings.weight, centre)[1:]
                limits = charts.ewma_limits(centre, sigma, settings.weight, settings.width)
                result[kind] = {**_within(averages, limits, settings.sides), "values": averages}
            case Kind.CUSUM:
                if sigma == 0:
                    raise BadLine("ratings", "never change, so that sigma is 0; give --sigma or --floor")
                result[kind] = _sums(values, centre, sigma, settings)
    return result


def _within(values: Sequence[float], limits: charts.Limits, sides: Sides) -> dict[str, Any]:
    both = sides is Sides.BOTH
    alarms = [
        place for place, value in enumerate(values, start=1) if value < limits.lower or (both and value > limits.upper)
    ]
    return {"lower": limits.lower, "upper": limits.upper if both else None, "alarms": alarms}


def _sums(values: Sequence[float], centre: float, sigma: float, settings: Settings) -> dict[str, Any]:
    sums = charts.cusum(values, centre, sigma, settings.slack)
    both = settings.sides is Sides.BOTH
    alarms = [
        place
        for place, (below, above) in enumerate(zip(sums.lower, sums.upper, strict=True), start=1)
        if below > settings.decision or (both and above > settings.decision)
    ]
    return {
        "limit": settings.decision,
        "lower": list(sums.lower),
        "upper": list(sums.upper) if both else None,
        "alarms": alarms,
    }
