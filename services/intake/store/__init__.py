"""Intake's collections, their indexes, and the mapping between the domain and documents."""

from services.intake.store.documents import (
    EPISODE_INDEXES,
    EPISODES,
    SESSION_INDEXES,
    SESSIONS,
    Doc,
    episode_document,
    episode_reports,
    key,
    session_document,
    session_reports,
)
from services.intake.store.parked import PARKED, ParkedReport, ParkedReports

__all__ = [
    "EPISODES",
    "EPISODE_INDEXES",
    "PARKED",
    "SESSIONS",
    "SESSION_INDEXES",
    "Doc",
    "ParkedReport",
    "ParkedReports",
    "episode_document",
    "episode_reports",
    "key",
    "session_document",
    "session_reports",
]
