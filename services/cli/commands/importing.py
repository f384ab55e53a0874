"""`attune feedback import`: a clinic's earlier answers, through the same door as new ones."""

from __future__ import annotations

import csv
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated

import grpc
import stamina
import typer
from attune.feedback.v1 import feedback_service_pb2_grpc
from rich.progress import Progress

from services.cli.calls import Caller, caller
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.errors import USAGE, Problem
from services.cli.imports import mapping as mappings
from services.cli.imports.mapping import Mapping
from services.cli.imports.responses import Prepared, Reader
from services.cli.imports.rows import Refusal
from services.cli.output import console, emit_json, line, warn

MOST_TOLD = 20  # refusals on stderr; --report has all
PATIENCE_SECONDS = 60.0  # for a service that is away; then the rest waits for another run
_AWAY = frozenset({grpc.StatusCode.UNAVAILABLE, grpc.StatusCode.DEADLINE_EXCEEDED})
# What the service says of one response; anything else ends the import.
_OF_THE_ROW = frozenset(
    {grpc.StatusCode.INVALID_ARGUMENT, grpc.StatusCode.FAILED_PRECONDITION, grpc.StatusCode.NOT_FOUND}
)


@dataclass(slots=True)
class _Result:
    rows: int = 0
    imported: int = 0
    pages: int = 0
    refusals: list[Refusal] = field(default_factory=list)

    def refuse(self, refusal: Refusal) -> None:
        self.refusals.append(refusal)
        if len(self.refusals) <= MOST_TOLD:
            warn(f"attune: {refusal}")
        elif len(self.refusals) == MOST_TOLD + 1:
            warn("attune: more rows are refused; --report FILE lists them all")


def import_answers(
    context: typer.Context,
    file: Annotated[Path, typer.Argument(metavar="FILE", help="CSV with a header, or NDJSON.")],
    mapping: Annotated[Path, typer.Option(help="YAML that says what the columns mean.")],
    site: MaybeSite = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only check; send nothing.")] = False,
    page_risk: Annotated[
        bool, typer.Option("--page-risk", help="Import risk answers, too: each pages the clinician on call at once.")
    ] = False,
    report: Annotated[Path | None, typer.Option(help="Write every refused row to this CSV file.")] = None,
    as_json: Json = False,
) -> None:
    """Import answers. All rows are checked before the first is sent; the same file again changes nothing.

    A row that is refused is left out, with its line, its column and what to do. The exit code is 1 when there was one.
    """
    meant = mappings.load(mapping)
    known = where(context)
    chosen = one_site(known, site)
    result = _Result()
    total = _check(file, meant, chosen, result)
    if result.pages and not page_risk and not dry_run:
        raise Problem(
            f"{result.pages} rows hold a risk answer, and each pages the clinician on call as soon as it is imported: "
            "repeat with --page-risk if that is meant, or take these rows out. Nothing was imported",
            USAGE,
        )
    if not dry_run and total:
        # Each site's own token: answers are the clinic's to send.
        with caller(known, "feedback", feedback_service_pb2_grpc.FeedbackServiceStub, chosen) as call:
            _send(call, _good(Reader(chosen, meant, datetime.now(UTC)).read(file)), total, result)
    _tell(result, report, dry_run=dry_run, as_json=as_json)


def _check(file: Path, meant: Mapping, site: str, result: _Result) -> int:
    """Check every row; return how many are good."""
    for each in Reader(site, meant, datetime.now(UTC)).read(file):
        result.rows += 1
        if isinstance(each, Refusal):
            result.refuse(each)
        elif each.pages:
            result.pages += 1
    return result.rows - len(result.refusals)


def _good(rows: Iterable[Prepared | Refusal]) -> Iterator[Prepared]:
    yield from (each for each in rows if isinstance(each, Prepared))


def _send(call: Caller, rows: Iterable[Prepared], total: int, result: _Result) -> None:
    with Progress(console=console(), transient=True, disable=not console().is_terminal) as bar:
        task = bar.add_task("Importing", total=total)
        for each in rows:
            refusal = _sent(call, each, result)
            if refusal is None:
                result.imported += 1
            else:
                result.refuse(refusal)
            bar.advance(task)


def _sent(call: Caller, row: Prepared, result: _Result) -> Refusal | None:
    """Send one row; None when it is durable, whether it was new or there already."""
    try:
        for attempt in stamina.retry_context(on=_is_away, attempts=None, timeout=PATIENCE_SECONDS, wait_max=5.0):
            with attempt:
                call("SubmitResponse", row.request)
    except grpc.RpcError as error:
        if not isinstance(error, grpc.Call) or error.code() not in _OF_THE_ROW:
            warn(f"attune: stopped at line {row.row}, after {result.imported} rows; run it again, a repeat is safe")
            raise
        field_, _, rest = (error.details() or "").partition(": ")
        reason, _, advice = rest.partition(". ")
        return Refusal(row.row, field_.removeprefix("data."), reason, advice or "see the service's README")
    return None


def _is_away(error: Exception) -> bool:
    return isinstance(error, grpc.Call) and error.code() in _AWAY


def _tell(result: _Result, report: Path | None, *, dry_run: bool, as_json: bool) -> None:
    refused = len(result.refusals)
    if report is not None:
        with report.open("w", encoding="utf-8", newline="") as stream:
            writer = csv.writer(stream)
            writer.writerow(("line", "field", "reason", "what to do"))
            writer.writerows((each.row, each.field, each.reason, each.advice) for each in result.refusals)
    if as_json:
        emit_json(
            {
                "rows": result.rows,
                "imported": result.imported,
                "refused": [
                    {"line": each.row, "field": each.field, "reason": each.reason, "what_to_do": each.advice}
                    for each in result.refusals
                ],
                "risk_answers": result.pages,
                "dry_run": dry_run,
            }
        )
    elif dry_run:
        line(f"{result.rows} rows: {result.rows - refused} can be imported, {refused} cannot. Nothing was sent.")
        if result.pages:
            line(f"{result.pages} of them hold a risk answer: each would page the clinician on call at once.")
    else:
        line(f"{result.rows} rows: {result.imported} are stored, {refused} were refused.")
    if refused:
        raise Problem(f"{refused} of {result.rows} rows were refused; put them right and import the file again")
