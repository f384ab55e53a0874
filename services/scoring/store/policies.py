"""One document per site and instrument holds every version of the policy and every activation, in their order: so that
adding one is one write, and nothing that was decided is ever overwritten.
"""

from __future__ import annotations

from dataclasses import asdict
from typing import Any

from services.runtime.store import Index
from services.scoring.domain.policy import Policy
from services.scoring.domain.population import Population
from services.scoring.domain.site_policy import Activation, SitePolicy, Version

Doc = dict[str, Any]

POLICIES = "policies"
POLICY_INDEXES = (Index(["site_id", "instrument_id"]),)  # all of a site


def policy_key(site_id: str, instrument_id: str) -> str:
    """The ``_id`` of a site's policy for one instrument."""
    return f"{site_id}/{instrument_id}"


def policy_document(policy: SitePolicy) -> Doc:
    """Write versions and activations."""
    return {
        "site_id": policy.site_id,
        "instrument_id": policy.instrument_id,
        "versions": [
            {
                "number": each.number,
                "policy": each.policy.to_dict(),
                "population": None if each.population is None else asdict(each.population),
                "reason": each.reason,
                "made_by": each.made_by,
                "made_at": each.made_at,
            }
            for each in policy.versions
        ],
        "activations": [asdict(each) for each in policy.activations],
    }


def read_policy(doc: Doc) -> SitePolicy:
    """Read versions and activations."""
    return SitePolicy(
        site_id=doc["site_id"],
        instrument_id=doc["instrument_id"],
        versions=tuple(
            Version(
                number=each["number"],
                policy=Policy.from_dict(each["policy"]),
                population=None if each["population"] is None else Population(**each["population"]),
                reason=each["reason"],
                made_by=each["made_by"],
                made_at=each["made_at"],
            )
            for each in doc["versions"]
        ),
        activations=tuple(Activation(**each) for each in doc["activations"]),
    )
