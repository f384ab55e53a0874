"""`attune ask` and `attune requests`: asking a client after a session, and what became of it."""

from __future__ import annotations

import os
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer
from attune.feedback.v1 import feedback_service_pb2 as api
from attune.feedback.v1 import feedback_service_pb2_grpc

from services.cli.calls import caller
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.errors import Problem
from services.cli.output import as_dict, emit_json, emit_rows, line, short
from services.cli.where import OPERATOR


class Rater(StrEnum):
    """Whom a form asks."""

    client = "client"
    therapist = "therapist"
    observer = "observer"


COLUMNS = (
    ("session_id", "session"),
    ("client_id", "client"),
    ("rater_name", "asked of"),
    ("instrument_id", "instrument"),
    ("state_name", "state"),
    ("issued_at", "asked"),
    ("expires_at", "until"),
    ("ended_at", "ended"),
)


def ask(
    context: typer.Context,
    episode: Annotated[str, typer.Argument(help="The episode of care.")],
    session: Annotated[str, typer.Argument(help="The session that the client is asked about.")],
    client: Annotated[str, typer.Option(help="Whom to ask, where an episode has several clients.")] = "",
    language: Annotated[str, typer.Option(help="Language of the form; else the browser decides.")] = "",
    rater: Annotated[
        Rater, typer.Option(help="Whom to ask for their view: the client, the therapist or an observer.")
    ] = Rater.client,
    instrument: Annotated[
        str, typer.Option(help="Ask with this one, whose wording is loaded, instead of the site's form.")
    ] = "",
    qr: Annotated[
        Path | None, typer.Option(metavar="FILE.svg", help="Write the link as a QR code, too, for a screen or a print.")
    ] = None,
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Ask about a session, and print the one-time link of the form. Give it to nobody but whom it asks."""
    known = where(context)
    chosen = one_site(known, site)
    request = api.IssueRequestRequest(
        site_id=chosen,
        episode_id=episode,
        session_id=session,
        client_id=client,
        language=language,
        rater=f"RATER_{rater.value.upper()}",
        instrument_id=instrument,
    )
    with caller(known, "feedback", feedback_service_pb2_grpc.FeedbackServiceStub, chosen, OPERATOR) as call:
        answer = call("IssueRequest", request)
    if qr is not None and answer.link:
        _write_secret(qr, answer.qr_svg)
    if as_json:
        emit_json(as_dict(answer))
    elif answer.link:
        line(answer.link)
    else:
        state = short(as_dict(answer.request)["state"], "REQUEST_STATE_")
        raise Problem(f"the {rater.value} was asked about this session already: {state}")


def _write_secret(file: Path, text: str) -> None:
    """Write what opens a form: readable by its owner alone."""
    try:
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "w") as out:
            out.write(text)
    except OSError as error:
        raise Problem(f"{file}: cannot be written: {error.strerror}") from error


def requests(
    context: typer.Context,
    episode: Annotated[str, typer.Argument(help="The episode of care.")],
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """List whom an episode's sessions have asked for feedback, and what became of it."""
    known = where(context)
    request = api.ListRequestsRequest(site_id=one_site(known, site), episode_id=episode)
    with caller(known, "feedback", feedback_service_pb2_grpc.FeedbackServiceStub) as call:
        rows = [as_dict(each) for each in call("ListRequests", request).requests]
    for row in rows:
        row["state_name"] = short(row["state"], "REQUEST_STATE_")
        row["rater_name"] = short(row["rater"], "RATER_").replace("unspecified", "client")
    emit_rows(rows, COLUMNS, as_json=as_json, empty="Nobody was asked.")
