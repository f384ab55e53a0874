"""`attune ruptures` and `attune dismiss`: what scoring found, and a clinician's word that it was none."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from attune.scoring.v1 import scoring_service_pb2 as api
from attune.scoring.v1 import scoring_service_pb2_grpc

from services.cli.calls import caller
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.output import as_dict, emit_json, emit_rows, line, short
from services.cli.where import OPERATOR

COLUMNS = (
    ("site_id", "site"),
    ("episode_id", "episode"),
    ("status_name", "status"),
    ("opened_session_id", "opened in"),
    ("detectors", "detectors"),
    ("facet", "fell most"),
    ("explanation", "why"),
)


def ruptures(
    context: typer.Context,
    site: MaybeSite = None,
    episode: Annotated[str, typer.Option(help="Only this episode.")] = "",
    open_only: Annotated[bool, typer.Option("--open", help="Only those still open.")] = False,
    as_json: Json = False,
) -> None:
    """List ruptures of the alliance."""
    known = where(context)
    rows: list[dict[str, Any]] = []
    with caller(known, "scoring", scoring_service_pb2_grpc.ScoringServiceStub) as call:
        for one in known.chosen_sites(site):
            request = api.ListRupturesRequest(site_id=one, episode_id=episode)
            rows += [as_dict(rupture) for rupture in call.pages("ListRuptures", request, "ruptures")]
    if open_only:
        rows = [row for row in rows if row["status"] == "RUPTURE_STATUS_OPEN"]
    show_ruptures(rows, as_json=as_json, empty="No ruptures.")


def show_ruptures(rows: Sequence[dict[str, Any]], *, as_json: bool, empty: str) -> None:
    """Print ruptures given in the protobuf JSON mapping."""
    for row in rows:
        row["status_name"] = short(row["status"], "RUPTURE_STATUS_")
        row["detectors"] = [finding["detector"] for finding in row.get("findings", [])]
    emit_rows(rows, COLUMNS, as_json=as_json, empty=empty)


def dismiss(
    context: typer.Context,
    episode: Annotated[str, typer.Argument(help="The episode of care.")],
    rupture: Annotated[str, typer.Argument(help="The rupture's id; `attune ruptures --json` shows it.")],
    reason: Annotated[str, typer.Option(help="Why it was none; no names.")],
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Say that a rupture was none: its ratings count as usual again, and its alert is closed."""
    known = where(context)
    chosen = one_site(known, site)
    request = api.DismissRuptureRequest(site_id=chosen, episode_id=episode, rupture_id=rupture, reason=reason)
    with caller(known, "scoring", scoring_service_pb2_grpc.ScoringServiceStub, f"clinician-{chosen}", OPERATOR) as call:
        found = call("DismissRupture", request).rupture
    if as_json:
        emit_json(as_dict(found))
    else:
        line(f"rupture {found.rupture_id}: {short(as_dict(found)['status'], 'RUPTURE_STATUS_')}")
