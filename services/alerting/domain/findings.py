"""What a clinician found when an alert was closed, in a fixed vocabulary: countable, comparable, and free of names.

Withdrawal and confrontation cannot be read from ratings (clinical reference 0.11), so they are only ever said here.
"""

from dataclasses import dataclass
from enum import StrEnum

from services.alerting.domain.facts import Kind


class Found(StrEnum):
    """Whether there was what the alert said."""

    CONFIRMED = "confirmed"
    NOT_CONFIRMED = "not_confirmed"


class RuptureType(StrEnum):
    """What kind of rupture the clinician saw (3RS, clinical reference 2.7)."""

    WITHDRAWAL = "withdrawal"
    CONFRONTATION = "confrontation"


# The ids of scoring's repair strategies; tests/contract/test_findings.py holds the two lists together.
STRATEGIES = frozenset(
    {
        "reflect-feelings",
        "summarise",
        "validate",
        "explore",
        "name-tentatively",
        "own-part",
        "respect-defence",
        "say-how-it-felt",
        "stay-with-complaint",
        "open-the-quiet",
        "pause-to-check",
        "clear-misunderstanding",
        "client-sets-pace",
        "confidentiality",
        "boundaries",
        "welcome-criticism",
        "earlier-hurt",
        "agree-a-stop",
        "small-agreements",
        "ask-goals",
        "renegotiate-goals",
        "rationale",
        "ask-preferences",
        "change-task",
        "return-to-task",
        "decide-together",
        "ask-what-got-in-the-way",
        "lighter-homework",
        "transparency",
        "invite-feedback",
        "plain-question",
        "other-ways-to-say",
        "ask-about-culture",
        "adapt-to-culture",
        "make-words-easy",
        "communication-differences",
        "practical-hurdles",
        "wider-patterns",
        "supervision",
        "own-strain",
    }
)
# What was done about a risk answer (own).
RISK_STEPS = frozenset(
    {"spoke-with-client", "safety-plan", "emergency-services", "handed-over", "could-not-reach", "known-already"}
)
_VOCABULARY = {Kind.RUPTURE: STRATEGIES, Kind.RISK: RISK_STEPS}
MAX_TRIED = 20


@dataclass(frozen=True, slots=True)
class Findings:
    """What was found, which types of rupture were seen, and what was tried: ids of the kind's vocabulary."""

    found: Found
    types: tuple[RuptureType, ...] = ()
    tried: tuple[str, ...] = ()


def check(kind: Kind, findings: Findings) -> None:
    """Refuse what contradicts itself or is not in the vocabulary; ValueError names the field."""
    if findings.types and (kind is not Kind.RUPTURE or findings.found is not Found.CONFIRMED):
        raise ValueError("types: only a confirmed rupture is a withdrawal or a confrontation; leave them out")
    if len(findings.tried) > MAX_TRIED:
        raise ValueError(f"tried: has {len(findings.tried)} entries; give at most {MAX_TRIED}")
    known = _VOCABULARY.get(kind, frozenset())
    unknown = [step for step in findings.tried if step not in known]
    if unknown:
        raise ValueError(f"tried: {unknown[0]!r} is not in the vocabulary; use one of {', '.join(sorted(known))}")
