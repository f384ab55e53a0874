"""`attune keys` and `attune token`: the keys that tokens are signed with, and tokens. For operators."""

from __future__ import annotations

import os
from datetime import timedelta
from pathlib import Path
from typing import Annotated

import typer

from services.cli.errors import USAGE, Problem
from services.cli.output import line
from services.runtime import identity

keys = typer.Typer(no_args_is_help=True, help="The key pair that tokens are signed with.")
token = typer.Typer(no_args_is_help=True, help="Tokens of clinics, clinicians and services.")
_UNITS = {"s": 1, "m": 60, "h": 3600, "d": 86_400}


@keys.callback()
def _keys() -> None:
    """Keeps `generate` a command of its own."""


@token.callback()
def _token() -> None:
    """Keeps `issue` a command of its own."""


@keys.command()
def generate(directory: Annotated[Path, typer.Argument(help="Folder to write the two files to.")]) -> None:
    """Make a new key pair. Only operators may read the private half; every service needs the public half."""
    try:
        private, public = identity.generate_keys(directory)
    except FileExistsError as error:
        raise Problem(
            f"there is a key in {directory} already, and every token would die with it; choose another folder"
        ) from error
    except OSError as error:
        raise Problem(f"cannot write to {directory}: {error.strerror}") from error
    line(f"private key (keep it secret): {private}")
    line(f"public key (for every service): {public}")


@token.command()
def issue(
    subject: Annotated[str, typer.Option(help="Who will hold it, for example harbour-practice-software.")],
    key: Annotated[Path, typer.Option("--private-key", help="The private key file.", envvar="ATTUNE_CLI_PRIVATE_KEY")],
    site: Annotated[list[str], typer.Option(help="A site it is for; repeat for more; * is all.")],
    scope: Annotated[list[str], typer.Option(help=f"One of {', '.join(sorted(identity.SCOPES))}; repeat for more.")],
    ttl: Annotated[str, typer.Option(help="How long it is valid: 12h, 90d ...")] = "90d",
    out: Annotated[Path | None, typer.Option(help="Write it to this file, readable by you only; else stdout.")] = None,
) -> None:
    """Sign a token."""
    try:
        made = identity.issue(key.read_bytes(), subject, site, scope, parse_duration(ttl))
    except OSError as error:
        raise Problem(
            f"cannot read the key {key}: {error.strerror}; make one with `attune keys generate`", USAGE
        ) from error
    except ValueError as error:
        raise Problem(str(error), USAGE) from error
    if out is None:
        line(made)
        return
    try:
        with os.fdopen(os.open(out, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as file:
            file.write(made + "\n")
    except OSError as error:
        raise Problem(f"cannot write {out}: {error.strerror}") from error
    line(f"token of {subject}: {out}")


def parse_duration(text: str) -> timedelta:
    """A duration such as 30m, 12h or 90d; ValueError otherwise."""
    number, unit = text[:-1], text[-1:]
    if unit not in _UNITS or not number.isdigit() or int(number) == 0:
        raise ValueError(f"{text!r} is not a duration; write for example 12h or 90d")
    return timedelta(seconds=int(number) * _UNITS[unit])
