"""Options that several commands share, and the addresses that the root command put into the context."""

from __future__ import annotations

from typing import Annotated

import typer

from services.cli.errors import USAGE, Problem
from services.cli.where import Where

Json = Annotated[bool, typer.Option("--json", help="Print JSON with every field instead of a table.")]
Site = Annotated[str, typer.Option("--site", help="The site.", envvar="ATTUNE_CLI_SITE")]
MaybeSite = Annotated[
    str | None, typer.Option("--site", help="Only this site; without it, all that are known.", envvar="ATTUNE_CLI_SITE")
]


def where(context: typer.Context) -> Where:
    """The addresses of this call."""
    found = context.find_object(Where)
    if found is None:
        raise Problem("the command was called without its root command; use `attune`", USAGE)
    return found


def one_site(known: Where, site: str | None) -> str:
    """The given site, or the only one known."""
    if site:
        return site
    sites = known.sites()
    if len(sites) != 1:
        raise Problem(f"which site? give --site ({', '.join(sites) or 'none is known here'})", USAGE)
    return sites[0]
