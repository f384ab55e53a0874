"""`attune detect`: ruptures in series of totals, by the service's own detectors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer

from services.cli import instruments, ndjson, policy_files
from services.cli.ndjson import BadLine, Line
from services.cli.output import line
from services.scoring.domain.detectors import Detector, Verdict
from services.scoring.domain.instruments import Instrument
from services.scoring.domain.policy import DEFAULT, Policy
from services.scoring.domain.population import DEFAULTS, Population
from services.scoring.domain.ruptures import Rupture
from services.scoring.domain.totals import Total, watch
from services.scoring.domain.track import Judged

_FIELDS = ("instrument", "version", "ratings", "dates", "tension")


def detect(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON objects, one a line; - is stdin.")] = "-",
    instrument: Annotated[str | None, typer.Option(help="Of lines that do not name theirs.")] = None,
    policy: Annotated[
        Path | None, typer.Option(help="A file as `attune scoring policies show` prints; without it, the default.")
    ] = None,
    parameters: Annotated[
        Path | None,
        typer.Option(help="What is usual among your clients: mean, between_sd, within_sd, sem; YAML or JSON."),
    ] = None,
    show_policy: Annotated[bool, typer.Option("--show-policy", help="Print the policy as a file, and stop.")] = False,
) -> None:
    """Look for ruptures: {"id", "instrument", "ratings"} a line in, what each detector says and the episodes out.

    A rating is a total, null where there was none. With "dates" (ISO 8601, one for each rating) the ratings are taken
    in their order, with "tension" (true, false or null each) the client's answer to the direct question is heard. A
    detector's limit is the rating at or below which it alarms. Episodes name their sessions by place, from 1. Where
    every rating is the best possible "no_information" is true.
    """
    chosen, population = (DEFAULT, None) if policy is None else policy_files.read_policy(policy)
    if show_policy:
        line(policy_files.as_text(chosen).rstrip())
        return
    if parameters is not None:
        population = policy_files.read_population(parameters)
    ndjson.run(file, _FIELDS, lambda one: _detected(one, instrument, chosen, population))


def _detected(one: Line, default: str | None, policy: Policy, given: Population | None) -> dict[str, Any]:
    key = instruments.find(one.text("instrument", default), one.text("version", "") if one.get("version") else "")
    if policy.instrument_id not in {"", key.id}:
        raise BadLine("instrument", f"the policy is made for {policy.instrument_id}, not for {key.id}")
    population = given or DEFAULTS.get(key.id)
    if population is None:
        raise BadLine("instrument", f"no ruptures are looked for in {key.id} by default; give --parameters")
    totals = _totals(one, key)
    found = watch(key, totals, policy, population)
    seen: dict[str, Any] = {
        "ratings": [
            _rating(total, judged, found.detectors) for total, judged in zip(totals, found.judged, strict=True)
        ],
        "episodes": [_episode(rupture) for rupture in found.ruptures],
    }
    if key.says_nothing([total.value for total in totals if total.value is not None]):
        seen["no_information"] = True
    return seen


def _rating(total: Total, judged: Judged, detectors: Sequence[Detector]) -> dict[str, Any]:
    said = {detector.name: _verdict(verdict) for detector, verdict in zip(detectors, judged.verdicts, strict=True)}
    rating = {
        "value": total.value,
        "alarm": bool(judged.findings),
        "baseline": judged.baseline,
        "limit": judged.limit,
        "detectors": said,
    }
    return rating if total.at is None else {"date": total.at.isoformat(), **rating}


def _verdict(verdict: Verdict | None) -> dict[str, Any]:
    if verdict is None:
        return {"statistic": None, "limit": None, "alarm": False}
    return {"statistic": verdict.statistic, "limit": verdict.limit, "alarm": verdict.alarm}


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


def _totals(one: Line, key: Instrument) -> list[Total]:
    values = [instruments.total(f"ratings[{place}]", each, key) for place, each in enumerate(one.list("ratings"))]
    tensions = _alongside(one, "tension", len(values))
    dates = _alongside(one, "dates", len(values))
    totals = [
        Total(value, _yes_or_no(f"tension[{place}]", tensions[place]), _date(f"dates[{place}]", dates[place]))
        for place, value in enumerate(values)
    ]
    if one.get("dates") is not None:
        undated = next((place for place, total in enumerate(totals) if total.at is None), None)
        if undated is not None:
            raise BadLine(f"dates[{undated}]", "is missing; give one for each rating, or none at all")
        totals.sort(key=lambda total: total.at or datetime.min.replace(tzinfo=UTC))
    return totals


def _alongside(one: Line, field: str, count: int) -> Sequence[Any]:
    if one.get(field) is None:
        return [None] * count
    found = one.list(field)
    if len(found) != count:
        raise BadLine(field, f"has {len(found)} entries for {count} ratings; give one for each")
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
