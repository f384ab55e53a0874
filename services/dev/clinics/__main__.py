"""One simulated clinic as a process: python -m services.dev.clinics harbour --sessions 200 --ledger harbour.ndjson"""

from __future__ import annotations

import argparse
import json
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from services.dev.clinics.doors import Away, open_door
from services.dev.clinics.mischief import disturb
from services.dev.clinics.profiles import CLINICS
from services.dev.clinics.publish import publish
from services.dev.clinics.story import tell
from services.dev.ledger import Ledger

GAVE_UP = 69


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m services.dev.clinics", description=__doc__)
    parser.add_argument("clinic", choices=sorted(CLINICS))
    parser.add_argument("--endpoints", type=Path, default=Path(".attune/endpoints.json"))
    parser.add_argument("--sessions", type=int, default=200, help="booked sessions to tell of")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--ledger", type=Path, required=True, help="file that the acknowledged events are appended to")
    parser.add_argument("--start", type=datetime.fromisoformat, help="the clinic's now, ISO 8601 with zone")
    parser.add_argument("--rate", type=float, default=0.0, help="at most so many events a second; 0 is no limit")
    return parser.parse_args()


def main() -> int:
    """Tell the story through the clinic's door; 69 when Attune did not answer for too long."""
    arguments = _arguments()
    profile = CLINICS[arguments.clinic]

    def endpoints() -> dict[str, Any]:
        found: dict[str, Any] = json.loads(arguments.endpoints.read_text("utf-8"))
        return found

    token_file = Path(endpoints()["tokens"][profile.site])
    if not token_file.is_absolute():
        token_file = arguments.endpoints.absolute().parent.parent / token_file
    start = arguments.start or datetime.now(UTC)
    story = tell(profile, arguments.sessions, arguments.seed, start)
    door = open_door(profile, endpoints, token_file.read_text("utf-8").strip())
    try:
        with Ledger(arguments.ledger) as ledger:
            for truth in story.truths:
                ledger.add(truth)
            publish(profile, door, disturb(profile, story.events, arguments.seed, start), ledger, arguments.rate)
    except Away as away:
        sys.stderr.write(f"{profile.site}: no answer ({away}); see `attune doctor`\n")
        return GAVE_UP
    finally:
        door.close()
    return 0


if __name__ == "__main__":
    sys.exit(main())
