"""The embedded stack's forms file: how the three simulated clinics ask their clients, and what those read."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import yaml

from services.dev.clinics.profiles import CLINICS
from services.dev.environment import master_key, secret_file

CRISIS = {
    "en": "This is a demonstration: nobody reads this form. In an emergency call your local emergency number.",
    "es": "Esto es una demostración: nadie lee este formulario. En una emergencia llame al número de su país.",
}
PRIVACY = {
    "en": "This is a demonstration. Please enter nothing about real people.",
    "es": "Esto es una demostración. No escriba nada sobre personas reales.",
}


def feedback_settings(root: Path, public_url: str, sites: Iterable[str] = CLINICS) -> dict[str, str]:
    """The settings of feedback's form, with a forms file and a link key under `root`."""
    sites_file = root / "feedback.yaml"
    sites_file.parent.mkdir(parents=True, exist_ok=True)
    sites_file.write_text(yaml.safe_dump({"sites": {site: _site(site) for site in sites}}, sort_keys=False))
    return {
        "ATTUNE_FEEDBACK_SITES_FILE": str(sites_file),
        "ATTUNE_FEEDBACK_PUBLIC_URL": public_url,
        "ATTUNE_FEEDBACK_LINK_KEY_FILE": str(secret_file(root / "keys" / "feedback-link.secret")),
        "ATTUNE_FEEDBACK_COMMENT_KEY_FILE": str(secret_file(root / "keys" / "feedback-comments.key", master_key)),
    }


def _site(site: str) -> dict[str, Any]:
    clinic = CLINICS.get(site)
    return {
        "name": f"{site.capitalize()} Practice",
        "time_zone": str(clinic.zone) if clinic else "Etc/UTC",
        "languages": ["en", "es"],
        "crisis": {language: {"text": text, "call": "112"} for language, text in CRISIS.items()},
        "privacy": PRIVACY,
    }
