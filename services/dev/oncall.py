"""The embedded stack's on-call file: three sites in three time zones, with delays short enough to watch."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import yaml

from services.dev.clinics.profiles import CLINICS

# A person is told, and this long after it the next step follows when nobody has acknowledged.
STEP_DELAY = "20s"
CATCH_ALL_EVERY = "30s"
# The gateways of the stack take every address.
SIGNED = {"by": "the embedded stack", "when": "2026-01-05"}


def write_sites(file: Path, webhook_url: str, secret_file: Path, step_delay: str = STEP_DELAY) -> None:
    """Writes the sites file; every webhook goes to the recording gateway under its person's name."""
    sites = {
        name: _site(name, str(clinic.zone), webhook_url, secret_file, step_delay) for name, clinic in CLINICS.items()
    }
    file.write_text(yaml.safe_dump({"contacts_verified": SIGNED, "sites": sites}, sort_keys=False))


def _site(name: str, zone: str, webhook_url: str, secret_file: Path, step_delay: str) -> dict[str, Any]:
    def person(role: str, *, webhook: bool) -> dict[str, Any]:
        # The catch-all is reached by mail first: two different ways out of the house.
        mail = {"email": f"{role}@{name}.example"}
        hook = {"webhook": f"{webhook_url}/{name}-{role}", "secret_file": str(secret_file)}
        return {"id": role, "contacts": [hook, mail] if webhook else [mail, hook]}

    steps = [
        {"targets": ["rota"], "delay": step_delay},
        {"targets": ["person:supervisor"], "delay": step_delay},
    ]
    return {
        "time_zone": zone,
        "rupture_hours": "00:00-24:00",  # the demo runs at any hour; a real site keeps its nights quiet
        "people": [
            person("first", webhook=True),
            person("second", webhook=True),
            person("supervisor", webhook=True),
            person("duty-desk", webhook=False),
        ],
        "rota": {"people": ["first", "second"], "handoff": "daily", "at": "09:00", "start": "2026-01-05"},
        "policy": {"steps": steps, "repeat": 1, "catch_all_every": CATCH_ALL_EVERY},
        "catch_all": ["duty-desk"],
        "supervisors": ["supervisor"],
    }
