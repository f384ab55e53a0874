"""Who may see and do what in the console: roles at sites, and the emergency that widens them for a while.

Own: the division follows the clinical reference, 6.5. The treating therapist and the supervisor see ratings; whoever is
on call sees what an alert needs; those who administer see figures and the audit, and no client.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import StrEnum
from types import MappingProxyType

USERNAME = re.compile(r"[a-z0-9][a-z0-9._-]{1,63}\Z")
# Wrong codes in a row, each with the right password, that close an account for a while, and for how long, doubled with
# each more (own). Short, because whoever is on call at night must not be kept out for an hour.
FREE_TRIES = 5
FIRST_LOCK = timedelta(seconds=30)
LONGEST_LOCK = timedelta(minutes=15)
EMERGENCY = timedelta(hours=1)  # how long broken glass stays open (own)


class Role(StrEnum):
    """What somebody is at a site."""

    THERAPIST = "therapist"
    SUPERVISOR = "supervisor"
    ON_CALL = "on_call"
    SITE_ADMIN = "site_admin"
    OPERATOR = "operator"


class Right(StrEnum):
    """What a page of the console needs."""

    OWN = "own"  # alerts and clients of one's own
    ALERTS = "alerts"  # every alert of the site, with the client that it is about
    CLIENTS = "clients"  # every client of the site
    CASELOAD = "caseload"
    FIGURES = "figures"
    ON_CALL = "on-call"
    AUDIT = "audit"
    BREAK_GLASS = "break-glass"


RIGHTS: Mapping[Role, frozenset[Right]] = MappingProxyType(
    {
        Role.THERAPIST: frozenset({Right.OWN, Right.ON_CALL, Right.BREAK_GLASS}),
        Role.SUPERVISOR: frozenset(
            {Right.OWN, Right.ALERTS, Right.CLIENTS, Right.CASELOAD, Right.FIGURES, Right.ON_CALL}
        ),
        Role.ON_CALL: frozenset({Right.ALERTS, Right.ON_CALL, Right.BREAK_GLASS}),
        Role.SITE_ADMIN: frozenset({Right.FIGURES, Right.ON_CALL, Right.AUDIT, Right.BREAK_GLASS}),
        Role.OPERATOR: frozenset({Right.ON_CALL, Right.AUDIT}),
    }
)
EMERGENCY_RIGHTS = frozenset({Right.ALERTS, Right.CLIENTS})


@dataclass(frozen=True, slots=True)
class Grant:
    """What an account is at one site. ``person_id`` is theirs in the on-call file, ``therapist_id`` in the clinic's."""

    site_id: str
    roles: frozenset[Role]
    person_id: str = ""
    therapist_id: str = ""
    emergency_until: datetime | None = None

    def rights(self, now: datetime) -> frozenset[Right]:
        """Return everything that they may at the site now."""
        usual = frozenset().union(*(RIGHTS[role] for role in self.roles))
        emergency = self.emergency_until is not None and now < self.emergency_until
        return usual | EMERGENCY_RIGHTS if emergency else usual

    def sees(self, therapist_id: str, wide: Right, now: datetime) -> bool:
        """Tell whether they may see what is about a client of this therapist; ``wide`` is the right to see any."""
        rights = self.rights(now)
        return wide in rights or (Right.OWN in rights and self.treats(therapist_id))

    def treats(self, therapist_id: str) -> bool:
        """Tell whether they are this therapist."""
        return bool(therapist_id) and therapist_id == self.therapist_id


@dataclass(frozen=True, slots=True)
class Account:
    """Somebody who may sign in.

    ``epoch`` grows when every session has to end; ``last_step`` is the time step of the last code. The secrets are a
    hash and a cipher text; both stay out of logs.
    """

    username: str
    password_hash: str = field(repr=False)
    totp_sealed: str = field(repr=False)
    grants: Mapping[str, Grant]
    epoch: int = 1
    last_step: int = 0
    failures: int = 0
    locked_until: datetime | None = None

    def locked(self, now: datetime) -> bool:
        """Tell whether it is closed for now."""
        return self.locked_until is not None and now < self.locked_until

    def with_grant(self, grant: Grant) -> "Account":
        """Return the account with its roles at one site set."""
        return replace(self, grants={**self.grants, grant.site_id: grant})

    def without(self, site_id: str) -> "Account":
        """Return the account without its roles at a site, and without any role left with every session over."""
        left = {name: grant for name, grant in self.grants.items() if name != site_id}
        return replace(self, grants=left, epoch=self.epoch if left else self.epoch + 1)


def refused(account: Account, now: datetime) -> Account:
    """Count a wrong code."""
    failures = account.failures + 1
    locked = None
    if failures >= FREE_TRIES:
        # Beyond 2**10 every lock is the longest one.
        locked = now + min(FIRST_LOCK * 2 ** min(failures - FREE_TRIES, 10), LONGEST_LOCK)
    return replace(account, failures=failures, locked_until=locked)


def admitted(account: Account, step: int) -> Account:
    """Note the code that was used, so that it is used once; forget wrong codes."""
    return replace(account, last_step=step, failures=0, locked_until=None)


@dataclass(frozen=True, slots=True)
class Session:
    """A browser that somebody signed in with."""

    username: str
    epoch: int
    csrf: str = field(repr=False)
    created_at: datetime
    seen_at: datetime
    ended: bool = False

    def over(self, account: Account, now: datetime, idle: timedelta, longest: timedelta) -> bool:
        """Tell whether it may no longer be used: ended, idle, too old, or its account is not what it was."""
        return (
            self.ended or self.epoch != account.epoch or now >= self.seen_at + idle or now >= self.created_at + longest
        )
