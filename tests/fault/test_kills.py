"""Rows 1, 3 and 4 of the fault matrix: kill -9 of each service, of the broker and of the database, under load."""

from pathlib import Path

import pytest

from services.dev.environment import SERVICES
from tests.fault.storm import Faults, storm, told

pytestmark = pytest.mark.timeout(1800)

# Labelled lines between two durable steps: reliability row 1.
POINTS = [
    *[(service, "after-save-before-ack") for service in SERVICES],
    *[(service, "after-publish-before-mark") for service in SERVICES],
    ("alerting", "after-send-before-mark"),
]


def test_every_service_is_killed_five_times_at_random(tmp_path: Path) -> None:
    def faults(plan: Faults) -> None:
        for _ in range(5):
            for service in SERVICES:
                plan.kill(plan.stack.services[service], 1)

    findings = storm(tmp_path / "stack", faults, sessions=1800, rate=12)
    assert not findings, told(findings)


def test_the_broker_is_killed_three_times(tmp_path: Path) -> None:
    findings = storm(tmp_path / "stack", lambda plan: plan.kill(plan.stack.kafka, 3), sessions=450, rate=15)
    assert not findings, told(findings)


def test_the_database_is_killed_three_times(tmp_path: Path) -> None:
    findings = storm(tmp_path / "stack", lambda plan: plan.kill(plan.stack.mongo, 3), sessions=450, rate=15)
    assert not findings, told(findings)


def test_every_service_dies_at_each_labelled_point(tmp_path: Path) -> None:
    def faults(plan: Faults) -> None:
        for service, label in POINTS:
            plan.crash_at(service, label, 3 if service != "alerting" else 1)

    findings = storm(tmp_path / "stack", faults, sessions=1200, rate=12)
    assert not findings, told(findings)
