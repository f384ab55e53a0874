"""Silences and maintenance: pages that wait, by whose wish, why, and until when. Never those about risk.

Neither is a state of an alert: both are looked at when a page would leave, so that their end lets it go at once. A
silence is never edited: a change ends it and makes a new one, so that the history stays true.
"""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from services.alerting.domain.facts import Facts, Kind


class Scope(StrEnum):
    """What a silence is about."""

    EPISODE = "episode"
    THERAPIST = "therapist"
    SITE = "site"  # maintenance: the whole site, and therefore only for short


# How long at most (own): a holiday's length for one case or caseload, one day for a site.
LONGEST = {Scope.EPISODE: timedelta(days=14), Scope.THERAPIST: timedelta(days=14), Scope.SITE: timedelta(days=1)}


@dataclass(frozen=True, slots=True)
class Silence:
    """Pages about ``subject`` (an episode's or a therapist's id; empty for the site) wait from start to end."""

    silence_id: str
    site_id: str
    scope: Scope
    subject: str
    author: str
    reason: str
    created_at: datetime
    starts_at: datetime
    ends_at: datetime
    ended_by: str = ""
    replaced_by: str = ""
    released: bool = False

    def active(self, at: datetime) -> bool:
        """Tell whether it keeps pages back at this time."""
        return self.starts_at <= at < self.ends_at

    def matches(self, facts: Facts) -> bool:
        """Tell whether it is about this alert. Nothing silences a risk, or a test of its way."""
        if facts.kind in (Kind.RISK, Kind.TEST) or facts.site_id != self.site_id:
            return False
        return self.scope is Scope.SITE or facts.part(f"{self.scope}_id") == self.subject


def check(silence: Silence) -> None:
    """Refuse one that is too long, backwards, without a reason or about nothing; ValueError names the field."""
    if not silence.reason:
        raise ValueError("reason: is missing; say why, others will want to know")
    if (silence.scope is Scope.SITE) is bool(silence.subject):
        raise ValueError("subject: an episode or a therapist needs an id, a site has none; correct scope or subject")
    if silence.ends_at <= silence.starts_at or silence.ends_at <= silence.created_at:
        raise ValueError("ends_at: is not after the start and in the future; give a later time")
    longest = LONGEST[silence.scope]
    if silence.ends_at - max(silence.starts_at, silence.created_at) > longest:
        raise ValueError(f"ends_at: is more than {longest} after the start; give an earlier time")


def ended(silence: Silence, by: str, now: datetime, replaced_by: str = "") -> Silence | None:
    """End it now; None when it is over already. The record of when it was to end is in the audit."""
    if silence.ends_at <= now:
        return None
    return replace(
        silence, ends_at=max(now, silence.created_at), ended_by=by, replaced_by=replaced_by or silence.replaced_by
    )
