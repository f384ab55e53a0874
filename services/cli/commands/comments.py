"""`attune comments` and `attune feedback`: what clients wrote, who may see it, and the keys of it."""

from __future__ import annotations

from enum import StrEnum
from typing import Annotated

import typer
from attune.clinic.v1 import session_events_pb2 as clinic
from attune.feedback.v1 import feedback_service_pb2 as api
from attune.feedback.v1 import feedback_service_pb2_grpc

from services.cli.calls import caller
from services.cli.commands.options import Json, MaybeSite, one_site, where
from services.cli.output import as_dict, emit_json, emit_rows, line, short

COLUMNS = (
    ("submitted_at", "sent"),
    ("session_id", "session"),
    ("client_id", "client"),
    ("response_id", "response"),
    ("visibility_name", "may read"),
    ("state_name", "state"),
    ("text", "words"),
)
STUB = feedback_service_pb2_grpc.FeedbackServiceStub

app = typer.Typer(
    no_args_is_help=True, help="Importing answers, who may see a response, and the keys of what clients wrote."
)


class Seen(StrEnum):
    """Whom a client lets see a response."""

    SHARED = "therapist-and-supervisor"
    THERAPIST = "therapist-only"
    HELD = "held"


_VISIBILITY = {
    Seen.SHARED: clinic.VISIBILITY_THERAPIST_AND_SUPERVISOR,
    Seen.THERAPIST: clinic.VISIBILITY_THERAPIST_ONLY,
    Seen.HELD: clinic.VISIBILITY_HELD,
}


def comments(
    context: typer.Context,
    episode: Annotated[str, typer.Argument(help="The episode of care.")],
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Read what an episode's clients wrote, as its therapist or the site's supervisor. Each reading is audited."""
    known = where(context)
    chosen = one_site(known, site)
    with caller(known, "feedback", STUB, f"supervisor-{chosen}") as call:
        found = call("ReadComments", api.ReadCommentsRequest(site_id=chosen, episode_id=episode)).comments
    rows = [as_dict(each) for each in found]
    for row in rows:
        row["state_name"] = short(row["state"], "COMMENT_STATE_")
        row["visibility_name"] = short(row["visibility"], "VISIBILITY_")
    emit_rows(rows, COLUMNS, as_json=as_json, empty="Nobody wrote anything.")


@app.command("let-see")
def let_see(
    context: typer.Context,
    response: Annotated[str, typer.Argument(help="The response, as `attune comments` shows it.")],
    seen: Annotated[Seen, typer.Argument(help="Whom the client lets see it now.")],
    site: MaybeSite = None,
    as_json: Json = False,
) -> None:
    """Note whom a client lets see a response, after you have talked. For the treating therapist."""
    known = where(context)
    chosen = one_site(known, site)
    request = api.SetVisibilityRequest(site_id=chosen, response_id=response, visibility=_VISIBILITY[seen])
    with caller(known, "feedback", STUB, f"supervisor-{chosen}") as call:
        answer = as_dict(call("SetVisibility", request))
    if as_json:
        emit_json(answer)
    else:
        line(f"{response}: {short(answer['visibility'], 'VISIBILITY_')}")


@app.command()
def forget(
    context: typer.Context,
    client: Annotated[str, typer.Option(help="The client's pseudonym.")],
    site: MaybeSite = None,
    yes: Annotated[bool, typer.Option("--yes", help="Do not ask.")] = False,
) -> None:
    """Destroy the key of everything that a client wrote: nobody can ever read it again. Answers stay."""
    known = where(context)
    chosen = one_site(known, site)
    if not yes:
        typer.confirm(f"What {client} wrote at {chosen} will be lost for ever. Go on?", abort=True)
    with caller(known, "feedback", STUB) as call:
        done = call("ForgetComments", api.ForgetCommentsRequest(site_id=chosen, client_id=client))
    line("the key is destroyed" if done.forgotten else "there was no key: nothing was written, or it is forgotten")


@app.command("rewrap-keys")
def rewrap_keys(context: typer.Context, site: MaybeSite = None) -> None:
    """Wrap the keys of each site's clients with the newest master key; then the one before may go."""
    known = where(context)
    with caller(known, "feedback", STUB) as call:
        for each in known.chosen_sites(site):
            answer = call("RewrapKeys", api.RewrapKeysRequest(site_id=each), seconds=600.0)
            line(f"{each}: {answer.rewrapped} keys wrapped anew")
