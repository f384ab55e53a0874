"""`attune scoring`: a site's figures, and the policies by which its ruptures are found."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any

import typer
from attune.scoring.v1 import scoring_service_pb2 as api
from attune.scoring.v1 import scoring_service_pb2_grpc

from services.cli.calls import caller
from services.cli.commands import policies
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.output import as_dict, emit_facts, emit_json, emit_rows, line
from services.cli.where import OPERATOR

app = typer.Typer(no_args_is_help=True, help="A site's figures, its policies, and their calibration.")
app.add_typer(policies.app, name="policies")

INSTRUMENTS = (
    ("instrument_id", "instrument"),
    ("clients", "clients"),
    ("rated_sessions", "rated sessions"),
    ("ruptures", "ruptures"),
    ("rate", "of rated sessions"),
    ("repaired", "repaired"),
    ("still_open", "open"),
    ("sessions", "sessions to repair"),
    ("days", "days to repair"),
    ("methods", "found by"),
    ("policy_versions", "policy"),
)
CASELOADS = (
    ("therapist_id", "therapist"),
    ("clients", "clients"),
    ("rated_sessions", "rated sessions"),
    ("with_rupture", "clients with a rupture"),
    ("repaired", "repaired"),
    ("open_ruptures", "open"),
)
# Of a calibration.
SHOWN = (
    "clients",
    "ratings",
    "set_aside",
    "mean",
    "between_sd",
    "within_sd",
    "autocorrelation",
    "ceiling",
    "k",
    "width",
    "expected_false_alarms",
    "default_false_alarms",
)
WITHHELD = "withheld"
WHY_WITHHELD = "Withheld: figures of fewer than 5 clients, and those that would give them away by subtraction."
DAY = "%Y-%m-%d"
SUMMARY_SECONDS = 60.0  # it reads every episode that had a session in the period


@app.command()
def calibrate(
    context: typer.Context,
    instrument: Annotated[str, typer.Option(help="The instrument.")],
    site: MaybeSite = None,
    target: Annotated[float, typer.Option(help="False alarms per 100 rated sessions; 1.5 when left out.")] = 0.0,
    activate: Annotated[bool, typer.Option("--activate", help="Put it in force for sessions to come.")] = False,
    reason: Annotated[str, typer.Option(help="Why; kept with it. Needed with --activate.")] = "",
    as_json: Json = False,
) -> None:
    """Estimate what is usual among a site's own clients, and set the limits for a false-alarm target."""
    known = where(context)
    chosen = one_site(known, site)
    request = api.CalibrateRequest(
        site_id=chosen, instrument_id=instrument, target=target, activate=activate, reason=reason
    )
    with caller(known, "scoring", policies.STUB, OPERATOR) as call:
        last = policies.followed("Reading the site's history", call.stream("Calibrate", request))
    if as_json:
        emit_json(as_dict(last))
    elif last.too_little_data:
        line(f"Not calibrated: {last.too_little_data}.")
    else:
        facts = [(name, f"{last.figures[name]:g}") for name in SHOWN]
        emit_facts(f"{instrument} version {last.version.version}", facts)
        force = "in force for sessions to come" if last.HasField("activation") else "not in force yet"
        line(f"It is {force}; `attune scoring policies preview` shows what it changes on the site's history.")


@app.command()
def summary(
    context: typer.Context,
    site: MaybeSite = None,
    since: Annotated[
        datetime | None, typer.Option(formats=[DAY], help="First day, UTC; 90 days before the end.")
    ] = None,
    until: Annotated[datetime | None, typer.Option(formats=[DAY], help="The day after the last; now.")] = None,
    as_json: Json = False,
) -> None:
    """Show a site's ruptures, repairs and answers over a period, with intervals at 95 %."""
    known = where(context)
    chosen = one_site(known, site)
    request = api.GetSiteSummaryRequest(
        site_id=chosen,
        since=None if since is None else since.replace(tzinfo=UTC),
        until=None if until is None else until.replace(tzinfo=UTC),
    )
    with caller(known, "scoring", scoring_service_pb2_grpc.ScoringServiceStub) as call:
        found = call("GetSiteSummary", request, SUMMARY_SECONDS)
    if as_json:
        emit_json(as_dict(found))
        return
    line(f"{chosen}, sessions from {found.since.ToDatetime():{DAY}} until before {found.until.ToDatetime():{DAY}}")
    emit_rows([_instrument(each) for each in found.instruments], INSTRUMENTS, as_json=False, empty="No rated session.")
    if found.responses.suppressed:
        line("Answers: withheld.")
    else:
        line(f"Sessions answered: {share(found.responses.response_rate)}.")
        line(f"Clients who stopped answering: {share(found.responses.silent_clients)}.")
    emit_rows([_caseload(each) for each in found.caseloads], CASELOADS, as_json=False, empty="No caseload.")
    for note in (WHY_WITHHELD, *found.notes):
        line(note)


def share(each: Any) -> str:
    """A proportion in words: 3 of 12 (25 %, 9 to 53)."""
    if not each.HasField("value"):
        return f"{each.count} of {each.of}"
    return f"{each.count} of {each.of} ({100 * each.value:.0f} %, {100 * each.low:.0f} to {100 * each.high:.0f})"


def _median(each: Any) -> str:
    if not each.HasField("value"):
        return "-"
    interval = f", {each.low:.3g} to {each.high:.3g}" if each.HasField("low") else ""
    return f"{each.value:.3g} (of {each.count}{interval})"


def _instrument(each: Any) -> dict[str, Any]:
    if each.suppressed:
        return {"instrument_id": each.instrument_id, "clients": WITHHELD}
    return {
        **as_dict(each),
        "rate": share(each.rupture_rate),
        "repaired": share(each.repair_rate),
        "sessions": _median(each.sessions_to_repair),
        "days": _median(each.days_to_repair),
    }


def _caseload(each: Any) -> dict[str, Any]:
    if each.suppressed:
        return {"therapist_id": each.therapist_id, "clients": WITHHELD}
    return {
        **as_dict(each),
        "with_rupture": share(each.clients_with_rupture),
        "repaired": share(each.repair_rate),
    }
