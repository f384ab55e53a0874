"""`attune silences`: keep pages back for a while, with a reason; never those about risk."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from attune.alerting.v1 import alerting_service_pb2 as api

from services.cli.calls import caller
from services.cli.commands.alerts import STUB, Person
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.moments import moment
from services.cli.output import as_dict, emit_json, emit_rows, line, short
from services.cli.where import OPERATOR

app = typer.Typer(no_args_is_help=True, help="Silences and maintenance: pages that wait. Risk is never silenced.")

COLUMNS = (
    ("silence_id", "silence"),
    ("scope_name", "of"),
    ("subject", "which"),
    ("author", "by"),
    ("starts_at", "from"),
    ("ends_at", "until"),
    ("ended_by", "ended by"),
    ("reason", "reason"),
)
SilenceId = Annotated[str, typer.Argument(metavar="SILENCE", help="Its id; `attune silences list` shows them.")]
Until = Annotated[
    str, typer.Option("--for", help="How long, for example 4h or 2d; or a time such as 2026-01-12T15:00Z.")
]


@app.command("list")
def list_silences(context: typer.Context, site: MaybeSite = None, as_json: Json = False) -> None:
    """List a site's silences, newest first, the ended ones too."""
    known = where(context)
    with caller(known, "alerting", STUB) as call:
        found = call("ListSilences", api.ListSilencesRequest(site_id=one_site(known, site)))
    rows = [as_dict(silence) for silence in found.silences]
    for row in rows:
        row["scope_name"] = short(row["scope"], "SILENCE_SCOPE_")
    emit_rows(rows, COLUMNS, as_json=as_json, empty="No silences.")


@app.command()
def add(
    context: typer.Context,
    person: Person,
    until: Until,
    reason: Annotated[str, typer.Option(help="Why; no names.")],
    episode: Annotated[str, typer.Option(help="Of one episode of care.")] = "",
    therapist: Annotated[str, typer.Option(help="Of one therapist's clients.")] = "",
    maintenance: Annotated[bool, typer.Option("--maintenance", help="Of the whole site; at most a day.")] = False,
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Keep pages about ruptures back. Alerts are opened all the same, and risk pages as ever."""
    if [bool(episode), bool(therapist), maintenance].count(True) != 1:
        raise typer.BadParameter("give one of --episode, --therapist and --maintenance", param_hint="--episode")
    known = where(context)
    chosen = one_site(known, site)
    scope = "SITE" if maintenance else "EPISODE" if episode else "THERAPIST"
    with caller(known, "alerting", STUB, f"clinician-{chosen}", OPERATOR) as call:
        request = api.CreateSilenceRequest(
            site_id=chosen,
            scope=f"SILENCE_SCOPE_{scope}",
            subject=episode or therapist,
            person_id=person,
            reason=reason,
            ends_at=moment(until, "--for"),
        )
        answer = call("CreateSilence", request)
    _tell(answer.silence, as_json=as_json)


@app.command()
def change(
    context: typer.Context,
    silence: SilenceId,
    person: Person,
    until: Until,
    reason: Annotated[str, typer.Option(help="Why; empty keeps the old reason.")] = "",
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """End a silence and make another in its place."""
    known = where(context)
    chosen = one_site(known, site)
    with caller(known, "alerting", STUB, f"clinician-{chosen}", OPERATOR) as call:
        request = api.ChangeSilenceRequest(
            site_id=chosen, silence_id=silence, person_id=person, reason=reason, ends_at=moment(until, "--for")
        )
        answer = call("ChangeSilence", request)
    _tell(answer.silence, as_json=as_json)


@app.command()
def end(
    context: typer.Context, silence: SilenceId, person: Person, site: MaybeSite = None, as_json: Json = False
) -> None:
    """End a silence: what it kept back goes out at once."""
    known = where(context)
    chosen = one_site(known, site)
    with caller(known, "alerting", STUB, f"clinician-{chosen}", OPERATOR) as call:
        answer = call("EndSilence", api.EndSilenceRequest(site_id=chosen, silence_id=silence, person_id=person))
    _tell(answer.silence, as_json=as_json)


def _tell(silence: Any, *, as_json: bool) -> None:
    row = as_dict(silence)
    if as_json:
        emit_json(row)
    else:
        line(f"silence {row['silence_id']}: until {row.get('ends_at', 'now')}")
