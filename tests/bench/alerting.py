"""`make bench-alerting`: a storm on a filled store: 5,000 ruptures and 20 risk answers in a minute.

The store holds 100,000 closed and 10,000 open alerts before it begins. Prints what the gateways saw, and ends with 1
when a promise was not kept.
"""

import argparse
import sys
import tempfile
import time
from pathlib import Path

from services.dev.environment import TOPICS_FILE, Keys
from services.dev.kafka import Kafka
from services.dev.mongo import Mongo
from services.runtime import topics
from tests.support.alert_storm import AlertStorm, Outcome, told

RISK_SECONDS, FIRST_PAGE_SECONDS, SHARE = 10.0, 30.0, 0.99


def main() -> int:
    """Run the storm on an embedded broker and database of its own."""
    parser = argparse.ArgumentParser(prog="make bench-alerting", description=__doc__)
    parser.add_argument("--closed", type=int, default=100_000)
    parser.add_argument("--opened", type=int, default=10_000)
    parser.add_argument("--ruptures", type=int, default=5_000)
    parser.add_argument("--risks", type=int, default=20)
    parser.add_argument("--seconds", type=float, default=60.0)
    given = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        root = Path(folder)
        keys = Keys(root / "keys")
        with Kafka(root / "kafka") as broker, Mongo(root / "mongo", cache="1G") as database:
            topics.apply(broker.bootstrap, topics.load(TOPICS_FILE))
            with AlertStorm(root / "storm", broker.bootstrap, database.uri, "bench", keys, sites=20) as storm:
                say(f"filling the store with {given.closed} closed and {given.opened} open alerts")
                storm.fill(given.closed, given.opened)
                storm.start()
                say(f"{given.ruptures} ruptures and {given.risks} risk answers in {given.seconds:.0f} s")
                storm.blow(given.ruptures, given.risks, given.seconds)
                outcome = storm.outcome(given.risks, wait=120)
    sys.stdout.write(told(outcome) + "\n")
    return 0 if kept(outcome, given.risks) else 1


def kept(outcome: Outcome, risks: int) -> bool:
    """Whether every risk page and every site's first page was in time, and the engine's cycles were short."""
    return (
        len(outcome.risk_seconds) == risks
        and max(outcome.risk_seconds) < RISK_SECONDS
        and max(outcome.first_page_seconds.values()) < FIRST_PAGE_SECONDS
        and outcome.cycles_within_1_s >= SHARE
    )


def say(line: str) -> None:
    """Progress."""
    sys.stderr.write(f"[{time.strftime('%H:%M:%S')}] {line}\n")


if __name__ == "__main__":
    sys.exit(main())
