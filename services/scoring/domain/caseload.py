"""Several clients of one therapist slip at the same time: a sign of strain, to be met with support.

The reference has no published rule for it; the numbers are our own. It may be the therapist, a holiday, a move, an
illness: the pattern says only that somebody should ask.

What is known of a caseload is the newest word on each of its ruptures. Hearing one twice, or an older one late, changes
nothing; so the pattern is a function of what was heard, not of the order in which it came.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from uuid import UUID, uuid5

# uuid5(NAMESPACE_URL, "https://attune.invalid/caseload-patterns"): fixed for ever, or told patterns would come again.
NAMESPACE = UUID("de8fb1fa-df31-5318-8449-7ac04c45a2fc")
KEPT = 500  # ruptures of one caseload, the latest to open; own: far more than a therapist has in any window


@dataclass(frozen=True, slots=True)
class Rule:
    """What makes a pattern: so many clients with a rupture that opened within so many days and was not repaired."""

    clients: int = 3  # own
    days: int = 28  # own: four weekly sessions


@dataclass(frozen=True, slots=True)
class Word:
    """The newest word on one rupture. It ``stands`` while it is open, and when it was not repaired in time."""

    rupture_id: str
    client_id: str
    opened_at: datetime
    stands: bool
    revision: int


@dataclass(frozen=True, slots=True)
class Pattern:
    """Clients of one therapist who slip together."""

    pattern_id: str
    client_ids: tuple[str, ...]
    rupture_ids: tuple[str, ...]
    first_opened_at: datetime
    last_opened_at: datetime


@dataclass(frozen=True, slots=True)
class Caseload:
    """What is known of one therapist's ruptures. ``told`` are the ruptures of the pattern that was told last;
    ``heard`` counts the words that changed anything.
    """

    site_id: str
    therapist_id: str
    words: Mapping[str, Word] = field(default_factory=dict)
    told: frozenset[str] = frozenset()
    heard: int = 0

    def with_word(self, word: Word) -> Caseload | None:
        """Take in a word; None when it is not newer than what is known, or older than the latest that are kept."""
        known = self.words.get(word.rupture_id)
        if known is not None and known.revision >= word.revision:
            return None
        words = {**self.words, word.rupture_id: word}
        latest = sorted(words.values(), key=lambda each: (each.opened_at, each.rupture_id))[-KEPT:]
        if word not in latest:
            return None
        return replace(self, words={each.rupture_id: each for each in latest}, heard=self.heard + 1)

    def pattern(self, rule: Rule) -> Pattern | None:
        """The pattern that is there now: the standing ruptures within ``days`` of the one that opened last."""
        standing = [word for word in self.words.values() if word.stands]
        if not standing:
            return None
        last = max(word.opened_at for word in standing)
        recent = [word for word in standing if word.opened_at > last - timedelta(days=rule.days)]
        clients = tuple(sorted({word.client_id for word in recent}))
        if len(clients) < rule.clients:
            return None
        ruptures = tuple(sorted(word.rupture_id for word in recent))
        name = "\n".join((self.site_id, self.therapist_id, *ruptures))
        return Pattern(str(uuid5(NAMESPACE, name)), clients, ruptures, min(word.opened_at for word in recent), last)

    def news(self, rule: Rule) -> tuple[Caseload, Pattern | None]:
        """The pattern to tell now, if there is one, and the caseload after it is told.

        A pattern is told once. It is told again when none of the ruptures told last is part of it any more, or when
        another client has joined those told last; a client who leaves and a second rupture of the same are no news.
        """
        pattern = self.pattern(rule)
        if pattern is None:
            return self, None
        told = {self.words[each].client_id for each in self.told if each in self.words}
        same = self.told & set(pattern.rupture_ids)
        if same and set(pattern.client_ids) <= told:
            return self, None
        return replace(self, told=frozenset(pattern.rupture_ids)), pattern
