"""`attune demo`: all of Attune on this machine, with three simulated clinics."""

from __future__ import annotations

import importlib.util
from pathlib import Path
from typing import Annotated

import typer

from services.cli.errors import UNAVAILABLE, USAGE, Problem
from services.cli.output import console

NEEDED = ("confluent_kafka", "psutil", "jgo", "aiosmtpd")


def demo(
    sessions: Annotated[
        int | None, typer.Option(min=1, help="Sessions that the clinics tell of; without it a first batch, once.")
    ] = None,
    leave: Annotated[bool, typer.Option("--exit", help="Count everything, print the table, and stop.")] = False,
    report: Annotated[Path | None, typer.Option(help="With --exit: write the table to this file as JSON.")] = None,
    seed: Annotated[int, typer.Option(help="The same seed tells the same stories.")] = 1,
    data: Annotated[Path, typer.Option(help="The folder that everything is kept in.")] = Path(".attune"),
) -> None:
    """Start everything, let three clinics publish, and stay up; or with --exit count what became of every event."""
    missing = [name for name in NEEDED if importlib.util.find_spec(name) is None]
    if missing:
        raise Problem(f"the demo needs {', '.join(missing)}: pip install 'attune[embedded]'", USAGE)
    if report is not None and not leave:
        raise Problem("--report needs --exit: there is nothing to count while the demo stays up", USAGE)
    # Only here: the rest of the command line works without the packages of the embedded stack.
    from services.dev import demo as demonstration
    from services.dev.process import StartFailed
    from services.dev.stack import AlreadyRunning

    options = demonstration.Options(sessions, leave, report, seed, data)
    try:
        code = demonstration.run(options, console())
    except (AlreadyRunning, StartFailed) as error:
        raise Problem(str(error), UNAVAILABLE) from error
    raise typer.Exit(code)
