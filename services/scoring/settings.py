"""Scoring's own settings, beside those of every service."""

from pydantic import Field

from services.runtime.settings import Settings


class ScoringSettings(Settings):
    """``ATTUNE_SCORING_*``. The caseload's numbers are our own choice; no study has set them."""

    scoring_caseload_clients: int = Field(
        3, ge=2, le=50, description="so many clients of one therapist slipping at the same time are a pattern"
    )
    scoring_caseload_days: int = Field(
        28, ge=1, le=365, description="at the same time: their ruptures opened within so many days"
    )
