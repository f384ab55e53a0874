"""`attune publish`: send events as a clinic does."""

from __future__ import annotations

import sys
from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from services.cli import publishing
from services.cli.commands.options import Json, where
from services.cli.errors import USAGE, Problem
from services.cli.ingress import SOURCE
from services.cli.output import emit_json, line
from services.cli.where import Where


def publish(
    context: typer.Context,
    file: Annotated[str, typer.Argument(metavar="FILE|-", help="CloudEvents as JSON: one, an array, or one a line.")],
    site: Annotated[
        str | None,
        typer.Option(help="Whose token to use; without it, that of the event's source.", envvar="ATTUNE_CLI_SITE"),
    ] = None,
    as_json: Json = False,
) -> None:
    """Publish CloudEvents to Kafka, each confirmed. They are all checked before the first is sent."""
    known = where(context)
    events = publishing.parse(_read(file))
    prepared = [publishing.prepare(event, _token(known, site, event)) for event in events]
    placed = []
    for one in publishing.send(known.kafka(), prepared):
        placed.append(asdict(one))
        if not as_json:
            line(f"{one.type} {one.id}: acknowledged, {one.topic} partition {one.partition} offset {one.offset}")
    if as_json:
        emit_json(placed)


def _read(file: str) -> str:
    try:
        return sys.stdin.read() if file == "-" else Path(file).read_text("utf-8")
    except OSError as error:
        raise Problem(f"cannot read {file}: {error.strerror}", USAGE) from error
    except UnicodeDecodeError as error:
        raise Problem(f"{file} is not UTF-8 ({error.reason} at byte {error.start})", USAGE) from error


def _token(known: Where, site: str | None, event: dict[str, object]) -> str:
    source = SOURCE.match(str(event.get("source", "")))
    holder = site or (source.group(1) if source else "")
    return known.token(holder) if holder or known.token_flag else ""
