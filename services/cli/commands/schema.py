"""`attune schema`: the JSON Schema and a valid example of every event that clinics publish."""

from __future__ import annotations

import json
from typing import Annotated

import typer

from services.cli import schema as schemas
from services.cli.errors import USAGE, Problem
from services.cli.ingress import EXAMPLE_SITE, INGRESS
from services.cli.output import emit_json, line


def schema(
    event_type: Annotated[
        str | None, typer.Argument(metavar="TYPE", help="Only this event type, for example attune.episode.opened.v1.")
    ] = None,
    example: Annotated[bool, typer.Option("--example", help="Only the example, ready for `attune publish -`.")] = False,
    site: Annotated[
        str, typer.Option(help="The site that the example is from.", envvar="ATTUNE_CLI_SITE")
    ] = EXAMPLE_SITE,
    as_json: Annotated[bool, typer.Option("--json", help="Accepted for symmetry: the output is always JSON.")] = False,
) -> None:
    """Print JSON Schema (draft 2020-12) and a valid example of the ingress events."""
    if event_type is not None and event_type not in INGRESS:
        raise Problem(f"no event type {event_type}; there are {', '.join(INGRESS)}", USAGE)
    chosen = [event_type] if event_type else list(INGRESS)
    if example and len(chosen) > 1:
        for name in chosen:
            line(json.dumps(INGRESS[name].event(site), ensure_ascii=False))
        return
    if example:
        emit_json(INGRESS[chosen[0]].event(site))
        return
    found = schemas.document(site)
    emit_json(found[chosen[0]] if event_type else found)
