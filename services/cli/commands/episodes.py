"""`attune episodes`: what intake knows of episodes of care."""

from __future__ import annotations

from typing import Annotated, Any

import grpc
import typer
from attune.intake.v1 import intake_service_pb2 as api
from attune.intake.v1 import intake_service_pb2_grpc

from services.cli.calls import Caller, caller
from services.cli.commands.options import Json, MaybeSite, where
from services.cli.errors import Problem
from services.cli.output import as_dict, emit_rows, line, short

COLUMNS = (
    ("site_id", "site"),
    ("episode_id", "episode"),
    ("status_name", "status"),
    ("client_ids", "clients"),
    ("therapist_id", "therapist"),
    ("opened_at", "opened"),
    ("revision", "revision"),
)


def episodes(
    context: typer.Context,
    episode: Annotated[str | None, typer.Argument(help="Only this episode, with its sessions (needs --site).")] = None,
    site: MaybeSite = None,
    limit: Annotated[int, typer.Option(min=1, help="At most so many a site.")] = 100,
    as_json: Json = False,
) -> None:
    """List episodes of care, or one with its sessions."""
    known = where(context)
    sites = known.chosen_sites(site)
    with caller(known, "intake", intake_service_pb2_grpc.IntakeServiceStub) as call:
        if episode is None:
            rows = [row for one in sites for row in _list(call, one, limit)]
            emit_rows(
                rows,
                COLUMNS,
                as_json=as_json,
                empty="No episodes yet; `attune schema --example` shows how to open one.",
            )
            return
        rows = [row for one in sites if (row := _one(call, one, episode)) is not None]
        if not rows:
            raise Problem(f"no episode {episode} at {', '.join(sites)}; `attune episodes` lists them")
        emit_rows(rows, COLUMNS, as_json=as_json, empty="")
        if not as_json:
            for row in rows:
                line("")
                emit_rows(row["sessions"], SESSION_COLUMNS, as_json=False, empty="No sessions yet.")


SESSION_COLUMNS = (
    ("session_id", "session"),
    ("scheduled_at", "scheduled"),
    ("status_name", "status"),
    ("late_minutes", "late"),
    ("next_session_at", "next session"),
)


def _list(call: Caller, site: str, limit: int) -> list[dict[str, Any]]:
    request = api.ListEpisodesRequest(site_id=site)
    found = []
    for episode in call.pages("ListEpisodes", request, "episodes"):
        found.append(_row(as_dict(episode)))
        if len(found) == limit:
            break
    return found


def _one(call: Caller, site: str, episode: str) -> dict[str, Any] | None:
    try:
        answer = call("GetEpisode", api.GetEpisodeRequest(site_id=site, episode_id=episode))
    except grpc.RpcError as error:
        if isinstance(error, grpc.Call) and error.code() is grpc.StatusCode.NOT_FOUND:
            return None
        raise
    sessions = call("ListSessions", api.ListSessionsRequest(site_id=site, episode_id=episode)).sessions
    known = [as_dict(session) for session in sessions]
    for session in known:
        session["status_name"] = short(session["status"], "SESSION_STATUS_")
    return {**_row(as_dict(answer.episode)), "sessions": known}


def _row(episode: dict[str, Any]) -> dict[str, Any]:
    return {**episode, "status_name": short(episode["status"], "EPISODE_STATUS_")}
