"""Intake's own settings, beside those of every service."""

from pydantic import Field

from services.runtime.settings import Settings


class IntakeSettings(Settings):
    """``ATTUNE_INTAKE_*``."""

    intake_park_seconds: float = Field(
        86_400.0,
        gt=0,
        description="how long a report waits for its episode before it becomes a dead letter",
    )
    intake_sweep_seconds: float = Field(
        5.0, gt=0, description="how often waiting reports are looked at; also the least time between two looks at one"
    )
