"""Accounts: passwords hashed with Argon2id, codes by time (RFC 6238) that work once, locks that are short.

Passwords are never chosen by people: each is generated here, with 80 random bits, and shown once. So there is no list
of bad ones to look up, and nothing that a person uses elsewhere.
"""

import asyncio
import base64
import hmac
import secrets
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from datetime import datetime

import pyotp
from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerifyMismatchError
from cryptography.fernet import Fernet, InvalidToken
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from services.alerting.console.documents import Doc, account_document, read_account
from services.alerting.domain import access
from services.alerting.domain.access import USERNAME, Account, Grant, Role
from services.runtime.clock import Clock
from services.runtime.errors import Forbidden, NotFound, Permanent
from services.runtime.store import Aggregates, Change, Index
from services.runtime.telemetry import get_logger

ACCOUNTS = "accounts"
ACCOUNT_INDEXES = (Index(["sites", "username"]),)
LISTED = 500

ISSUER = "Attune"
STEP_SECONDS = 30  # of a code (RFC 6238, 5.2)
DRIFT = 1  # steps before and after now that a code may be of (RFC 6238, 5.2)
_PASSWORD_GROUPS, _GROUP = 4, 4  # four groups of four base32 characters: 80 bits
# Hashes at once: each takes 64 MiB and most of a core (own).
_AT_ONCE = 2
# RFC 9106, second recommended option: 64 MiB, three passes, four lanes.
PASSWORD_HASHER = PasswordHasher(time_cost=3, memory_cost=65_536, parallelism=4)


log = get_logger(__name__)

# Whether the caller operates a site.
May = Callable[[str], bool]


@dataclass(frozen=True, slots=True)
class Secret:
    """What a new account is handed, once."""

    password: str = field(repr=False)
    totp_uri: str = field(repr=False)


class Accounts:
    """The commands and queries of accounts. ``key`` seals the second factors; whoever reads the database lacks it."""

    def __init__(
        self, accounts: Aggregates, key: bytes, clock: Clock, hasher: PasswordHasher = PASSWORD_HASHER
    ) -> None:
        self._accounts = accounts
        self._clock = clock
        derived = HKDF(SHA256(), 32, None, b"attune console second factor").derive(key)
        self._cipher = Fernet(base64.urlsafe_b64encode(derived))
        self._hasher = hasher
        self._slots = asyncio.Semaphore(_AT_ONCE)
        # What a try on a name that is not there is compared with, so that it takes as long.
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    async def get(self, username: str) -> Account | None:
        """Return an account."""
        document = await self._accounts.get(username)
        return None if document is None else read_account(document)

    async def of_site(self, site_id: str) -> list[Account]:
        """Return the accounts that have a role at a site, by name."""
        found = await self._accounts.find({"sites": site_id}, sort=[("username", 1)], limit=LISTED)
        return [read_account(document) for document in found]

    async def add(
        self,
        site_id: str,
        username: str,
        roles: Iterable[Role],
        person_id: str = "",
        therapist_id: str = "",
        *,
        may: May,
    ) -> Secret | None:
        """Make an account, or give one its roles at one more site; None for one that is there.

        One that has no role left anywhere is made anew: nothing that was known of it before opens it. Forbidden when it
        has roles at a site that the caller does not operate.
        """
        if not USERNAME.match(username):
            raise Permanent("username", "is not a user name", "Give 2 to 64 lower-case letters, digits and . _ -")
        given = frozenset(roles)
        if not given:
            raise Permanent("roles", "are missing", f"Give some of {', '.join(Role)}.")
        grant = Grant(site_id, given, person_id, therapist_id)
        made = await self._fresh(username)
        new: list[bool] = []

        def decide(account: Account | None) -> Account:
            new[:] = [account is None or not account.grants]
            if account is None:
                return Account(username, made.password_hash, made.totp_sealed, {site_id: grant})
            if not account.grants:
                return _renewed(account, made).with_grant(grant)
            return _operated(account, may).with_grant(grant)

        await self._change(username, decide)
        return made.secret if new[0] else None

    async def reset(self, site_id: str, username: str, *, may: May) -> Secret:
        """Give new secrets; every session ends, a lock is lifted. NotFound when the account has no role at the site.

        The secrets open every site of the account, so Forbidden when it has roles at one that the caller does not
        operate.
        """
        made = await self._fresh(username)
        await self._change(username, lambda account: _renewed(_operated(_at(account, site_id), may), made))
        return made.secret

    async def disable(self, site_id: str, username: str) -> None:
        """Take the roles at a site away, at once; sessions end with the last role. NotFound when there are none."""
        await self._change(username, lambda account: _at(account, site_id).without(site_id))

    async def break_glass(self, site_id: str, username: str) -> datetime:
        """Widen the account's rights at a site for an hour; return until when."""
        until = self._clock.now() + access.EMERGENCY

        def decide(account: Account | None) -> Account:
            known = _at(account, site_id)
            return known.with_grant(replace(known.grants[site_id], emergency_until=until))

        await self._change(username, decide)
        return until

    async def sign_in(self, username: str, password: str, code: str) -> Account | None:
        """Return the account when password and code are right and the code was not used before; else None.

        Every refusal looks the same and takes as long, whether there is such an account, whether it is locked, and
        whichever of the two was wrong. Only a wrong code with the right password counts towards a lock: nobody guesses
        80 random bits, and who knows only a name keeps its owner out of nothing.
        """
        account = await self.get(username) if USERNAME.match(username) else None
        right = await self._matches(self._nobody if account is None else account.password_hash, password)
        if account is None or not right or account.locked(self._clock.now()):
            return None
        try:
            step = self._step(account, code)
        except InvalidToken:
            log.exception("a second factor was sealed with another link key: reset the account", username=username)
            return None
        if step is None:
            await self._change(username, lambda known: known and access.refused(known, self._clock.now()))
            return None
        return await self._admit(account, step)

    async def _admit(self, seen: Account, step: int) -> Account | None:
        """Use the code up. Of two who use it at once, one is admitted; none when tries at the same time locked it."""
        admitted: list[Account] = []

        def decide(account: Account | None) -> Account | None:
            admitted.clear()
            if account is None or account.password_hash != seen.password_hash or account.last_step >= step:
                return None
            if account.locked(self._clock.now()):
                return None
            admitted.append(access.admitted(account, step))
            return admitted[0]

        await self._change(seen.username, decide)
        return admitted[0] if admitted else None

    def _step(self, account: Account, code: str) -> int | None:
        """Return the time step that a code is of, when it is one and was not used."""
        totp = pyotp.TOTP(self._cipher.decrypt(account.totp_sealed.encode()).decode(), interval=STEP_SECONDS)
        now = int(self._clock.now().timestamp()) // STEP_SECONDS
        given = code.replace(" ", "").encode()
        found = None
        for step in range(now - DRIFT, now + DRIFT + 1):
            if hmac.compare_digest(totp.generate_otp(step).encode(), given) and step > account.last_step:
                found = step
        return found

    async def _fresh(self, username: str) -> "_Made":
        letters = base64.b32encode(secrets.token_bytes(_PASSWORD_GROUPS * _GROUP * 5 // 8)).decode().lower()
        password = "-".join(letters[at : at + _GROUP] for at in range(0, len(letters), _GROUP))
        seed = pyotp.random_base32()
        uri = pyotp.TOTP(seed, interval=STEP_SECONDS).provisioning_uri(name=username, issuer_name=ISSUER)
        async with self._slots:
            hashed = await asyncio.to_thread(self._hasher.hash, password)
        return _Made(Secret(password, uri), hashed, self._cipher.encrypt(seed.encode()).decode())

    async def _matches(self, hashed: str, password: str) -> bool:
        def verify() -> bool:
            try:
                return self._hasher.verify(hashed, password)
            except (VerifyMismatchError, InvalidHashError):
                return False

        async with self._slots:
            return await asyncio.to_thread(verify)

    async def _change(self, username: str, decide: Callable[[Account | None], Account | None]) -> None:
        def decide_document(document: Doc | None) -> Change | None:
            changed = decide(read_account(document) if document else None)
            return None if changed is None else Change(account_document(changed))

        await self._accounts.change(username, decide_document)


@dataclass(frozen=True, slots=True)
class _Made:
    secret: Secret
    password_hash: str
    totp_sealed: str


def _renewed(account: Account, made: _Made) -> Account:
    """Return the account with new secrets; nothing of before counts any more."""
    return replace(
        account,
        password_hash=made.password_hash,
        totp_sealed=made.totp_sealed,
        epoch=account.epoch + 1,
        last_step=0,
        failures=0,
        locked_until=None,
    )


def _operated(account: Account, may: May) -> Account:
    if not all(may(site_id) for site_id in account.grants):
        raise Forbidden("username", "has roles at another site", "Ask an operator of all its sites.")
    return account


def _at(account: Account | None, site_id: str) -> Account:
    if account is None or site_id not in account.grants:
        raise NotFound("username", "there is no such account at this site")
    return account
