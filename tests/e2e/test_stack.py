"""The embedded stack: it starts, keeps its addresses and data through a crash, and leaves nothing running."""

import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import httpx
import psutil
import pymongo
import pytest

from services.dev import endpoints
from services.dev.stack import AlreadyRunning, Stack
from services.runtime.identity import Verifier

RUN = """
import sys
from collections.abc import Iterator
from pathlib import Path
from services.dev.stack import Stack
with Stack(Path(sys.argv[1])) as stack:
    print("up", flush=True)
    sys.stdin.read()
"""


@contextlib.contextmanager
def running_elsewhere(root: Path) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-c", RUN, str(root)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        try:
            assert process.stdout is not None
            assert process.stdout.readline() == "up\n"
            yield process
        finally:
            process.kill()


@pytest.mark.timeout(300)
def test_the_stack_survives_a_crash_with_addresses_and_data(tmp_path: Path) -> None:
    root = tmp_path / ".attune"
    with running_elsewhere(root) as first:
        before = endpoints.read(root)
        for service in before["services"].values():
            assert httpx.get(f"{service['http']}/health/ready", timeout=10).status_code == 200
        with pytest.raises(AlreadyRunning, match=rf"already runs .* \(process {first.pid}\)"), Stack(root):
            pass
        with pymongo.MongoClient(before["mongo"]["uri"], timeoutMS=20_000) as client:
            client["attune_kept"]["things"].insert_one({"_id": "before"})
        children = psutil.Process(first.pid).children(recursive=True)
        assert len(children) == 7
        os.kill(
            first.pid, signal.SIGKILL
        )  # as the terminal's window closing badly, or the machine's memory running out

    # At once, while the first run's processes are still shutting down.
    with Stack(root) as stack:
        assert not [child for child in children if child.is_running()]
        # Addresses of servers that were still open may change; the file always tells the ones in force.
        assert endpoints.read(root) == stack.endpoints
        with pymongo.MongoClient(stack.endpoints["mongo"]["uri"], timeoutMS=20_000) as client:
            assert client["attune_kept"]["things"].find_one({"_id": "before"})
        assert 300 < stack.rss_mib() < 2560
        assert set(stack.memory()) == {"kafka", "mongo", "gateways", "intake", "feedback", "scoring", "alerting"}
        scoring = stack.services["scoring"]
        address, pid = scoring.grpc, scoring.pid
        scoring.kill()
        scoring.start()
        assert (scoring.grpc, scoring.pid == pid) == (address, False)
        check_tokens(root)
        # Of this stack alone: other tests of the run keep a broker of their own.
        own = [stack.kafka, stack.mongo, stack.gateways, *stack.services.values()]
        processes = [psutil.Process(child.pid) for child in own]
    assert not [process for process in processes if process.is_running()]
    assert not any(child.running for child in own)
    # SIGTERM is no fault: every part closes once, and without complaint.
    for service in stack.services.values():
        assert "failed while stopping" not in service.log_file.read_text()


def check_tokens(root: Path) -> None:
    described = json.loads((root / "endpoints.json").read_text())
    verifier = Verifier(root.parent / described["keys"]["public"])
    holders = {name: verifier.verify((root.parent / file).read_text()) for name, file in described["tokens"].items()}
    for site in described["sites"]:
        assert holders[site].allows(site, "publish")
        assert not holders[site].allows(site, "act")
        assert holders[f"clinician-{site}"].allows(site, "act")
        assert not any(holders[site].allows_site(other) for other in described["sites"] if other != site)
    assert holders["operator"].allows("anywhere", "operate")
