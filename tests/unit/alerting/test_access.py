"""Accounts, roles and sessions, with a clock that stands still."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pyotp
import pytest
from argon2 import PasswordHasher
from structlog.testing import capture_logs

from services.alerting.console.accounts import PASSWORD_HASHER, Accounts, Secret
from services.alerting.console.sessions import Sessions
from services.alerting.domain import access
from services.alerting.domain.access import Account, Grant, Right, Role
from services.runtime.clock import ManualClock
from services.runtime.errors import Forbidden, NotFound, Permanent
from tests.unit.alerting.world import MemoryAggregates

NOW = datetime(2026, 1, 12, 3, 0, tzinfo=UTC)
IDLE, LONGEST = timedelta(minutes=15), timedelta(hours=12)


class World:
    def __init__(self) -> None:
        self.clock = ManualClock(NOW)
        self.stored = MemoryAggregates("accounts")
        self.accounts = Accounts(self.stored, b"k" * 48, self.clock, PasswordHasher(1, 8, 1))  # type: ignore[arg-type]
        self.kept = MemoryAggregates("sessions")
        self.sessions = Sessions(self.kept, self.accounts, self.clock, IDLE, LONGEST)  # type: ignore[arg-type]

    async def add(self, *roles: Role) -> Secret:
        secret = await self.accounts.add("north", "ana", roles or (Role.ON_CALL,), "ana", may=everywhere)
        assert secret
        return secret

    def code(self, secret: Secret, steps: int = 0) -> str:
        totp = pyotp.parse_uri(secret.totp_uri)
        assert isinstance(totp, pyotp.TOTP)
        return totp.generate_otp(int(self.clock.now().timestamp()) // 30 + steps)

    async def signs_in(self, secret: Secret, password: str | None = None, steps: int = 0) -> Account | None:
        return await self.accounts.sign_in("ana", password or secret.password, self.code(secret, steps))


def everywhere(site_id: str) -> bool:
    return True


def of_south(site_id: str) -> bool:
    return site_id == "south"


@pytest.fixture
def world() -> World:
    return World()


async def test_a_code_works_once_and_an_older_one_not_after_it(world: World) -> None:
    secret = await world.add()
    assert await world.signs_in(secret)
    assert not await world.signs_in(secret), "the same code again"
    assert not await world.signs_in(secret, steps=-1), "an older code after a newer"
    assert await world.signs_in(secret, steps=1)


@pytest.mark.parametrize(("steps", "works"), [(-2, False), (-1, True), (0, True), (1, True), (2, False)])
async def test_a_code_may_be_one_step_off(world: World, steps: int, works: bool) -> None:
    secret = await world.add()
    assert bool(await world.signs_in(secret, steps=steps)) is works


async def test_nothing_that_is_kept_opens_anything(world: World) -> None:
    secret = await world.add()
    account = await world.signs_in(secret)
    assert account
    token = await world.sessions.begin(account)
    kept = repr(world.stored.documents) + repr(world.kept.documents)
    seed = pyotp.parse_uri(secret.totp_uri).secret
    assert secret.password not in kept
    assert seed not in kept
    assert token not in kept
    assert secret.password not in repr(secret) + repr(account)
    assert world.stored.documents["ana"]["password_hash"].startswith("$argon2id$")


def test_passwords_are_hashed_as_rfc_9106_recommends() -> None:
    assert PASSWORD_HASHER.hash("x").startswith("$argon2id$v=19$m=65536,t=3,p=4$")


async def test_five_wrong_codes_lock_for_half_a_minute_and_more_for_longer(world: World) -> None:
    secret = await world.add()
    for _ in range(access.FREE_TRIES):
        assert not await world.signs_in(secret, steps=9)
    assert not await world.signs_in(secret), "locked"
    world.clock.advance(access.FIRST_LOCK)
    assert not await world.signs_in(secret, steps=9)
    world.clock.advance(access.FIRST_LOCK)
    assert not await world.signs_in(secret), "locked for twice as long"
    world.clock.advance(access.FIRST_LOCK)
    assert await world.signs_in(secret)
    for _ in range(access.FREE_TRIES - 1):
        assert not await world.signs_in(secret, steps=9)
    assert await world.signs_in(secret, steps=1), "a good one forgets the wrong ones"


async def test_wrong_passwords_keep_nobody_out(world: World) -> None:
    secret = await world.add()
    for _ in range(4 * access.FREE_TRIES):
        assert not await world.signs_in(secret, "wrong")
    assert await world.signs_in(secret)


async def test_a_right_code_among_wrong_ones_at_the_same_time_does_not_outrun_the_lock(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    secret = await world.add()
    seen = await world.accounts.get("ana")
    for _ in range(access.FREE_TRIES):
        assert not await world.signs_in(secret, steps=9)

    async def before_the_others(username: str) -> Account | None:
        return seen

    monkeypatch.setattr(world.accounts, "get", before_the_others)
    assert not await world.signs_in(secret)


def test_the_longest_lock_is_a_quarter_of_an_hour() -> None:
    account = Account("ana", "", "", {}, failures=10_000)
    locked = access.refused(account, NOW).locked_until
    assert locked == NOW + access.LONGEST_LOCK


async def test_a_session_ends_idle_and_ends_anyway(world: World) -> None:
    secret = await world.add()
    account = await world.signs_in(secret)
    assert account
    token = await world.sessions.begin(account)
    world.clock.advance(IDLE - timedelta(seconds=1))
    assert await world.sessions.visitor(token, present=False)
    world.clock.advance(timedelta(seconds=1))
    assert not await world.sessions.visitor(token, present=True), "what a script asks does not keep it alive"
    token = await world.sessions.begin(account)
    for _ in range(int(LONGEST / timedelta(minutes=10)) - 1):
        world.clock.advance(timedelta(minutes=10))
        assert await world.sessions.visitor(token, present=True)
    world.clock.advance(timedelta(minutes=10))
    assert not await world.sessions.visitor(token, present=True)


async def test_every_session_ends_with_a_reset_and_when_roles_are_taken(world: World) -> None:
    secret = await world.add()
    account = await world.signs_in(secret)
    assert account
    first = await world.sessions.begin(account)
    new = await world.accounts.reset("north", "ana", may=everywhere)
    assert not await world.sessions.visitor(first, present=True)
    assert not await world.signs_in(secret)
    account = await world.signs_in(new)
    assert account
    second = await world.sessions.begin(account)
    await world.accounts.disable("north", "ana")
    assert not await world.sessions.visitor(second, present=True)


async def test_an_account_is_found_at_its_sites_only(world: World) -> None:
    await world.add()
    with pytest.raises(NotFound):
        await world.accounts.reset("south", "ana", may=everywhere)
    for command in (world.accounts.disable, world.accounts.break_glass):
        with pytest.raises(NotFound):
            await command("south", "ana")
    assert await world.accounts.add("south", "ana", (Role.THERAPIST,), may=everywhere) is None, "no new secret"
    assert {each.username for each in await world.accounts.of_site("north")} <= {"ana"}


async def test_an_operator_of_one_site_cannot_take_an_account_of_another_over(world: World) -> None:
    secret = await world.add()
    with pytest.raises(Forbidden, match="another site"):
        await world.accounts.add("south", "ana", (Role.OPERATOR,), may=of_south)
    await world.accounts.add("south", "ana", (Role.THERAPIST,), may=everywhere)
    with pytest.raises(Forbidden, match="another site"):
        await world.accounts.reset("south", "ana", may=of_south)
    account = await world.signs_in(secret)
    assert account
    token = await world.sessions.begin(account)
    await world.accounts.disable("south", "ana")
    visitor = await world.sessions.visitor(token, present=True)
    assert visitor, "the session at the other site goes on"
    assert set(visitor.account.grants) == {"north"}


async def test_an_account_without_a_role_is_made_anew_when_it_is_added_again(world: World) -> None:
    secret = await world.add()
    account = await world.signs_in(secret)
    assert account
    token = await world.sessions.begin(account)
    await world.accounts.disable("north", "ana")
    new = await world.accounts.add("south", "ana", (Role.THERAPIST,), may=of_south)
    assert new
    assert not await world.sessions.visitor(token, present=True)
    assert not await world.signs_in(secret, steps=1), "the old secrets"
    assert await world.signs_in(new)


async def test_a_second_factor_of_another_key_opens_nothing_and_the_operator_is_told(world: World) -> None:
    secret = await world.add()
    hasher = PasswordHasher(1, 8, 1)
    world.accounts = Accounts(world.stored, b"n" * 48, world.clock, hasher)  # type: ignore[arg-type]
    with capture_logs() as logged:
        assert not await world.signs_in(secret)
    assert [each["username"] for each in logged if "reset the account" in each["event"]] == ["ana"]
    assert await world.signs_in(await world.accounts.reset("north", "ana", may=everywhere))


@pytest.mark.parametrize("username", ["", "A", "a", "ana bo", "../x", "ana@x", "a" * 65, "-ana"])
async def test_odd_names_are_refused(world: World, username: str) -> None:
    with pytest.raises(Permanent):
        await world.accounts.add("north", username, (Role.THERAPIST,), may=everywhere)
    assert await world.accounts.sign_in(username, "x", "123456") is None


def test_who_may_see_what() -> None:
    def rights(*roles: Role) -> frozenset[Right]:
        return Grant("north", frozenset(roles)).rights(NOW)

    clinical = {Right.OWN, Right.ALERTS, Right.CLIENTS}
    assert not rights(Role.SITE_ADMIN, Role.OPERATOR) & clinical
    assert Right.CLIENTS not in rights(Role.ON_CALL)
    assert rights(Role.THERAPIST) & clinical == {Right.OWN}
    assert clinical <= rights(Role.SUPERVISOR)
    assert Right.AUDIT not in rights(Role.THERAPIST, Role.SUPERVISOR, Role.ON_CALL)


def test_a_therapist_sees_own_clients_and_all_while_the_glass_is_broken() -> None:
    grant = Grant("north", frozenset({Role.THERAPIST}), therapist_id="th-1")
    assert grant.sees("th-1", Right.ALERTS, NOW)
    assert not grant.sees("th-2", Right.ALERTS, NOW)
    assert not replace(grant, therapist_id="").sees("", Right.ALERTS, NOW), "nobody's client is nobody's own"
    broken = replace(grant, emergency_until=NOW + access.EMERGENCY)
    assert broken.sees("th-2", Right.CLIENTS, NOW)
    assert not broken.sees("th-2", Right.CLIENTS, NOW + access.EMERGENCY)
