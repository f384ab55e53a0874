"""`attune ruptures` and `attune dismiss`: what scoring found, and a clinician's word that it was none."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from itertools import groupby
from typing import Annotated, Any

import typer
from attune.scoring.v1 import guidance_pb2 as guidance
from attune.scoring.v1 import scoring_service_pb2 as api
from attune.scoring.v1 import scoring_service_pb2_grpc

from services.cli.calls import caller
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.output import as_dict, emit_json, emit_rows, line, paragraph, short
from services.cli.where import OPERATOR

OPEN = "RUPTURE_STATUS_OPEN"


class RuptureType(StrEnum):
    """What the clinician saw; Attune never infers it."""

    WITHDRAWAL = "withdrawal"
    CONFRONTATION = "confrontation"


Language = Annotated[str, typer.Option(help="The language of the ideas: en or es.")]
Seen = Annotated[
    RuptureType | None, typer.Option("--type", help="What you saw in the rupture; the ideas depend on it.")
]

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
    with_ideas: Annotated[bool, typer.Option("--ideas", help="With ideas for repairing the open ones.")] = False,
    language: Language = "en",
    seen: Seen = None,
    as_json: Json = False,
) -> None:
    """List ruptures of the alliance."""
    known = where(context)
    rows: list[dict[str, Any]] = []
    offered: list[guidance.RepairIdeas] = []
    with caller(known, "scoring", scoring_service_pb2_grpc.ScoringServiceStub) as call:
        for one in known.chosen_sites(site):
            request = api.ListRupturesRequest(site_id=one, episode_id=episode)
            rows += [as_dict(rupture) for rupture in call.pages("ListRuptures", request, "ruptures")]
        if open_only:
            rows = [row for row in rows if row["status"] == OPEN]
        if with_ideas:
            opened = sorted({(row["site_id"], row["episode_id"]) for row in rows if row["status"] == OPEN})
            for one, care in opened:
                asked = trajectory_request(one, care, language, seen)
                offered += call("GetTrajectory", asked).ideas
    for row in rows:
        row["status_name"] = short(row["status"], "RUPTURE_STATUS_")
        row["detectors"] = [finding["detector"] for finding in row.get("findings", [])]
        if with_ideas:
            row["ideas"] = [
                as_dict(idea) for each in offered if each.rupture_id == row["rupture_id"] for idea in each.ideas
            ]
    emit_rows(rows, COLUMNS, as_json=as_json, empty="No ruptures.")
    if not as_json:
        show_ideas(offered)


def trajectory_request(site: str, episode: str, language: str, seen: RuptureType | None) -> api.GetTrajectoryRequest:
    """Ask for a trajectory, with ideas in a language and for what the clinician saw."""
    rupture_type = f"RUPTURE_TYPE_{'UNSPECIFIED' if seen is None else seen.name}"
    return api.GetTrajectoryRequest(site_id=site, episode_id=episode, language=language, rupture_type=rupture_type)


def show_ideas(several: Iterable[guidance.RepairIdeas]) -> None:
    """Print ideas for repair, with why and source of each."""
    for offered in several:
        line("")
        line(f"{offered.heading} (rupture {offered.rupture_id})")
        for phase, ideas in groupby(offered.ideas, key=lambda idea: str(idea.phase_text)):
            line(f"{phase[:1].upper()}{phase[1:]}:")
            for idea in ideas:
                paragraph(f"{idea.text} {idea.why}", "- ", "  ")
                paragraph(idea.source, "  ", "  ")


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
