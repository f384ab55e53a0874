"""`attune ruptures`: the ruptures that scoring found."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer
from attune.scoring.v1 import scoring_service_pb2 as api
from attune.scoring.v1 import scoring_service_pb2_grpc

from services.cli.calls import caller
from services.cli.commands.options import Json, MaybeSite, where
from services.cli.output import as_dict, emit_rows, short

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
