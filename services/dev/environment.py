"""Keys, tokens and settings that a service of the embedded stack is started with; the tests use the same."""

from __future__ import annotations

import base64
import os
import secrets
from collections.abc import Callable, Iterable, Mapping
from datetime import timedelta
from pathlib import Path

from services.runtime import identity
from services.runtime.store.vault import MASTER_KEY_BYTES

SERVICES = ("intake", "feedback", "scoring", "alerting")  # in the order of their start: each after those that it asks
TOKEN_LIFE = timedelta(days=365)
REPOSITORY = Path(__file__).resolve().parents[2]
TOPICS_FILE = REPOSITORY / "deploy" / "kafka" / "topics.yaml"
# Which services each one asks over gRPC; one way, without cycles.
PEERS: Mapping[str, tuple[str, ...]] = {
    "intake": (),
    "feedback": ("intake", "alerting"),
    "scoring": (),
    "alerting": ("scoring", "intake"),
}


class Keys:
    """A token-signing key pair in a directory and the tokens made with it."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.private = directory / identity.PRIVATE_KEY_NAME
        self.public = directory / identity.PUBLIC_KEY_NAME
        if not self.private.exists():
            identity.generate_keys(directory)

    def token(self, subject: str, sites: Iterable[str], scopes: Iterable[str], ttl: timedelta = TOKEN_LIFE) -> str:
        """A signed token, as a caller sends it."""
        return identity.issue(self.private.read_bytes(), subject, sites, scopes, ttl)

    def token_file(self, name: str, sites: Iterable[str], scopes: Iterable[str]) -> Path:
        """A file `<name>.token`, readable by its owner only, with a fresh token whose subject is the name."""
        file = self.directory / f"{name}.token"
        draft = file.with_suffix(".new")
        draft.touch(mode=0o600)
        draft.write_text(self.token(name, sites, scopes))
        os.replace(draft, file)  # in one step: another process may be reading it
        return file

    def service_token(self, service: str) -> Path:
        """The token file of one of our services: every site, to read and to hand over."""
        return self.token_file(service, [identity.ALL_SITES], [identity.SERVICE, identity.READ])


def secret() -> str:
    """A random secret of 48 characters."""
    return secrets.token_urlsafe(36)


def master_key() -> str:
    """A key that wraps the data keys of clients, as feedback reads it."""
    return base64.b64encode(secrets.token_bytes(MASTER_KEY_BYTES)).decode()


def secret_file(file: Path, make: Callable[[], str] = secret) -> Path:
    """A file with a secret that only its owner reads; made once."""
    if not file.exists():
        file.parent.mkdir(parents=True, exist_ok=True)
        file.touch(mode=0o600)
        file.write_text(make())
    return file


def service_environment(
    service: str,
    *,
    bootstrap: str,
    mongo_uri: str,
    keys: Keys,
    database_prefix: str = "attune",
    peers: Mapping[str, str] | None = None,
    extra: Mapping[str, str] | None = None,
) -> dict[str, str]:
    """The ATTUNE_* variables of a service. `peers` maps service names to gRPC addresses; unneeded ones are left out."""
    settings = {
        "ATTUNE_KAFKA_BOOTSTRAP": bootstrap,
        "ATTUNE_MONGO_URI": mongo_uri,
        "ATTUNE_MONGO_DATABASE_PREFIX": database_prefix,
        "ATTUNE_TOKEN_PUBLIC_KEY_FILE": str(keys.public),
        "ATTUNE_SERVICE_TOKEN_FILE": str(keys.service_token(service)),
        "ATTUNE_TOPICS_FILE": str(TOPICS_FILE),
    }
    for peer in PEERS[service]:
        if peers and peer in peers:
            settings[f"ATTUNE_PEER_{peer.upper()}"] = peers[peer]
    return {**settings, **(extra or {})}
