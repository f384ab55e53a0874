"""`attune dead-letters`: what could not be accepted, why, and how to bring it back after a fix."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Annotated, Any

import typer

from services.cli.commands.options import Json, where
from services.cli.errors import USAGE, Problem
from services.cli.output import emit_facts, emit_json, emit_rows, line
from services.cli.where import OPERATOR, SERVICES, Where
from services.runtime.bus.dead_letters import DeadLetter, list_dead_letters, replay

app = typer.Typer(no_args_is_help=True, help="Dead letters: what could not be accepted, and bringing it back.")
COLUMNS = (
    ("time", "time"),
    ("id", "id"),
    ("service", "service"),
    ("site", "site"),
    ("place", "from"),
    ("field", "field"),
    ("reason", "reason"),
)
EVERYTHING = 1_000_000  # more than a dead-letter topic holds when anyone still looks at it
SHOWN_BYTES = 2_000

Service = Annotated[
    str | None, typer.Option(help=f"Only this service's: {', '.join(SERVICES)}.", envvar="ATTUNE_CLI_SERVICE")
]


@app.command("list")
def list_letters(
    context: typer.Context,
    service: Service = None,
    site: Annotated[str | None, typer.Option(help="Only those that claim this site.")] = None,
    limit: Annotated[int, typer.Option(min=1, help="The newest so many of each service.")] = 100,
    as_json: Json = False,
) -> None:
    """List dead letters, the newest first."""
    found = [letter for letter in _letters(where(context), service, limit) if site in (None, letter.site)]
    rows = [_row(letter) for letter in sorted(found, key=lambda letter: letter.time, reverse=True)]
    emit_rows(rows, COLUMNS, as_json=as_json, empty="No dead letters.")


@app.command()
def show(
    context: typer.Context,
    letter_id: Annotated[str, typer.Argument(metavar="ID", help="The dead letter's id; `list` shows them.")],
    service: Service = None,
    as_json: Json = False,
) -> None:
    """Show one dead letter whole: why, and the original record."""
    letter = next((each for each in _letters(where(context), service, EVERYTHING) if each.id == letter_id), None)
    if letter is None:
        raise Problem(f"no dead letter {letter_id}; `attune dead-letters list` shows them")
    row = {
        **_row(letter),
        "headers": dict(_texts(letter)),
        "value": _text(letter.value),
        "bytes": len(letter.value or b""),
    }
    if as_json:
        emit_json(row)
        return
    names = ("time", "service", "site", "place", "field", "reason", "advice", "attempt", "code_version", "key", "bytes")
    emit_facts(f"dead letter {letter.id}", [(name, row[name]) for name in names])
    emit_facts("headers", list(row["headers"].items()))
    line(row["value"][:SHOWN_BYTES])


@app.command("replay")
def replay_letters(
    context: typer.Context,
    service: Annotated[str, typer.Option(help=f"Whose: {', '.join(SERVICES)}.", envvar="ATTUNE_CLI_SERVICE")],
    ids: Annotated[list[str] | None, typer.Option("--id", help="Which; `list` shows them; repeat for more.")] = None,
    everything: Annotated[bool, typer.Option("--all", help="All of the service's.")] = False,
    as_json: Json = False,
) -> None:
    """Send dead letters again to where they came from. Twice is as good as once."""
    if bool(ids) == everything:
        raise Problem("say which: --id for each, or --all", USAGE)
    known = where(context)
    _known_service(service)
    done = replay(known.kafka(), service, None if everything else ids, known.token(OPERATOR))
    if as_json:
        emit_json({"replayed": done.replayed, "failed": dict(done.failed), "unknown": done.unknown})
    else:
        line(f"{len(done.replayed)} sent again. One that is refused again becomes a dead letter of its own.")
        for identity, reason in done.failed.items():
            line(f"{identity}: not sent: {reason}")
        for identity in done.unknown:
            line(f"{identity}: {service} has no such dead letter")
    if done.failed or done.unknown:
        raise typer.Exit(1)


def _letters(known: Where, service: str | None, limit: int) -> Iterator[DeadLetter]:
    for each in [_known_service(service)] if service else SERVICES:
        yield from list_dead_letters(known.kafka(), each, limit)


def _known_service(service: str) -> str:
    if service not in SERVICES:
        raise Problem(f"no service {service}; there are {', '.join(SERVICES)}", USAGE)
    return service


def _row(letter: DeadLetter) -> dict[str, Any]:
    return {
        "id": letter.id,
        "time": letter.time.isoformat(),
        "service": letter.service,
        "site": letter.site,
        "place": f"{letter.topic}[{letter.partition}]@{letter.offset}",
        "field": letter.field,
        "reason": letter.reason,
        "advice": letter.advice,
        "attempt": letter.attempt,
        "code_version": letter.code_version,
        "door": letter.door,
        "key": _text(letter.key),
    }


def _texts(letter: DeadLetter) -> Iterator[tuple[str, str]]:
    return ((name, _text(value)) for name, value in letter.headers)


def _text(value: bytes | None) -> str:
    """Bytes as text; what is not UTF-8 stays visible as escapes."""
    return (value or b"").decode("utf-8", "backslashreplace")
