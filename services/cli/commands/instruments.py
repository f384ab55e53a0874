"""`attune instruments`: what is known of each instrument, where from, and what is unconfirmed."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from services.cli import instruments as catalogue
from services.cli.commands import wordings
from services.cli.commands.options import Json
from services.cli.errors import USAGE, Problem
from services.cli.output import emit_json, emit_rows, line
from services.scoring.domain.catalogue import CATALOGUE
from services.scoring.domain.figures import Standing

_OVERVIEW = (
    ("instrument", "instrument"),
    ("version", "version"),
    ("kind", "measures"),
    ("range", "range"),
    ("complete", "key complete"),
    ("unconfirmed", "unconfirmed"),
    ("ship", "ship wording"),
    ("title", "title"),
)
_FIGURES = (("figure", "figure"), ("value", "value"), ("standing", "standing"), ("source", "source"), ("note", "note"))


class _Instruments(TyperGroup):
    """`attune instruments [ID]` shows what is known; the other commands are named."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        """Read the arguments as those of `show` when no command is named."""
        named = any(each in self.commands for each in args)
        rest: list[str] = super().parse_args(ctx, args if named or "--help" in args else ["show", *args])
        return rest


app = typer.Typer(cls=_Instruments, help="Scoring keys, and the wordings that sites have loaded for them.")
app.command("load")(wordings.load)
app.command("preview")(wordings.preview)
app.command("retire")(wordings.retire)
app.command("loaded")(wordings.loaded)


@app.command("show")
def instruments(
    instrument: Annotated[str | None, typer.Argument(metavar="ID", help="Everything of this one.")] = None,
    as_json: Json = False,
) -> None:
    """List the instruments, or show one: its key and figures, each with source and standing.

    Sources: S<n> a public source that was read, C computed, own our own choice, M from memory. What is unconfirmed (M)
    must be checked against the paper or the manual before a clinician relies on it.
    """
    if instrument is None:
        everything = [catalogue.described(key) for key in CATALOGUE.values()]
        if as_json:
            emit_json(everything)
        else:
            emit_rows([_overview(each) for each in everything], _OVERVIEW, as_json=False, empty="")
        return
    try:
        found = catalogue.described(catalogue.find(instrument))
    except ValueError as error:
        raise Problem(str(error), USAGE) from error
    if as_json:
        emit_json(found)
        return
    licence = found["licence"]
    line(f"{found['instrument']} version {found['version']}: {found['title']}")
    low, high = found["range"]
    line(f"{'higher' if found['higher_is_better'] else 'lower'} is better, {low:g} to {high:g}")
    line(f"wording may be shipped: {licence['ship_wording']} ({licence['basis']}; {licence['source']})")
    codes = found["loinc"]
    line(
        f"LOINC: {codes.get('note') or 'panel ' + codes['panel'] + ', total ' + codes['total'] + ' and items, --json'}"
    )
    rows = [{"figure": name, **figure, "value": _text(figure)} for name, figure in found["figures"].items()]
    emit_rows(rows, _FIGURES, as_json=False, empty="")


def _overview(found: dict[str, Any]) -> dict[str, Any]:
    standings = [figure.get("standing") for figure in found["figures"].values()]
    return {
        **found,
        "range": f"{found['range'][0]:g} to {found['range'][1]:g}",
        "ship": found["licence"]["ship_wording"],
        "unconfirmed": standings.count(Standing.UNCONFIRMED.value),
    }


def _text(figure: dict[str, Any]) -> object:
    if "missing" in figure:
        return f"unknown: {figure['missing']}"
    value = figure["value"]
    if isinstance(value, dict):
        return ", ".join(f"{name} from {start:g}" for name, start in value.items())
    side = str(figure.get("side", "")).replace("_", " ")
    return f"{side} {value:g}" if side else value
