"""`attune scoring policies`: which detectors watch, tried on the site's own history before it takes effect."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Annotated, Any

import typer
import yaml
from attune.scoring.v1 import policies_pb2, scoring_service_pb2_grpc
from attune.scoring.v1 import scoring_service_pb2 as api
from google.protobuf.json_format import MessageToDict, ParseDict, ParseError
from rich.progress import Progress

from services.cli.calls import caller
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.errors import USAGE, Problem
from services.cli.output import as_dict, console, emit_facts, emit_json, emit_rows, line
from services.cli.where import OPERATOR

app = typer.Typer(no_args_is_help=True, help="Versions of the site's policies: look, try, put in force.")
STUB = scoring_service_pb2_grpc.ScoringServiceStub

Instrument = Annotated[str, typer.Option("--instrument", help="The instrument's id, for example attune-checkin.")]
Version = Annotated[int, typer.Argument(min=0, help="The version's number; 0 is the built-in policy.")]
Reason = Annotated[str, typer.Option(help="Why; kept for ever. No names of clients.")]
PolicyFile = Annotated[
    Path, typer.Argument(exists=True, dir_okay=False, help="YAML or JSON: policy, and population where it is your own.")
]
VERSIONS = (
    ("instrument_id", "instrument"),
    ("version", "version"),
    ("state", "state"),
    ("detectors", "detectors"),
    ("population_version", "population"),
    ("made_by", "made by"),
    ("made_at", "made at"),
    ("reason", "why"),
)
# How a policy is shown; what is not here follows by name.
FIELDS = ("id", "version", "instrument_id", "repair_sessions", "detectors", "name", "parameters", "severity", "hears")
CHANGES = (
    ("what", "what"),
    ("episode_id", "episode"),
    ("opened_session_id", "opens in"),
    ("opened_at", "at"),
    ("explanation", "why"),
)


@app.command("list")
def list_policies(
    context: typer.Context,
    site: MaybeSite = None,
    instrument: Annotated[str, typer.Option("--instrument", help="Only this instrument.")] = "",
    as_json: Json = False,
) -> None:
    """List the versions of the site's policies, and which is in force."""
    known = where(context)
    request = api.ListPoliciesRequest(site_id=one_site(known, site), instrument_id=instrument)
    with caller(known, "scoring", STUB) as call:
        found = call("ListPolicies", request)
    if as_json:
        emit_json(as_dict(found))
        return
    rows = [_row(each, found.active[each.instrument_id]) for each in found.versions]
    emit_rows(rows, VERSIONS, as_json=False, empty="No policy of the site's own: the built-in one (version 0) watches.")
    for each in found.activations:
        since = f"sessions from {_time(each.active_from)}" if each.HasField("active_from") else "all of history"
        line(
            f"{_time(each.activated_at)} {each.activated_by}: {each.instrument_id} version {each.version} "
            f"for {since}. {each.reason}"
        )


@app.command()
def show(context: typer.Context, version: Version, instrument: Instrument, site: MaybeSite = None) -> None:
    """Print a version as YAML, as `set` takes it."""
    known = where(context)
    request = api.ListPoliciesRequest(site_id=one_site(known, site), instrument_id=instrument)
    with caller(known, "scoring", STUB) as call:
        found = call("ListPolicies", request)
    chosen = next((each for each in found.versions if each.version == version), None)
    if chosen is None:
        raise Problem(f"{instrument} has no version {version} here; `attune scoring policies list` shows them", USAGE)
    shown = {"policy": _plain(MessageToDict(chosen.policy))}
    if chosen.HasField("population"):
        shown["population"] = as_dict(chosen.population)
    line(yaml.safe_dump(shown, sort_keys=False, allow_unicode=True).rstrip())


@app.command("set")
def set_policy(
    context: typer.Context,
    file: PolicyFile,
    instrument: Instrument,
    reason: Reason,
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Store a new version. It watches nobody until it is activated."""
    known = where(context)
    request = api.SetPolicyRequest(site_id=one_site(known, site), instrument_id=instrument, reason=reason)
    _read_into(request, file)
    with caller(known, "scoring", STUB, OPERATOR) as call:
        made = call("SetPolicy", request).version
    if as_json:
        emit_json(as_dict(made))
    else:
        line(f"{instrument} version {made.version} is stored; try it: attune scoring policies preview {made.version}")


@app.command()
def preview(
    context: typer.Context,
    instrument: Instrument,
    version: Annotated[int | None, typer.Argument(min=0, help="A stored version; 0 is the built-in policy.")] = None,
    file: Annotated[
        Path | None, typer.Option(exists=True, dir_okay=False, help="A policy that is not stored, as YAML or JSON.")
    ] = None,
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Replay the site's whole history under another policy, and show what would change. Changes nothing."""
    if (version is None) == (file is None):
        raise Problem("give either a version or --file", USAGE)
    known = where(context)
    request = api.PreviewPolicyRequest(site_id=one_site(known, site), instrument_id=instrument, version=version or 0)
    if file is not None:
        _read_into(request, file)
    with caller(known, "scoring", STUB) as call:
        last = followed("Replaying the site's history", call.stream("PreviewPolicy", request))
    if as_json:
        emit_json(as_dict(last.preview))
    else:
        _show_preview(last.preview)


@app.command()
def activate(
    context: typer.Context,
    version: Version,
    instrument: Instrument,
    reason: Reason,
    site: MaybeSite = None,
    since: Annotated[
        datetime | None,
        typer.Option("--from", formats=["%Y-%m-%dT%H:%M"], help="First session it judges, UTC; a minute from now."),
    ] = None,
    tell_history: Annotated[
        bool, typer.Option("--tell-history", help="Judge every session that ever was, and tell what differs.")
    ] = False,
    as_json: Json = False,
) -> None:
    """Put a version in force for sessions to come."""
    known = where(context)
    request = api.ActivatePolicyRequest(
        site_id=one_site(known, site),
        instrument_id=instrument,
        version=version,
        reason=reason,
        active_from=None if since is None else since.replace(tzinfo=UTC),
        tell_history=tell_history,
    )
    with caller(known, "scoring", STUB, OPERATOR) as call:
        last = followed("Judging history again", call.stream("ActivatePolicy", request))
    if as_json:
        emit_json(as_dict(last))
    elif tell_history:
        line(f"{instrument} version {version} judges all sessions; {last.changed} of {last.episodes} episodes changed.")
    else:
        line(f"{instrument} version {version} judges sessions from {_time(last.activation.active_from)} on.")


def followed(what: str, answers: Any) -> Any:
    """The last of some answers that tell their progress; shown while they come, on a terminal."""
    last = None
    with Progress(console=console(), transient=True, disable=not console().is_terminal) as bar:
        task = bar.add_task(what, total=None)
        for last in answers:
            bar.update(task, completed=last.episodes_done, total=last.episodes or None)
    if last is None:
        raise Problem("the answer ended before it began; try again, a repeat is safe")
    return last


def _show_preview(found: Any) -> None:
    line(f"{found.rated_sessions} rated sessions of {found.clients} clients in {found.episodes} episodes")
    emit_facts(
        "per 100 rated sessions, now and then",
        [
            ("ruptures (alerts)", f"{found.now.ruptures_per_100:.2f} -> {found.then.ruptures_per_100:.2f}"),
            ("sessions with an alarm", f"{found.now.alarms_per_100:.2f} -> {found.then.alarms_per_100:.2f}"),
            ("ruptures in all", f"{found.now.ruptures} -> {found.then.ruptures}"),
            ("clients with a rupture", f"{found.now.clients_with_rupture} -> {found.then.clients_with_rupture}"),
            ("gained, lost, moved", f"{found.gained}, {found.lost}, {found.moved}"),
        ],
    )
    rows = [{**as_dict(each), "what": "gained"} for each in found.gained_ruptures]
    rows += [{**as_dict(each), "what": "lost"} for each in found.lost_ruptures]
    emit_rows(rows, CHANGES, as_json=False, empty="Both find the same ruptures, if not in the same sessions.")


def _read_into(request: Any, file: Path) -> None:
    """Put a file's policy and population into a request."""
    try:
        content = yaml.safe_load(file.read_text("utf-8"))
    except (OSError, yaml.YAMLError) as error:
        raise Problem(f"cannot read {file}: {error}", USAGE) from error
    if not isinstance(content, dict) or not isinstance(content.get("policy"), dict):
        raise Problem(f"{file} has no policy; start from `attune scoring policies show`", USAGE)
    unknown = sorted(set(content) - {"policy", "population"})
    if unknown:
        raise Problem(f"{file}: {unknown[0]} is unknown; there are policy and population", USAGE)
    request.policy.update(content["policy"])
    if content.get("population") is not None:
        try:
            request.population.CopyFrom(ParseDict(content["population"], policies_pb2.Population()))
        except ParseError as error:
            raise Problem(f"{file}: population: {error}", USAGE) from error


def _row(each: Any, active: int) -> dict[str, Any]:
    row = as_dict(each)
    row["state"] = "in force" if each.version == active else ""
    row["detectors"] = [detector["name"] for detector in MessageToDict(each.policy).get("detectors", [])]
    row["population_version"] = each.population.version or "published defaults"
    return row


def _plain(value: Any) -> Any:
    """As it was written: a Struct holds no whole numbers, and its fields in no order."""
    if isinstance(value, dict):
        names = sorted(value, key=lambda name: (FIELDS.index(name) if name in FIELDS else len(FIELDS), name))
        return {name: _plain(value[name]) for name in names}
    if isinstance(value, list):
        return [_plain(each) for each in value]
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _time(stamp: Any) -> str:
    return f"{stamp.ToDatetime():%Y-%m-%d %H:%M:%S}Z"
