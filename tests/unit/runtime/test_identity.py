from datetime import UTC, datetime, timedelta
from pathlib import Path

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from services.runtime.clock import ManualClock
from services.runtime.errors import Forbidden
from services.runtime.identity import (
    ALL_SITES,
    OPERATE,
    PUBLISH,
    READ,
    SERVICE,
    SUPERVISE,
    TREAT,
    Identity,
    Verifier,
    generate_keys,
    issue,
)

NOW = datetime(2026, 3, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def private(tmp_path: Path) -> bytes:
    return generate_keys(tmp_path)[0].read_bytes()


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOW)


@pytest.fixture
def verifier(private: bytes, tmp_path: Path, clock: ManualClock) -> Verifier:
    return Verifier(tmp_path / "token-signing.pub", clock)


def test_an_issued_token_is_verified(private: bytes, verifier: Verifier) -> None:
    token = issue(private, "clinic-north", ["north"], [READ, PUBLISH], HOUR, NOW)
    assert verifier.verify(token) == Identity("clinic-north", frozenset({"north"}), frozenset({READ, PUBLISH}))


def test_an_operator_is_no_clients_therapist_and_a_persons_scope_is_for_named_sites(
    private: bytes, verifier: Verifier
) -> None:
    operator = Identity("op", frozenset({ALL_SITES}), frozenset({OPERATE, TREAT, SUPERVISE}))
    assert not operator.allows("north", TREAT)
    assert not operator.allows("north", SUPERVISE)
    for scope in (TREAT, SUPERVISE):
        ana = verifier.verify(issue(private, "ana", ["north"], [READ, scope], HOUR, NOW))
        assert ana.allows("north", scope)
        assert not ana.allows("south", scope)
        with pytest.raises(ValueError, match="name the site"):
            issue(private, "ana", [ALL_SITES], [READ, scope], HOUR, NOW)


def test_a_remembered_token_still_expires(private: bytes, verifier: Verifier, clock: ManualClock) -> None:
    token = issue(private, "clinic-north", ["north"], [READ], HOUR, NOW)
    assert verifier.verify(token) is verifier.verify(token)
    clock.advance(HOUR)
    for _ in range(2):
        with pytest.raises(Forbidden, match="expired"):
            verifier.verify(token)


def test_what_is_not_ours_is_refused_without_repeating_it(private: bytes, verifier: Verifier, tmp_path: Path) -> None:
    good = issue(private, "x", ["north"], [READ], HOUR, NOW)
    claims = jwt.decode(good, options={"verify_signature": False})
    other = generate_keys(tmp_path / "other")[0].read_bytes()
    public = (tmp_path / "token-signing.pub").read_bytes()
    bad = {
        "another key": jwt.encode(claims, other, "EdDSA"),
        "no signature": jwt.encode(claims, None, "none"),
        "public key as secret": jwt.encode(claims, public.replace(b"-", b"_"), "HS256"),
        "changed": good[:-4] + ("AAAA" if good[-4:] != "AAAA" else "BBBB"),
        "another issuer": jwt.encode({**claims, "iss": "elsewhere"}, private, "EdDSA"),
        "another audience": jwt.encode({**claims, "aud": "elsewhere"}, private, "EdDSA"),
        "no expiry": jwt.encode({k: v for k, v in claims.items() if k != "exp"}, private, "EdDSA"),
        "no sites": jwt.encode({k: v for k, v in claims.items() if k != "sites"}, private, "EdDSA"),
        "sites as text": jwt.encode({**claims, "sites": "*"}, private, "EdDSA"),
        "empty": "",
    }
    for what, token in bad.items():
        with pytest.raises(Forbidden) as caught:
            verifier.verify(token)
        assert not token or token not in str(caught.value), what


def test_sites_and_scopes() -> None:
    clinic = Identity("c", frozenset({"north"}), frozenset({READ}))
    assert clinic.allows("north", READ)
    assert not clinic.allows("south", READ)
    assert not clinic.allows("north", PUBLISH)
    service = Identity("s", frozenset({ALL_SITES}), frozenset({SERVICE}))
    assert service.allows("north", SERVICE)
    assert not service.allows("north", READ)
    assert not service.allows("", SERVICE)
    operator = Identity("o", frozenset({ALL_SITES}), frozenset({OPERATE}))
    assert operator.allows("north", PUBLISH)


@pytest.mark.parametrize(("sites", "scopes"), [([], [READ]), (["north"], []), (["north"], ["everything"])])
def test_a_token_that_nobody_means_is_not_issued(private: bytes, sites: list[str], scopes: list[str]) -> None:
    with pytest.raises(ValueError, match="scopes"):
        issue(private, "x", sites, scopes, HOUR)


def test_the_private_key_is_private_and_never_overwritten(tmp_path: Path) -> None:
    private, public = generate_keys(tmp_path)
    assert private.stat().st_mode & 0o777 == 0o600
    before = private.read_bytes(), public.read_bytes()
    with pytest.raises(FileExistsError):
        generate_keys(tmp_path)
    assert (private.read_bytes(), public.read_bytes()) == before


def test_another_kind_of_key_is_refused(tmp_path: Path) -> None:
    key = rsa.generate_private_key(65537, 2048).public_key()
    file = tmp_path / "rsa.pub"
    file.write_bytes(key.public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo))
    with pytest.raises(ValueError, match="Ed25519"):
        Verifier(file)
