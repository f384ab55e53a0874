"""`attune doctor`: what is configured, what is reachable, what is wrong, and what to do about it."""

from __future__ import annotations

from dataclasses import asdict

import typer

from services.cli import checks
from services.cli.commands.options import Json, where
from services.cli.commands.topics import DEFAULT_FILE, TopicsFile
from services.cli.output import emit_json, line

MARKS = {checks.GOOD: "good", checks.WARNING: "look", checks.BAD: "BAD "}


def doctor(context: typer.Context, topics_file: TopicsFile = DEFAULT_FILE, as_json: Json = False) -> None:
    """Check everything. Exit code 1 when something is bad."""
    results = list(checks.run(where(context), topics_file))
    bad = sum(result.state == checks.BAD for result in results)
    if as_json:
        emit_json([asdict(result) for result in results])
    else:
        for result in results:
            line(f"{MARKS[result.state]}  {result.what}: {result.found}")
            if result.todo:
                line(f"      -> {result.todo}")
        warnings = sum(result.state == checks.WARNING for result in results)
        line(f"{bad} bad, {warnings} to look at." if bad or warnings else "All is well.")
    if bad:
        raise typer.Exit(1)
