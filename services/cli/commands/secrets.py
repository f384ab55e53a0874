"""`attune secrets generate`: every secret of a docker compose deployment, made here only. There are no defaults."""

import base64
import os
import secrets as randomness
from collections.abc import Callable
from datetime import timedelta
from functools import partial
from pathlib import Path
from typing import Annotated
from uuid import uuid4

import typer

from services.cli.errors import Problem
from services.runtime import identity
from services.runtime.store.vault import MASTER_KEY_BYTES

app = typer.Typer(no_args_is_help=True, help="The secrets of a deployment.")

Recipe = Callable[[], str]
COMMENT_KEY = "feedback_comment_key"
SERVICES = ("intake", "feedback", "scoring", "alerting")
# A year: the runbook's yearly rotation replaces every secret at once.
SERVICE_TOKEN_LIFE = timedelta(days=400)


@app.callback()
def _group() -> None:
    """Secrets are files; nothing of them is printed."""


@app.command()
def generate(
    directory: Annotated[Path, typer.Option(help="Folder for the secrets; keep it out of version control.")] = Path(
        "deploy/secrets"
    ),
    env_file: Annotated[Path, typer.Option(help="Settings file that docker compose reads.")] = Path(".env"),
    mongo_host: Annotated[str, typer.Option(help="host:port of MongoDB as the services see it.")] = "mongo:27017",
    replica_set: Annotated[str, typer.Option(help="Name of MongoDB's replica set.")] = "rs0",
) -> None:
    """Make what is missing and leave what is there: running it again changes no password."""
    directory.mkdir(parents=True, exist_ok=True)
    # The folder is closed; the files in it are readable, because containers read them as other users.
    directory.chmod(0o700)
    made = [
        name for name, make in _recipes(directory, mongo_host, replica_set).items() if _once(directory / name, make)
    ]
    if not env_file.exists():
        env_file.write_text(_environment())
        made.append(str(env_file))
    typer.echo(f"made: {', '.join(made)}" if made else "everything is there already; nothing was changed")
    typer.echo("next: edit deploy/sites.yaml, deploy/feedback.yaml and .env, then `docker compose up --detach --wait`")


@app.command("rotate-comment-key")
def rotate_comment_key(
    directory: Annotated[Path, typer.Option(help="Folder with the secrets.")] = Path("deploy/secrets"),
    finish: Annotated[bool, typer.Option("--finish", help="Take the old keys away; nothing may need them.")] = False,
) -> None:
    """Put a new master key of clients' comments before the old one, or with --finish take the old ones away."""
    path = directory / COMMENT_KEY
    try:
        lines = path.read_text().split()
    except OSError as error:
        raise Problem(f"cannot read {path} ({error.strerror}); `attune secrets generate` makes it") from error
    kept = lines[:1] if finish else [comment_key(), *lines]
    draft = path.with_suffix(".new")
    draft.unlink(missing_ok=True)
    _once(draft, lambda: "\n".join(kept))
    os.replace(draft, path)
    if finish:
        typer.echo(f"{path} has the newest key only; start feedback again")
    else:
        typer.echo(f"{path} begins with a new key; next: start feedback again, run `attune feedback rewrap-keys`")
        typer.echo("for every site, then `attune secrets rotate-comment-key --finish`")


def comment_key() -> str:
    """A master key, as feedback reads it."""
    return base64.b64encode(randomness.token_bytes(MASTER_KEY_BYTES)).decode()


def _recipes(directory: Path, mongo_host: str, replica_set: str) -> dict[str, Recipe]:
    """What each file is made from, in an order in which later ones may read earlier ones."""

    def uri(user: str, password: str, database: str) -> str:
        return f"mongodb://{user}:{password}@{mongo_host}/?replicaSet={replica_set}&authSource={database}"

    def service_uri(service: str) -> str:
        return uri(service, randomness.token_urlsafe(32), f"attune_{service}")

    def root_uri() -> str:
        return uri("root", (directory / "mongo_root_password").read_text().strip(), "admin")

    def key(name: str) -> str:
        if not (directory / identity.PRIVATE_KEY_NAME).exists():
            identity.generate_keys(directory)
        return (directory / name).read_text()

    def service_token() -> str:
        private = (directory / identity.PRIVATE_KEY_NAME).read_bytes()
        return identity.issue(
            private, "attune-services", [identity.ALL_SITES], [identity.SERVICE, identity.READ], SERVICE_TOKEN_LIFE
        )

    recipes: dict[str, Recipe] = {
        # mongod takes 6 to 1024 base64 characters (MongoDB manual, "keyfile").
        "mongo_keyfile": lambda: base64.b64encode(randomness.token_bytes(567)).decode(),
        "mongo_root_password": lambda: randomness.token_urlsafe(32),
        "mongo_root_uri": root_uri,
        "token_public_key": lambda: key(identity.PUBLIC_KEY_NAME),
        "service_token": service_token,
        "link_key": lambda: randomness.token_urlsafe(48),
        "feedback_link_key": lambda: randomness.token_urlsafe(48),
        COMMENT_KEY: comment_key,
        "grafana_password": lambda: randomness.token_urlsafe(24),
    }
    for service in SERVICES:
        recipes[f"{service}_mongo_uri"] = partial(service_uri, service)
    return recipes


def _once(path: Path, make: Recipe) -> bool:
    """Write what `make` returns, unless the file is there; whether it was written."""
    if path.exists():
        return False
    path.write_text(make())
    os.chmod(path, 0o444)
    return True


def _environment() -> str:
    cluster = base64.urlsafe_b64encode(uuid4().bytes).decode().rstrip("=")
    return f"""# Settings of docker compose for this deployment; see docker-compose.yml for all of them.
ATTUNE_KAFKA_CLUSTER_ID={cluster}
# Where clinicians reach the links of an alert, as their browser sees it (put TLS in front).
ATTUNE_PUBLIC_URL=http://127.0.0.1:8080
# Where clients reach the form of a link, as their browser sees it (put TLS in front).
ATTUNE_FORM_URL=http://127.0.0.1:8081
# The mail server that takes alerts.
ATTUNE_SMTP_HOST=
ATTUNE_SMTP_PORT=25
"""
