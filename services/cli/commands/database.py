"""`attune database apply`: the database users of a deployment, one for each service, with its own database only."""

from pathlib import Path
from typing import Annotated
from urllib.parse import unquote, urlsplit

import typer
from pymongo import MongoClient
from pymongo.errors import OperationFailure, PyMongoError

from services.cli.errors import Problem

app = typer.Typer(no_args_is_help=True, help="The services' users in MongoDB.")

SERVICES = ("intake", "feedback", "scoring", "alerting")
_USER_EXISTS = 51003  # MongoDB error code: the user is there already


@app.callback()
def _group() -> None:
    """Keep `apply` a subcommand."""


@app.command()
def apply(
    root_uri_file: Annotated[
        Path, typer.Option(envvar="ATTUNE_CLI_MONGO_ROOT_URI_FILE", help="File with the administrator's MongoDB URI.")
    ],
    service_uris: Annotated[
        Path,
        typer.Option(envvar="ATTUNE_CLI_MONGO_SERVICE_URIS", help="Folder with <service>_mongo_uri for every service."),
    ],
) -> None:
    """Create each service's user, or bring its password up to date. Safe to repeat; run it before the services."""
    try:
        with MongoClient[dict[str, object]](root_uri_file.read_text().strip(), timeoutMS=20_000) as client:
            for service in SERVICES:
                typer.echo(
                    f"{service}: {_apply_user(client, (service_uris / f'{service}_mongo_uri').read_text().strip())}"
                )
    except (OSError, ValueError, PyMongoError) as error:
        raise Problem(
            f"the database users could not be applied: {error}; run `make secrets`, then look at MongoDB's log"
        ) from error


def _apply_user(client: MongoClient[dict[str, object]], uri: str) -> str:
    """Make the user that ``uri`` names, allowed its own database and nothing else."""
    parts = urlsplit(uri)
    if not (parts.username and parts.password and "authSource=" in parts.query):
        raise ValueError("a service's URI needs a user, a password and authSource")
    user, password = unquote(parts.username), unquote(parts.password)
    database = parts.query.split("authSource=", 1)[1].split("&", 1)[0]
    roles = [{"role": "readWrite", "db": database}]
    try:
        client[database].command("createUser", user, pwd=password, roles=roles)
        return f"user {user} made for database {database}"
    except OperationFailure as error:
        if error.code != _USER_EXISTS:
            raise
        client[database].command("updateUser", user, pwd=password, roles=roles)
        return f"user {user} of database {database} brought up to date"
