"""`attune score`: answers to scores, as the scoring service makes them."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from services.cli import instruments, ndjson
from services.cli.ndjson import BadLine, Line
from services.scoring.domain.figures import RiskItem
from services.scoring.domain.scores import critical, crossed, risks
from services.scoring.domain.scores import score as score_form

_FIELDS = ("instrument", "version", "answers", "age")


def score(
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="JSON objects, one a line; - is stdin.")] = "-",
    instrument: Annotated[str | None, typer.Option(help="Of lines that do not name theirs.")] = None,
) -> None:
    """Score forms: {"id", "instrument", "answers"} a line in, one result a line out.

    Answers are {"1": 2, "9": 1} by item, or [2, null, ...] from item 1 on. With "age" in years only the cut-offs of
    that age are looked at. What is missing or unknown gives null and, in "refused", the reason; risk items are named
    whatever else is answered.
    """
    ndjson.run(file, _FIELDS, lambda line: _scored(line, instrument))


def _scored(line: Line, default: str | None) -> dict[str, Any]:
    key = instruments.find(line.text("instrument", default), line.text("version", "") if line.get("version") else "")
    answers = _answers(line)
    age = line.maybe_number("age")
    found = score_form(key, answers)
    return {
        "instrument": key.id,
        "version": key.version,
        "total": found.total,
        "prorated": found.prorated,
        "band": found.band or None,
        "subscales": found.subscales,
        "facets": found.facets,
        "cutoffs": [instruments.cutoff_of(cutoff) for cutoff in crossed(key, found, age)],
        "risk": [_risk(risk, answers) for risk in risks(key, answers)],
        "critical": list(critical(key, answers)),
        "tension": found.tension,
        "missing": list(found.missing),
        "refused": found.refused,
    }


def _risk(risk: RiskItem, answers: dict[int, float]) -> dict[str, Any]:
    return {"item": risk.item, "answer": answers[risk.item], "page_at": risk.page_at, "about": risk.about}


def _answers(line: Line) -> dict[int, float]:
    given = line.get("answers")
    if given is None:
        raise BadLine("answers", "is missing")
    if isinstance(given, list):
        pairs = [(f"answers[{place}]", place + 1, value) for place, value in enumerate(given)]
    elif isinstance(given, dict):
        pairs = [(f"answers.{name}", _item(name), value) for name, value in given.items()]
    else:
        raise BadLine("answers", "is neither an object by item number nor a list")
    return {item: ndjson.number(field, value) for field, item, value in pairs if value is not None}


def _item(name: str) -> int:
    if not (name.isascii() and name.isdigit()) or name != str(int(name)):
        raise BadLine(f"answers.{name}", "is not an item number")
    return int(name)
