"""`attune trajectory`: a client's ratings against their own baseline."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer
from attune.scoring.v1 import scoring_service_pb2 as api
from attune.scoring.v1 import scoring_service_pb2_grpc

from services.cli.calls import caller
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.commands.ruptures import Language, Seen, show_ideas, trajectory_request
from services.cli.errors import Problem
from services.cli.output import as_dict, console, emit_json, line, short
from services.scoring.chart import ascii_series, svg_chart, timelines

WIDEST = 120  # characters of a plot


def trajectory(
    context: typer.Context,
    episode: Annotated[str, typer.Argument(help="The episode's id; `attune episodes` lists them.")],
    site: MaybeSite = None,
    svg: Annotated[Path | None, typer.Option(help="Write a picture of every series here, as SVG.")] = None,
    language: Language = "en",
    seen: Seen = None,
    as_json: Json = False,
) -> None:
    """Plot an episode's ratings, with the ruptures that they opened, why, and ideas for repairing those still open."""
    known = where(context)
    chosen = one_site(known, site)
    with caller(known, "scoring", scoring_service_pb2_grpc.ScoringServiceStub) as call:
        found = call("GetTrajectory", trajectory_request(chosen, episode, language, seen))
    if svg is not None:
        _write_svg(svg, found)
    if as_json:
        emit_json(as_dict(found))
        return
    if not found.series:
        line(f"No ratings of episode {episode} yet.")
    for shown in timelines(found):
        line(ascii_series(shown, min(console().width, WIDEST)))
        if shown.series.HasField("outcome"):
            line(outcome_text(shown.series.outcome))
    show_ideas(found.ideas)
    if found.waiting:
        line(f"{found.waiting} response(s) wait for their session to be reported; they are not rated yet.")


def outcome_text(outcome: api.Outcome) -> str:
    """How an outcome goes, in one line."""
    told = [f"Outcome: {outcome.intake:g} at intake, {outcome.last:g} at measurement {outcome.measurements}"]
    if outcome.category:
        told.append(short(api.ChangeCategory.Name(outcome.category), "CHANGE_CATEGORY_"))
    if outcome.course:
        told.append(short(api.Course.Name(outcome.course), "COURSE_").replace("-", " "))
    if outcome.HasField("expected"):
        told.append(f"expected {outcome.expected:.1f}, yellow {outcome.yellow:.1f}, red {outcome.red:.1f}")
    return f"{', '.join(told)}. {outcome.basis}"


def _write_svg(path: Path, found: api.GetTrajectoryResponse) -> None:
    try:
        path.write_text(svg_chart(found), "utf-8")
    except OSError as error:
        raise Problem(f"cannot write {path}: {error.strerror}; give another --svg") from error
