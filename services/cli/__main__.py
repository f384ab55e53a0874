"""python -m services.cli: the attune command where its script is not installed."""

from services.cli.main import app

app(prog_name="attune")
