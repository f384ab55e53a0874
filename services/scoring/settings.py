"""Scoring's own settings: none yet beside those of every service."""

from services.runtime.settings import Settings


class ScoringSettings(Settings):
    """``ATTUNE_SCORING_*``."""
