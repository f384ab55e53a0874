"""`attune alerts`: list, show, acknowledge and close alerts."""

from __future__ import annotations

from typing import Annotated, Any

import typer
from attune.alerting.v1 import alerting_service_pb2 as api
from attune.alerting.v1 import alerting_service_pb2_grpc
from attune.alerting.v1 import events_pb2 as alerting

from services.cli.calls import caller
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.moments import moment
from services.cli.output import as_dict, emit_facts, emit_json, emit_rows, line, short
from services.cli.where import OPERATOR

app = typer.Typer(no_args_is_help=True, help="Alerts: who was told, and who took them.")
STUB = alerting_service_pb2_grpc.AlertingServiceStub

COLUMNS = (
    ("site_id", "site"),
    ("alert_id", "alert"),
    ("kind_name", "kind"),
    ("status_name", "status"),
    ("episode_id", "episode"),
    ("triggered_at", "triggered"),
    ("acknowledged_by", "acknowledged by"),
    ("step", "step"),
)
TIMELINE = (("at", "at"), ("what", "what"), ("who", "who"), ("detail", "detail"))
DELIVERIES = (
    ("delivery_id", "delivery"),
    ("person_id", "person"),
    ("channel_name", "by"),
    ("status_name", "status"),
    ("attempts", "attempts"),
    ("sent_at", "sent"),
    ("last_error", "last error"),
    ("held", "waits because"),
)
AlertId = Annotated[str, typer.Argument(metavar="ALERT", help="The alert's id; `attune alerts list` shows them.")]
Person = Annotated[str, typer.Option("--as", help="Your id in the site's on-call file.", envvar="ATTUNE_CLI_PERSON")]


@app.command("list")
def list_alerts(
    context: typer.Context,
    site: MaybeSite = None,
    open_only: Annotated[bool, typer.Option("--open", help="Only those not closed.")] = False,
    as_json: Json = False,
) -> None:
    """List alerts."""
    known = where(context)
    rows: list[dict[str, Any]] = []
    with caller(known, "alerting", STUB) as call:
        for one in known.chosen_sites(site):
            request = api.ListAlertsRequest(site_id=one, open_only=open_only)
            rows += [_row(alert) for alert in call.pages("ListAlerts", request, "alerts")]
    emit_rows(rows, COLUMNS, as_json=as_json, empty="No alerts.")


@app.command()
def show(context: typer.Context, alert: AlertId, site: MaybeSite = None, as_json: Json = False) -> None:
    """Show one alert: its history, and who was told, how and when."""
    known = where(context)
    with caller(known, "alerting", STUB) as call:
        found = call("GetAlert", api.GetAlertRequest(site_id=one_site(known, site), alert_id=alert))
    if as_json:
        emit_json(as_dict(found))
        return
    row = _row(found.alert)
    emit_facts(f"alert {alert}", [(heading, row.get(field)) for field, heading in COLUMNS])
    if found.HasField("rupture"):
        line(found.rupture.explanation)
    emit_rows([as_dict(entry) for entry in found.timeline], TIMELINE, as_json=False, empty="No history.")
    told = [as_dict(delivery) for delivery in found.deliveries]
    for delivery in told:
        delivery["channel_name"] = short(delivery["channel"], "CHANNEL_")
        delivery["status_name"] = short(delivery["status"], "DELIVERY_STATUS_")
    emit_rows(told, DELIVERIES, as_json=False, empty="Nobody was told yet.")


@app.command()
def ack(
    context: typer.Context,
    alert: AlertId,
    person: Person,
    site: MaybeSite = None,
    note: Annotated[str, typer.Option(help="What you are doing about it; no names.")] = "",
    as_json: Json = False,
) -> None:
    """Acknowledge an alert: you have it, nobody else needs to be told."""
    known = where(context)
    chosen = one_site(known, site)
    with caller(known, "alerting", STUB, f"clinician-{chosen}", OPERATOR) as call:
        request = api.AcknowledgeAlertRequest(site_id=chosen, alert_id=alert, person_id=person, note=note)
        answer = call("AcknowledgeAlert", request)
    _tell(answer.alert, f"acknowledged by {answer.alert.acknowledged_by}", as_json=as_json)


@app.command()
def snooze(
    context: typer.Context,
    alert: AlertId,
    person: Person,
    until: Annotated[
        str, typer.Option("--for", help="How long, for example 90m, 4h or 2d; or a time such as 2026-01-12T15:00Z.")
    ],
    site: MaybeSite = None,
    note: Annotated[str, typer.Option(help="What you are waiting for; no names.")] = "",
    as_json: Json = False,
) -> None:
    """Acknowledge an alert for a while: it comes back when the time is over, unless it is closed."""
    known = where(context)
    chosen = one_site(known, site)
    with caller(known, "alerting", STUB, f"clinician-{chosen}", OPERATOR) as call:
        request = api.SnoozeAlertRequest(
            site_id=chosen, alert_id=alert, person_id=person, until=moment(until, "--for"), note=note
        )
        answer = call("SnoozeAlert", request)
    _tell(answer.alert, f"snoozed until {as_dict(answer.alert)['snoozed_until']}", as_json=as_json)


@app.command()
def escalate(
    context: typer.Context,
    alert: AlertId,
    person: Person,
    site: MaybeSite = None,
    note: Annotated[str, typer.Option(help="Why; no names.")] = "",
    as_json: Json = False,
) -> None:
    """Tell the next step of the policy now."""
    known = where(context)
    chosen = one_site(known, site)
    with caller(known, "alerting", STUB, f"clinician-{chosen}", OPERATOR) as call:
        request = api.EscalateAlertRequest(site_id=chosen, alert_id=alert, person_id=person, note=note)
        answer = call("EscalateAlert", request)
    _tell(answer.alert, "the next step is told", as_json=as_json)


@app.command()
def resend(
    context: typer.Context,
    delivery: Annotated[str, typer.Argument(metavar="DELIVERY", help="Its id; `attune alerts show` lists them.")],
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Send a page anew: one that failed, or that somebody did not see."""
    known = where(context)
    chosen = one_site(known, site)
    with caller(known, "alerting", STUB, f"clinician-{chosen}", OPERATOR) as call:
        answer = call("ResendDelivery", api.ResendDeliveryRequest(site_id=chosen, delivery_id=delivery))
    row = as_dict(answer.delivery)
    if as_json:
        emit_json(row)
    else:
        line(f"delivery {row['delivery_id']}: to {row['person_id']} by {short(row['channel'], 'CHANNEL_')}")


@app.command()
def close(
    context: typer.Context,
    alert: AlertId,
    person: Person,
    reason: Annotated[str, typer.Option(help="Why it is closed; no names. Needed without --found.")] = "",
    found: Annotated[
        list[str] | None,
        typer.Option(help="confirmed, withdrawal, confrontation (both imply confirmed) or not-confirmed."),
    ] = None,
    tried: Annotated[
        list[str] | None,
        typer.Option(help="What was tried: a strategy's id, or of a risk for example spoke-with-client."),
    ] = None,
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Close an alert for good."""
    if not reason and not found:
        raise typer.BadParameter("say why the alert is closed, or what was --found", param_hint="--reason")
    known = where(context)
    chosen = one_site(known, site)
    with caller(known, "alerting", STUB, f"clinician-{chosen}", OPERATOR) as call:
        request = api.CloseAlertRequest(
            site_id=chosen,
            alert_id=alert,
            person_id=person,
            reason=reason,
            findings=_findings(found or [], tried or []),
        )
        answer = call("CloseAlert", request)
    _tell(answer.alert, "closed", as_json=as_json)


def _findings(found: list[str], tried: list[str]) -> alerting.Findings | None:
    known = {"confirmed", "withdrawal", "confrontation", "not-confirmed"}
    unknown = [word for word in found if word not in known]
    if unknown:
        raise typer.BadParameter(f"{unknown[0]!r} is not one of {', '.join(sorted(known))}", param_hint="--found")
    if not found and not tried:
        return None
    if not found:
        raise typer.BadParameter("say --found with --tried", param_hint="--found")
    confirmed = "not-confirmed" not in found
    types = [f"RUPTURE_TYPE_{word.upper()}" for word in found if word in ("withdrawal", "confrontation")]
    return alerting.Findings(found="FOUND_CONFIRMED" if confirmed else "FOUND_NOT_CONFIRMED", types=types, tried=tried)


def _tell(alert: Any, what: str, *, as_json: bool) -> None:
    if as_json:
        emit_json(as_dict(alert))
    else:
        line(f"alert {alert.alert_id}: {what}")


def _row(alert: Any) -> dict[str, Any]:
    row = as_dict(alert)
    row["kind_name"] = short(row["kind"], "ALERT_KIND_")
    row["status_name"] = short(row["status"], "ALERT_STATUS_")
    return row
