"""The `attune` command."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from services.cli.commands import (
    alerts,
    audit,
    database,
    dead_letters,
    instruments,
    keys,
    oncall,
    oncall_setup,
    scoring,
    secrets,
    silences,
    topics,
    users,
)
from services.cli.commands.calibrate import calibration
from services.cli.commands.chart import chart
from services.cli.commands.comments import app as feedback_group
from services.cli.commands.comments import comments
from services.cli.commands.demo import demo
from services.cli.commands.detect import detect
from services.cli.commands.doctor import doctor
from services.cli.commands.episodes import episodes
from services.cli.commands.importing import import_answers
from services.cli.commands.paging import send_test_page
from services.cli.commands.publish import publish
from services.cli.commands.rci import rci
from services.cli.commands.requests import ask, requests
from services.cli.commands.ruptures import dismiss, ruptures
from services.cli.commands.schema import schema
from services.cli.commands.score import score
from services.cli.commands.trajectory import trajectory
from services.cli.errors import as_problem
from services.cli.output import warn
from services.cli.where import SERVICES, Where

DEFAULT_ENDPOINTS = Path(".attune/endpoints.json")


class Root(TyperGroup):
    """The root command: turns known failures into one line on stderr and an exit code."""

    def invoke(self, ctx: Any) -> Any:
        """Run the command that was asked for."""
        try:
            return super().invoke(ctx)
        except Exception as error:
            problem = as_problem(error)
            if problem is None:
                raise
            warn(f"attune: {problem}")
            raise typer.Exit(problem.code) from error


app = typer.Typer(
    cls=Root,
    name="attune",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    help="Attune notices when the working alliance between a client and a therapist breaks, and gets it repaired.",
)


@app.callback()
def root(
    context: typer.Context,
    endpoints: Annotated[
        Path, typer.Option(help="The file in which a running Attune says where it is.", envvar="ATTUNE_ENDPOINTS")
    ] = DEFAULT_ENDPOINTS,
    kafka: Annotated[str, typer.Option(help="Kafka, host:port.", envvar="ATTUNE_KAFKA_BOOTSTRAP")] = "",
    mongo: Annotated[str, typer.Option(help="URI of MongoDB.", envvar="ATTUNE_MONGO_URI")] = "",
    intake: Annotated[str, typer.Option(help="intake's gRPC, host:port.", envvar="ATTUNE_PEER_INTAKE")] = "",
    feedback: Annotated[str, typer.Option(help="feedback's gRPC, host:port.", envvar="ATTUNE_PEER_FEEDBACK")] = "",
    scoring: Annotated[str, typer.Option(help="scoring's gRPC, host:port.", envvar="ATTUNE_PEER_SCORING")] = "",
    alerting: Annotated[str, typer.Option(help="alerting's gRPC, host:port.", envvar="ATTUNE_PEER_ALERTING")] = "",
    token_file: Annotated[
        Path | None, typer.Option(help="File with the token to use.", envvar="ATTUNE_CLI_TOKEN_FILE")
    ] = None,
) -> None:
    """Addresses come from these options, their variables, or the endpoints file, in this order."""
    grpc = {"intake": intake, "feedback": feedback, "scoring": scoring, "alerting": alerting}
    http = {service: os.environ.get(f"ATTUNE_CLI_HTTP_{service.upper()}", "") for service in SERVICES}
    context.obj = Where(endpoints, kafka, mongo, grpc, http, token_file)


app.command()(demo)
app.command()(doctor)
app.command()(schema)
app.command()(publish)
app.command()(episodes)
app.command()(ask)
app.command()(requests)
app.command()(comments)
app.command()(trajectory)
app.command()(ruptures)
app.command()(dismiss)
app.command()(score)
app.command()(detect)
app.command()(rci)
app.command()(chart)
app.command("test-page")(send_test_page)
app.command("calibrate")(calibration)
app.add_typer(instruments.app, name="instruments")
app.add_typer(alerts.app, name="alerts")
app.add_typer(silences.app, name="silences")
oncall.app.add_typer(oncall_setup.app)  # without a name: its commands are those of `attune oncall`
app.add_typer(oncall.app, name="oncall")
app.add_typer(scoring.app, name="scoring")
app.add_typer(audit.app, name="audit")
app.add_typer(dead_letters.app, name="dead-letters")
app.add_typer(topics.app, name="topics")
feedback_group.command("import")(import_answers)
app.add_typer(feedback_group, name="feedback")
app.add_typer(keys.token, name="token")
app.add_typer(keys.keys, name="keys")
app.add_typer(database.app, name="database")
app.add_typer(secrets.app, name="secrets")
app.add_typer(users.app, name="users")
