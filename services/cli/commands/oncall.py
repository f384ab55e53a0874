"""`attune oncall`: who is on call, what people arranged, and the on-call file as it is in force."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from attune.alerting.v1 import oncall_pb2 as api
from google.protobuf.timestamp_pb2 import Timestamp

from services.cli.calls import caller
from services.cli.commands.alerts import STUB, Person
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.moments import moment
from services.cli.output import as_dict, emit_rows, line
from services.cli.where import OPERATOR, Where

app = typer.Typer(no_args_is_help=True, help="Who is on call, and what people arranged; the on-call file in force.")

SHIFTS = (("rota_id", "rota"), ("from", "from"), ("until", "until"), ("who", "who"))
PEOPLE = (
    ("person_id", "person"),
    ("roles", "roles"),
    ("usable", "reached by"),
    ("waiting", "unverified"),
    ("owner", "owner"),
)
OVERRIDES = (
    ("override_id", "override"),
    ("rota_id", "rota"),
    ("what", "what"),
    ("from", "from"),
    ("until", "until"),
    ("author", "by"),
    ("reason", "why"),
)
FINDINGS = (
    ("lack", "what lacks"),
    ("rota_id", "rota"),
    ("person_id", "person"),
    ("channel", "contact"),
    ("from", "from"),
    ("until", "until"),
)

Rota = Annotated[str, typer.Option("--rota", help="The rota; `main` is the site's first one.")]
Reason = Annotated[str, typer.Option(help="Why; no names of clients.")]


@app.command()
def who(
    context: typer.Context,
    site: MaybeSite = None,
    at: Annotated[str, typer.Option("--at", help="When: 4h from now, or 2026-01-12T15:00Z; now without it.")] = "",
    as_json: Json = False,
) -> None:
    """Say who is on call, on every rota."""
    known = where(context)
    request = api.WhoIsOnCallRequest(site_id=one_site(known, site), at=moment(at, "--at") if at else None)
    with caller(known, "alerting", STUB) as call:
        found = call("WhoIsOnCall", request)
    emit_rows([_shift(each) for each in found.shifts], SHIFTS, as_json=as_json, empty="The site has no rota.")


@app.command()
def shifts(
    context: typer.Context,
    site: MaybeSite = None,
    rota: Annotated[str, typer.Option("--rota", help="Only this rota.")] = "",
    start: Annotated[str, typer.Option("--from", help="From when; now without it.")] = "",
    end: Annotated[str, typer.Option("--until", help="Until when; 28 days later without it.")] = "",
    as_json: Json = False,
) -> None:
    """List shifts, gaps included."""
    known = where(context)
    request = api.ListShiftsRequest(
        site_id=one_site(known, site),
        rota_id=rota,
        starts_at=moment(start, "--from") if start else None,
        ends_at=moment(end, "--until") if end else None,
    )
    with caller(known, "alerting", STUB) as call:
        found = call("ListShifts", request)
    emit_rows([_shift(each) for each in found.shifts], SHIFTS, as_json=as_json, empty="The site has no rota.")


@app.command()
def people(context: typer.Context, site: MaybeSite = None, as_json: Json = False) -> None:
    """List a site's people: what they are, how they are reached, who owns the entry."""
    known = where(context)
    with caller(known, "alerting", STUB) as call:
        found = call("ListPeople", api.ListPeopleRequest(site_id=one_site(known, site)))
    rows = [as_dict(person) for person in found.people]
    for row in rows:
        row["usable"] = [each["channel"] for each in row["contacts"] if each["verified"]]
        row["waiting"] = [each["channel"] for each in row["contacts"] if not each["verified"]]
    emit_rows(rows, PEOPLE, as_json=as_json, empty="The site has no people.")


@app.command()
def override(
    context: typer.Context,
    person: Person,
    until: Annotated[str, typer.Option("--until", help="How long, such as 8h or 2d; or a time, 2026-01-12T15:00Z.")],
    reason: Reason,
    add: Annotated[str, typer.Option("--add", metavar="PERSON", help="Who is on call as well.")] = "",
    remove: Annotated[str, typer.Option("--remove", metavar="PERSON", help="Who is not.")] = "",
    start: Annotated[str, typer.Option("--from", help="From when; now without it.")] = "",
    rota: Rota = "main",
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Change who is on call for a while; --add with --remove puts one in the other's place."""
    if not add and not remove:
        raise typer.BadParameter("say who comes in or who stays out", param_hint="--add or --remove")
    kind = "REPLACE" if add and remove else "ADD" if add else "REMOVE"
    known = where(context)
    request = api.AddOverrideRequest(
        site_id=one_site(known, site),
        rota_id=rota,
        kind=f"OVERRIDE_KIND_{kind}",
        starts_at=moment(start, "--from") if start else None,
        ends_at=moment(until, "--until"),
        person_id=add,
        instead_of=remove,
        author=person,
        reason=reason,
    )
    with as_clinician(known, request.site_id) as call:
        made = call("AddOverride", request).override
    _tell([made], as_json=as_json)


@app.command()
def swap(
    context: typer.Context,
    person: Person,
    first: Annotated[str, typer.Option(metavar="PERSON=TIME", help="Who, and a time within their shift.")],
    second: Annotated[str, typer.Option(metavar="PERSON=TIME", help="With whom, and a time within theirs.")],
    reason: Reason,
    rota: Rota = "main",
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Let two people take each other's shifts."""
    (first_id, first_at), (second_id, second_at) = _whose(first, "--first"), _whose(second, "--second")
    known = where(context)
    request = api.SwapShiftsRequest(
        site_id=one_site(known, site),
        rota_id=rota,
        first_at=first_at,
        first_person_id=first_id,
        second_at=second_at,
        second_person_id=second_id,
        author=person,
        reason=reason,
    )
    with as_clinician(known, request.site_id) as call:
        made = call("SwapShifts", request).overrides
    _tell(list(made), as_json=as_json)


@app.command()
def overrides(context: typer.Context, site: MaybeSite = None, as_json: Json = False) -> None:
    """List what people arranged, in the order in which they did."""
    known = where(context)
    with caller(known, "alerting", STUB) as call:
        found = call("ListOverrides", api.ListOverridesRequest(site_id=one_site(known, site)))
    emit_rows([_override(each) for each in found.overrides], OVERRIDES, as_json=as_json, empty="No overrides.")


@app.command()
def restore(
    context: typer.Context,
    override_id: Annotated[str, typer.Argument(metavar="OVERRIDE", help="`attune oncall overrides` lists them.")],
    site: MaybeSite = None,
) -> None:
    """Take an override back; of a swap, both halves."""
    known = where(context)
    chosen = one_site(known, site)
    with as_clinician(known, chosen) as call:
        call("RemoveOverride", api.RemoveOverrideRequest(site_id=chosen, override_id=override_id))
    line(f"override {override_id}: taken back")


@app.command()
def readiness(
    context: typer.Context,
    site: MaybeSite = None,
    days: Annotated[int, typer.Option(min=1, max=366, help="How far to look ahead.")] = 28,
    as_json: Json = False,
) -> None:
    """Say what would go wrong: gaps, contacts not verified, people whom nothing can tell; exit code 1 if anything."""
    known = where(context)
    rows: list[dict[str, Any]] = []
    with caller(known, "alerting", STUB) as call:
        for one in known.chosen_sites(site):
            found = call("GetReadiness", api.GetReadinessRequest(site_id=one, days=days))
            rows += [{"site_id": one, **_times(each)} for each in found.findings]
    emit_rows(rows, (("site_id", "site"), *FINDINGS), as_json=as_json, empty="Ready: nothing lacks.")
    if rows:
        raise typer.Exit(1)


def as_clinician(known: Where, site_id: str) -> Any:
    return caller(known, "alerting", STUB, f"clinician-{site_id}", OPERATOR)


def _whose(text: str, option: str) -> tuple[str, datetime]:
    person_id, separator, at = text.partition("=")
    if not separator:
        raise typer.BadParameter("give it as person=time, for example ana=2026-01-12T15:00Z", param_hint=option)
    return person_id, moment(at, option)


def _tell(made: list[Any], *, as_json: bool) -> None:
    emit_rows([_override(each) for each in made], OVERRIDES, as_json=as_json, empty="Nothing was arranged.")


def _override(made: Any) -> dict[str, Any]:
    row = _times(made)
    comes, goes = made.person_id, made.instead_of
    row["what"] = f"{comes} for {goes}" if comes and goes else f"with {comes}" if comes else f"without {goes}"
    return row


def _shift(found: Any) -> dict[str, Any]:
    return {**_times(found), "who": ", ".join(found.person_ids) or "NOBODY"}


def _times(message: Any) -> dict[str, Any]:
    """A row whose times are both as they travel and as people read them."""
    row = as_dict(message)
    for name, field in (("from", "starts_at"), ("until", "ends_at")):
        row[name] = local(getattr(message, field)) if message.HasField(field) else ""
    return row


def local(stamp: Timestamp) -> str:
    return f"{stamp.ToDatetime(tzinfo=UTC):%a %Y-%m-%d %H:%MZ}"
