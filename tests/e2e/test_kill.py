"""The short version of `make fault`: each process killed once under load; the ledger stays green."""

from pathlib import Path

import pytest

from services.dev.environment import SERVICES
from tests.fault.storm import Faults, storm, told


@pytest.mark.slow
@pytest.mark.timeout(600)
def test_nothing_is_lost_or_doubled_when_each_process_is_killed_once(tmp_path: Path) -> None:
    def faults(plan: Faults) -> None:
        for service in SERVICES:
            plan.kill(plan.stack.services[service], 1)
        plan.kill(plan.stack.kafka, 1)
        plan.kill(plan.stack.mongo, 1)

    findings = storm(tmp_path / "stack", faults, sessions=600, rate=12)
    assert not findings, told(findings)
