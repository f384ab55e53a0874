"""`attune oncall`, the part for operators: the on-call file in force, contacts confirmed, calendars handed out."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from attune.alerting.v1 import oncall_pb2 as api
from google.protobuf.json_format import MessageToDict

from services.alerting import sites
from services.cli.calls import caller
from services.cli.commands.alerts import STUB
from services.cli.commands.oncall import as_clinician, local
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.errors import USAGE, Problem
from services.cli.output import as_dict, emit_rows, line
from services.cli.where import Where

app = typer.Typer()

CALENDARS = (
    ("calendar_id", "calendar"),
    ("rota_id", "rota"),
    ("person_id", "person"),
    ("revoked_at", "revoked"),
)
CHANGES = (("site_id", "site"), ("place", "what"), ("before", "now"), ("after", "then"))
OnCallFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, metavar="FILE", help="As deploy/sites.example.yaml explains.")
]


@app.command()
def diff(context: typer.Context, file: OnCallFile, as_json: Json = False) -> None:
    """Say what a file would change; exit code 1 when it would. Changes nothing."""
    rows = _applied(where(context), file, dry_run=True)
    emit_rows(rows, CHANGES, as_json=as_json, empty="Everything is so already.")
    if rows:
        raise typer.Exit(1)


@app.command()
def apply(context: typer.Context, file: OnCallFile, as_json: Json = False) -> None:
    """Put a file in force, site by site; every site is checked first."""
    known = where(context)
    _applied(known, file, dry_run=True)
    rows = _applied(known, file, dry_run=False)
    emit_rows(rows, CHANGES, as_json=as_json, empty="Everything was so already.")


@app.command()
def show(context: typer.Context, site: MaybeSite = None) -> None:
    """Print what is in force of a site as YAML, addresses too."""
    known = where(context)
    with caller(known, "alerting", STUB) as call:
        found = call("GetOnCall", api.GetOnCallRequest(site_id=one_site(known, site)))
    shown = {"file": MessageToDict(found.section)}
    owned = {"people": found.people, "rotas": found.rotas}
    shown |= {f"api_{name}": {key: MessageToDict(each) for key, each in parts.items()} for name, parts in owned.items()}
    line(yaml.safe_dump(_plain(shown), sort_keys=False, allow_unicode=True).rstrip())


@app.command()
def verify(
    context: typer.Context,
    person_id: Annotated[str, typer.Argument(metavar="PERSON", help="Whose contact.")],
    channel: Annotated[str, typer.Argument(metavar="CONTACT", help="email, webhook, and so on.")],
    code: Annotated[str, typer.Option(help="The code that arrived; without it, one is sent.")] = "",
    site: MaybeSite = None,
) -> None:
    """Send a code to a contact, or give back the one that arrived; then the contact is used."""
    known = where(context)
    names = {"site_id": one_site(known, site), "person_id": person_id, "channel": channel}
    with as_clinician(known, names["site_id"]) as call:
        if code:
            call("ConfirmContact", api.ConfirmContactRequest(**names, code=code))
            line(f"{person_id}'s {channel} is verified; it is used from now on")
            return
        sent = call("SendContactCode", api.SendContactCodeRequest(**names))
    line(f"a code is on its way to {person_id}'s {channel}; give it back with --code until {local(sent.expires_at)}")


@app.command()
def calendar(
    context: typer.Context,
    of: Annotated[str, typer.Option("--person", help="A person's shifts, on all rotas.")] = "",
    rota: Annotated[str, typer.Option("--rota", help="A rota's shifts.")] = "",
    revoke: Annotated[str, typer.Option(metavar="CALENDAR", help="Make this calendar's address useless.")] = "",
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Make an iCalendar feed and print its secret address, once; list the feeds; revoke one."""
    known = where(context)
    chosen = one_site(known, site)
    with as_clinician(known, chosen) as call:
        if revoke:
            call("RevokeCalendar", api.RevokeCalendarRequest(site_id=chosen, calendar_id=revoke))
            line(f"calendar {revoke}: revoked")
        elif of or rota:
            request = api.CreateCalendarRequest(site_id=chosen, rota_id=rota, person_id=of)
            line(call("CreateCalendar", request).url)
        else:
            found = call("ListCalendars", api.ListCalendarsRequest(site_id=chosen))
            emit_rows([as_dict(each) for each in found.calendars], CALENDARS, as_json=as_json, empty="No calendars.")


def _applied(known: Where, file: Path, *, dry_run: bool) -> list[dict[str, Any]]:
    try:
        sections = sites.read(file).sections
    except sites.SitesError as error:
        raise Problem("\n".join(error.problems), USAGE) from error
    rows: list[dict[str, Any]] = []
    with caller(known, "alerting", STUB) as call:
        for site_id, section in sections.items():
            request = api.ApplyOnCallRequest(site_id=site_id, dry_run=dry_run)
            request.section.update(section)
            rows += [{"site_id": site_id, **as_dict(each)} for each in call("ApplyOnCall", request).changes]
    return rows


def _plain(value: Any) -> Any:
    if isinstance(value, dict):
        return {name: _plain(part) for name, part in value.items()}
    if isinstance(value, list):
        return [_plain(part) for part in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value
