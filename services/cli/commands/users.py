"""`attune users`: who may sign in to the console, at which site, as what."""

from __future__ import annotations

import json
from enum import StrEnum
from pathlib import Path
from typing import Annotated

import pyotp
import typer
from attune.alerting.v1 import console_service_pb2 as api
from attune.alerting.v1 import console_service_pb2_grpc

from services.cli.calls import caller
from services.cli.commands.options import Json, Site, where
from services.cli.errors import USAGE, Problem
from services.cli.output import emit_facts, emit_rows, line, short

app = typer.Typer(no_args_is_help=True, help="Accounts of the console.")
STUB = console_service_pb2_grpc.ConsoleServiceStub
COLUMNS = (("username", "user"), ("roles", "roles"), ("person_id", "person"), ("therapist_id", "therapist"))
DEMO_FILE = Path(".attune/console.json")


class Role(StrEnum):
    """The roles there are."""

    THERAPIST = "therapist"
    SUPERVISOR = "supervisor"
    ON_CALL = "on-call"
    SITE_ADMIN = "site-admin"
    OPERATOR = "operator"


Username = Annotated[str, typer.Argument(metavar="USER", help="The user name.")]


@app.command()
def add(
    context: typer.Context,
    username: Username,
    site: Site,
    role: Annotated[list[Role], typer.Option(help="What they are at the site; repeat for more.")],
    person: Annotated[str, typer.Option(help="Their id in the site's on-call file; needed to change alerts.")] = "",
    therapist: Annotated[str, typer.Option(help="Their id as therapist in the clinic's events.")] = "",
) -> None:
    """Make an account, and show its password and second factor once; or give one its roles at one more site."""
    request = api.AddUserRequest(
        site_id=site,
        username=username,
        roles=[f"ROLE_{each.upper().replace('-', '_')}" for each in role],
        person_id=person,
        therapist_id=therapist,
    )
    with caller(where(context), "alerting", STUB) as call:
        answer = call("AddUser", request)
    if answer.HasField("secret"):
        _show(username, answer.secret)
    else:
        line(f"{username} is {', '.join(role)} at {site} now; the password stays")


@app.command()
def reset(context: typer.Context, username: Username, site: Site) -> None:
    """Give a new password and second factor; every session ends, a lock is lifted."""
    with caller(where(context), "alerting", STUB) as call:
        _show(username, call("ResetUser", api.ResetUserRequest(site_id=site, username=username)).secret)


@app.command()
def disable(context: typer.Context, username: Username, site: Site) -> None:
    """Take somebody's roles at a site away; every session ends."""
    with caller(where(context), "alerting", STUB) as call:
        call("DisableUser", api.DisableUserRequest(site_id=site, username=username))
    line(f"{username} has no role at {site} any more")


@app.command("list")
def list_users(context: typer.Context, site: Site, as_json: Json = False) -> None:
    """List who may sign in at a site."""
    with caller(where(context), "alerting", STUB) as call:
        users = call("ListUsers", api.ListUsersRequest(site_id=site)).users
    rows = [
        {
            "username": user.username,
            "roles": [short(api.Role.Name(each), "ROLE_") for each in user.roles],
            "person_id": user.person_id,
            "therapist_id": user.therapist_id,
        }
        for user in users
    ]
    emit_rows(rows, COLUMNS, as_json=as_json, empty="Nobody yet; `attune users add` makes an account.")


@app.command()
def code(
    file: Annotated[Path, typer.Option(help="The file in which the demo keeps its account.")] = DEMO_FILE,
) -> None:
    """Print the demo account's code of now, in place of an authenticator app."""
    try:
        uri = json.loads(file.read_text("utf-8"))["totp_uri"]
    except (OSError, ValueError, KeyError) as error:
        raise Problem(f"there is no demo account in {file}; start `make demo`", USAGE) from error
    totp = pyotp.parse_uri(uri)
    if not isinstance(totp, pyotp.TOTP):
        raise Problem(f"{file} names no second factor by time; start `make demo` anew", USAGE)
    line(totp.now())


def _show(username: str, secret: api.Secret) -> None:
    emit_facts(
        "Shown once; hand it over in person or by a secret channel:",
        [("user", username), ("password", secret.password), ("authenticator", secret.totp_uri)],
    )
