"""`make bench`: measures, prints the table, and writes it to tests/bench/README.md with --write."""

import argparse
import os
import platform
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

from services.dev.demo import endpoints_of
from services.dev.observe import Observer
from services.dev.stack import Stack
from tests.bench import latency, rates
from tests.bench.load import SITE

README = Path(__file__).with_name("README.md")
BEGIN, END = "<!-- measured -->", "<!-- /measured -->"


def main() -> int:
    """Run both benchmarks on one embedded stack."""
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__)
    parser.add_argument("--events", type=int, default=400, help="events of the latency run, 20 a second")
    parser.add_argument("--pile", type=int, default=1000, help="episodes that pile up for the rates")
    parser.add_argument("--write", action="store_true", help="put the table into tests/bench/README.md")
    arguments = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder) / "stack"
        # One message for each event: nobody escalates while latency is measured, and nothing is bundled.
        settings = {"alerting": {"ATTUNE_ALERTING_BUNDLE_SECONDS": "0"}}
        with (
            Stack(root, say, settings, step_delay="1h") as stack,
            Observer(endpoints_of(root), root.parent) as observer,
        ):
            token = (root.parent / stack.endpoints["tokens"][SITE]).read_text().strip()
            say(f"latency: {arguments.events} events at {latency.RATE:.0f}/s, then the floor")
            attune, floor = latency.measure(stack, observer, token, arguments.events)
            say("rates: each service alone")
            measured = rates.measure(stack, observer, token, arguments.pile, say)
    table = _table(attune, floor, measured)
    sys.stdout.write(table)
    if arguments.write:
        before, _, rest = README.read_text("utf-8").partition(BEGIN)
        README.write_text(f"{before}{BEGIN}\n{table}{END}{rest.partition(END)[2]}", "utf-8")
    return 0


def _table(attune: latency.Latency, floor: latency.Latency, measured: list[rates.Rate]) -> str:
    lines = [
        f"{datetime.now(UTC):%Y-%m-%d}, {os.cpu_count()} cores, Python {platform.python_version()}, "
        f"embedded stack (Kafka, SecantusDB with every commit synced).",
        "",
        f"| publish to webhook, {attune.count} events at {latency.RATE:.0f}/s | p50 | p99 |",
        "|---|---|---|",
        f"| Attune: 3 Kafka hops, 4 durable writes and more | {attune.p50:.0f} ms | {attune.p99:.0f} ms |",
        f"| floor: 3 Kafka hops with bare clients, 1 HTTP POST | {floor.p50:.1f} ms | {floor.p99:.1f} ms |",
        f"| ratio | {attune.p50 / floor.p50:.1f} | {attune.p99 / floor.p99:.1f} |",
        "",
        "| service alone | events | events/s | an event is |",
        "|---|---|---|---|",
        *[f"| {rate.service} | {rate.events} | {rate.per_second:.0f} | {rate.what} |" for rate in measured],
    ]
    return "\n".join(lines) + "\n"


def say(line: str) -> None:
    """Progress."""
    sys.stderr.write(f"{datetime.now(UTC):%H:%M:%S} {line}\n")


if __name__ == "__main__":
    sys.exit(main())
