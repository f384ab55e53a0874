"""Scoring's collections, their indexes, and the mapping between the domain and documents."""

from services.scoring.store.caseloads import (
    CASELOAD_INDEXES,
    CASELOADS,
    caseload_document,
    caseload_key,
    read_caseload,
)
from services.scoring.store.episodes import (
    EPISODE_INDEXES,
    EPISODES,
    Doc,
    document,
    facts,
    key,
    known,
    measured_outcome_of_closed,
    ruptures,
    told,
)
from services.scoring.store.policies import (
    POLICIES,
    POLICY_INDEXES,
    policy_document,
    policy_key,
    read_policy,
)

__all__ = [
    "CASELOADS",
    "CASELOAD_INDEXES",
    "Doc",
    "EPISODES",
    "EPISODE_INDEXES",
    "POLICIES",
    "POLICY_INDEXES",
    "caseload_document",
    "caseload_key",
    "document",
    "facts",
    "key",
    "known",
    "measured_outcome_of_closed",
    "policy_document",
    "policy_key",
    "read_caseload",
    "read_policy",
    "ruptures",
    "told",
]
