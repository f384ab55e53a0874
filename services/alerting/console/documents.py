"""Accounts, sessions and broken glass as documents."""

from typing import Any

from services.alerting.domain.access import Account, Grant, Role, Session

Doc = dict[str, Any]


def account_document(account: Account) -> Doc:
    """Write an account."""
    return {
        "username": account.username,
        "password_hash": account.password_hash,
        "totp": account.totp_sealed,
        "epoch": account.epoch,
        "last_step": account.last_step,
        "failures": account.failures,
        "locked_until": account.locked_until,
        "sites": sorted(account.grants),
        "grants": [
            {
                "site_id": grant.site_id,
                "roles": sorted(grant.roles),
                "person_id": grant.person_id,
                "therapist_id": grant.therapist_id,
                "emergency_until": grant.emergency_until,
            }
            for _, grant in sorted(account.grants.items())
        ],
    }


def read_account(document: Doc) -> Account:
    """Read an account."""
    grants = [
        Grant(
            each["site_id"],
            frozenset(Role(role) for role in each["roles"]),
            each["person_id"],
            each["therapist_id"],
            each["emergency_until"],
        )
        for each in document["grants"]
    ]
    return Account(
        username=document["username"],
        password_hash=document["password_hash"],
        totp_sealed=document["totp"],
        grants={grant.site_id: grant for grant in grants},
        epoch=document["epoch"],
        last_step=document["last_step"],
        failures=document["failures"],
        locked_until=document["locked_until"],
    )


def session_document(session: Session) -> Doc:
    """Write a session."""
    return {
        "username": session.username,
        "epoch": session.epoch,
        "csrf": session.csrf,
        "created_at": session.created_at,
        "seen_at": session.seen_at,
        "ended": session.ended,
    }


def read_session(document: Doc) -> Session:
    """Read a session."""
    names = ("username", "epoch", "csrf", "created_at", "seen_at", "ended")
    return Session(**{name: document[name] for name in names})
