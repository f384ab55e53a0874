"""docker compose from clean to all healthy, a rupture through to a webhook, and back after every kill."""

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.compose.deployment import SITE, UP_SECONDS, deployed

pytestmark = pytest.mark.timeout(1500)

SERVICES = ("intake", "feedback", "scoring", "alerting")


@pytest.fixture(autouse=True)
def engine() -> None:
    if shutil.which("docker") is None or subprocess.run(["docker", "version"], capture_output=True).returncode:
        pytest.fail("no Docker engine answers here: start one, or name it by DOCKER_HOST")


def test_from_clean_to_a_webhook_and_back_after_every_kill(tmp_path: Path) -> None:
    with deployed(tmp_path) as deployment:
        assert set(deployment.health().values()) == {"healthy"}
        assert set(SERVICES) < set(deployment.health())
        deployment.rupture("first")
        page = deployment.wait_pages(1)[0]
        assert set(page) == {"delivery", "count", "link", "reference"}
        assert "not" in deployment.dead_letter(b"rubbish")
        for count, service in enumerate((*SERVICES, "kafka", "mongo"), start=2):
            deployment.compose("kill", service)
            deployment.compose("up", "--detach", "--wait", seconds=UP_SECONDS)
            deployment.rupture(f"after-{service}")
            deployment.wait_pages(count)
        token = str(deployment.token("read"))
        ruptures = deployment.attune("--token-file", token, "ruptures", "--site", SITE, "--json")
        assert ruptures.count('"rupture_id"') == 1 + len(SERVICES) + 2
