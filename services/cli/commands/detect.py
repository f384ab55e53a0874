"""`attune detect`: ruptures in series of totals, by the service's own detectors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml

from services.cli import instruments, ndjson
from services.cli.errors import USAGE, Problem
from services.cli.ndjson import BadLine, Line
from services.scoring.domain.detectors import Finding
from services.scoring.domain.instruments import Instrument
from services.scoring.domain.policy import DEFAULT
from services.scoring.domain.population import DEFAULTS, Population
from services.scoring.domain.ruptures import Rupture
from services.scoring.domain.totals import Judgement, Total, watch

_FIELDS = ("instrument", "version", "ratings", "dates", "tension")
_PARAMETERS = ("mean", "between_sd", "within_sd", "sem")


def detect(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON objects, one a line; - is stdin.")] = "-",
    instrument: Annotated[str | None, typer.Option(help="Of lines that do not name theirs.")] = None,
    parameters: Annotated[
        Path | None,
        typer.Option(help="What is usual among your clients: mean, between_sd, within_sd, sem; YAML or JSON."),
    ] = None,
) -> None:
    """Look for ruptures: {"id", "instrument", "ratings"} a line in, what each detector says and the episodes out.

    A rating is a total, null where there was none. With "dates" (ISO 8601, one for each rating) the ratings are taken
    in their order, with "tension" (true, false or null each) the client's answer to the direct question is heard. A
    detector's limit is the rating at or below which it alarms. Episodes name their sessions by place, from 1.
    """
    population = None if parameters is None else _population(parameters)
    ndjson.run(file, _FIELDS, lambda line: _detected(line, instrument, population))


def _detected(line: Line, default: str | None, given: Population | None) -> dict[str, Any]:
    key = instruments.find(line.text("instrument", default), line.text("version", "") if line.get("version") else "")
    population = given or DEFAULTS.get(key.id)
    if population is None:
        raise BadLine("instrument", f"no ruptures are looked for in {key.id} by default; give --parameters")
    totals = _totals(line, key)
    found = watch(key, totals, DEFAULT, population)
    return {
        "ratings": [_rating(total, each) for total, each in zip(totals, found.judgements, strict=True)],
        "episodes": [_episode(rupture) for rupture in found.ruptures],
    }


def _rating(total: Total, judgement: Judgement) -> dict[str, Any]:
    rating = {
        "value": total.value,
        "alarm": bool(judgement.judged.findings),
        "baseline": judgement.judged.baseline,
        "limit": judgement.judged.limit,
        "detectors": {name: _said(finding) for name, finding in judgement.said.items()},
    }
    return rating if total.at is None else {"date": total.at.isoformat(), **rating}


def _said(finding: Finding | None) -> dict[str, Any]:
    if finding is None:
        return {"statistic": None, "limit": None, "alarm": False}
    return {"statistic": finding.statistic, "limit": finding.limit, "alarm": finding.alarm}


def _episode(rupture: Rupture) -> dict[str, Any]:
    return {
        "status": rupture.status.value,
        "opened": int(rupture.opened_session_id),
        "closed": int(rupture.closed_session_id) if rupture.closed_session_id else None,
        "detectors": [finding.detector for finding in rupture.findings],
        "baseline": rupture.baseline,
        "depth": rupture.depth,
        "explanation": rupture.explanation,
    }


def _totals(line: Line, key: Instrument) -> list[Total]:
    values = [_value(f"ratings[{place}]", each, key) for place, each in enumerate(line.list("ratings"))]
    tensions = _alongside(line, "tension", len(values))
    dates = _alongside(line, "dates", len(values))
    totals = [
        Total(value, _yes_or_no(f"tension[{place}]", tensions[place]), _date(f"dates[{place}]", dates[place]))
        for place, value in enumerate(values)
    ]
    if line.get("dates") is not None:
        undated = next((place for place, total in enumerate(totals) if total.at is None), None)
        if undated is not None:
            raise BadLine(f"dates[{undated}]", "is missing; give one for each rating, or none at all")
        totals.sort(key=lambda total: total.at or datetime.min.replace(tzinfo=UTC))
    return totals


def _alongside(line: Line, field: str, count: int) -> Sequence[Any]:
    if line.get(field) is None:
        return [None] * count
    found = line.list(field)
    if len(found) != count:
        raise BadLine(field, f"has {len(found)} entries for {count} ratings; give one for each")
    return found


def _value(field: str, value: object, key: Instrument) -> float | None:
    if value is None:
        return None
    found = ndjson.number(field, value)
    if not key.total_min <= found <= key.total_max:
        raise BadLine(field, f"{found:g} is not between {key.total_min:g} and {key.total_max:g}")
    return found


def _yes_or_no(field: str, value: object) -> bool | None:
    if value is not None and not isinstance(value, bool):
        raise BadLine(field, "is neither true, false nor null")
    return value


def _date(field: str, value: object) -> datetime | None:
    if value is None:
        return None
    try:
        found = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadLine(field, "is not a date; give it as 2026-03-31 or 2026-03-31T09:00:00Z") from None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _population(file: Path) -> Population:
    given = _read(file)
    values = {}
    for name in _PARAMETERS:
        value = given.get(name)
        if isinstance(value, bool) or not isinstance(value, int | float) or (name != "mean" and value <= 0):
            above = "" if name == "mean" else " above 0"
            raise Problem(f"{file}: {name}: is not a number{above}, in the units of the total", USAGE)
        values[name] = float(value)
    provenance = str(given.get("provenance", file.name))
    return Population(**values, version=str(given.get("version", "given")), provenance=provenance, assumed=False)


def _read(file: Path) -> dict[str, Any]:
    try:
        found = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError) as error:
        raise Problem(f"{file} cannot be read ({error}); give YAML or JSON", USAGE) from error
    if not isinstance(found, dict):
        raise Problem(f"{file} holds no object; give names and values", USAGE)
    return found
