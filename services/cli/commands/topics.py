"""`attune topics`: the declared topics against those of the cluster."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated

import typer

from services.cli.commands.options import Json, where
from services.cli.errors import USAGE, Problem
from services.cli.output import emit_rows, line
from services.runtime import topics

app = typer.Typer(no_args_is_help=True, help="The declared topics: create what is missing, show what differs.")
COLUMNS = (("topic", "topic"), ("what", "what"), ("declared", "declared"), ("actual", "is"), ("applied", "created"))

TopicsFile = Annotated[Path, typer.Option("--file", help="The declaration.", envvar="ATTUNE_TOPICS_FILE")]
Replication = Annotated[
    int | None,
    typer.Option(min=1, help="Instead of every declared replication factor.", envvar="ATTUNE_CLI_REPLICATION"),
]
DEFAULT_FILE = Path("deploy/kafka/topics.yaml")


@app.command()
def apply(
    context: typer.Context, file: TopicsFile = DEFAULT_FILE, replication: Replication = None, as_json: Json = False
) -> None:
    """Create the topics that are missing. An existing topic is never altered; exit code 1 when one differs."""
    _compare(where(context).kafka(), file, replication, dry_run=False, as_json=as_json)


@app.command()
def diff(
    context: typer.Context, file: TopicsFile = DEFAULT_FILE, replication: Replication = None, as_json: Json = False
) -> None:
    """Show what `apply` would do, and what differs. Exit code 1 when anything does."""
    _compare(where(context).kafka(), file, replication, dry_run=True, as_json=as_json)


def load(file: Path, replication: int | None = None) -> list[topics.Topic]:
    """The declared topics; a file that cannot be used is the caller's mistake."""
    try:
        return topics.load(file, replication=replication)
    except topics.TopicsFileError as error:
        raise Problem(f"{error}; give the declaration with --topics-file or ATTUNE_TOPICS_FILE", USAGE) from error


def _compare(bootstrap: str, file: Path, replication: int | None, *, dry_run: bool, as_json: bool) -> None:
    declared = load(file, replication)
    changes = topics.apply(bootstrap, declared, dry_run=dry_run)
    emit_rows(
        [asdict(change) for change in changes],
        COLUMNS,
        as_json=as_json,
        empty=f"All {len(declared)} topics are as declared.",
    )
    left = [change for change in changes if not change.applied]
    if left and not as_json:
        missing = sum(change.actual == "absent" for change in left)
        if missing:
            line(f"{missing} topic(s) are missing: run `attune topics apply`.")
        if len(left) > missing:
            line("A topic that differs is left alone, since changing it can lose order or data: see deploy/runbook.md.")
    if left:
        raise typer.Exit(1)
