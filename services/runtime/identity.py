"""Who is calling: Ed25519-signed tokens with sites and scopes, verified with the public key alone."""

import hashlib
import os
from collections import OrderedDict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from services.runtime.clock import Clock, SystemClock
from services.runtime.errors import Forbidden

ISSUER = AUDIENCE = "attune"
ALGORITHM = "EdDSA"
ALL_SITES = "*"
PRIVATE_KEY_NAME = "token-signing.key"
PUBLIC_KEY_NAME = "token-signing.pub"

PUBLISH = "publish"  # send events in
READ = "read"  # look at a site's data
ACT = "act"  # acknowledge and close alerts
TREAT = "treat"  # the token's subject is a therapist's id: what that therapist's own clients write
SUPERVISE = "supervise"  # the site's supervisor: what clients write for their therapist and the supervisor
OPERATE = "operate"  # dead letters, and everything else
KIOSK = "kiosk"  # open forms on a screen in the waiting room, and nothing else
SERVICE = "service"  # one of our own services
SCOPES = frozenset({PUBLISH, READ, ACT, TREAT, SUPERVISE, OPERATE, KIOSK, SERVICE})
# A person's part in the care at a site: no other scope includes them, and a token for every site has none.
PERSONAL = frozenset({TREAT, SUPERVISE})

_CACHE_LIMIT = 4096


@dataclass(frozen=True, slots=True)
class Identity:
    """A verified caller."""

    subject: str
    sites: frozenset[str]
    scopes: frozenset[str]

    def allows(self, site_id: str, scope: str) -> bool:
        """Tell whether this caller may use ``scope`` at ``site_id``; ``operate`` includes every scope that is not of a
        person.
        """
        if scope in PERSONAL:
            return site_id in self.sites and scope in self.scopes
        return self.allows_site(site_id) and (scope in self.scopes or OPERATE in self.scopes)

    def allows_site(self, site_id: str) -> bool:
        """Tell whether the token is for this site at all."""
        return bool(site_id) and (site_id in self.sites or ALL_SITES in self.sites)


class Verifier:
    """Verifies tokens. A verified token is remembered by its hash until it expires, so a stream pays for it once."""

    def __init__(self, public_key_file: Path, clock: Clock | None = None) -> None:
        key = serialization.load_pem_public_key(Path(public_key_file).read_bytes())
        if not isinstance(key, Ed25519PublicKey):
            raise ValueError(f"{public_key_file}: not an Ed25519 public key")
        self._key = key
        self._clock = clock or SystemClock()
        self._verified: OrderedDict[bytes, tuple[float, Identity]] = OrderedDict()

    def verify(self, token: str) -> Identity:
        """Return the caller, or raise Forbidden saying why the token is refused (never repeating it)."""
        digest = hashlib.sha256(token.encode()).digest()
        now = self._clock.now().timestamp()
        known = self._verified.get(digest)
        if known is not None:
            if known[0] > now:
                return known[1]
            del self._verified[digest]
        expires, identity = self._decode(token)
        if expires <= now:
            raise Forbidden("token", "has expired", "Ask the operator for a new one.")
        while len(self._verified) >= _CACHE_LIMIT:
            self._verified.popitem(last=False)
        self._verified[digest] = (expires, identity)
        return identity

    def _decode(self, token: str) -> tuple[float, Identity]:
        # The expiry is compared with the injected clock by the caller; "not before" and "issued at" are not used,
        # because a clinic's clock may be behind ours.
        options: Any = {"require": ["exp", "sub"], "verify_exp": False, "verify_iat": False, "verify_nbf": False}
        try:
            claims = jwt.decode(
                token, self._key, algorithms=[ALGORITHM], audience=AUDIENCE, issuer=ISSUER, options=options
            )
            sites, scopes = _strings(claims["sites"]), _strings(claims["scopes"])
            return float(claims["exp"]), Identity(str(claims["sub"]), sites, scopes)
        except (jwt.InvalidTokenError, KeyError, TypeError, ValueError) as error:
            raise Forbidden(
                "token", f"is not a valid token of this installation ({type(error).__name__})", "Check the token file."
            ) from None


def _strings(value: object) -> frozenset[str]:
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise TypeError("not a list of strings")
    return frozenset(value)


def issue(
    private_key_pem: bytes | str,
    subject: str,
    sites: Iterable[str],
    scopes: Iterable[str],
    ttl: timedelta,
    now: datetime | None = None,
) -> str:
    """Sign a token for ``subject``; ValueError on an unknown scope or no site, because such a token is never meant."""
    site_list, scope_list = sorted(set(sites)), sorted(set(scopes))
    unknown = set(scope_list) - SCOPES
    if unknown or not scope_list or not site_list:
        raise ValueError(f"a token needs sites and scopes of {sorted(SCOPES)}; unknown: {sorted(unknown)}")
    if ALL_SITES in site_list and PERSONAL.intersection(scope_list):
        raise ValueError(
            f"the scopes {sorted(PERSONAL)} are a person's at a site; name the site instead of {ALL_SITES}"
        )
    issued = now or datetime.now(UTC)
    claims = {
        "iss": ISSUER,
        "aud": AUDIENCE,
        "sub": subject,
        "sites": site_list,
        "scopes": scope_list,
        "iat": int(issued.timestamp()),
        "exp": int((issued + ttl).timestamp()),
    }
    pem = private_key_pem.encode() if isinstance(private_key_pem, str) else private_key_pem
    return jwt.encode(claims, pem, algorithm=ALGORITHM)


def generate_keys(directory: Path) -> tuple[Path, Path]:
    """Write a new key pair and return (private, public).

    FileExistsError when there is one already: every token would die with the old key.
    """
    directory = Path(directory)
    directory.mkdir(parents=True, exist_ok=True)
    private_file, public_file = directory / PRIVATE_KEY_NAME, directory / PUBLIC_KEY_NAME
    key = Ed25519PrivateKey.generate()
    private = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    public = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    # Created with its mode, so that it is never readable by others, not even for a moment.
    with os.fdopen(os.open(private_file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as file:
        file.write(private)
    public_file.write_bytes(public)
    return private_file, public_file
