"""Where things are: addresses and tokens, from flags, the environment or the endpoints file of the embedded stack."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from services.cli.errors import USAGE, Problem

SERVICES = ("intake", "feedback", "scoring", "alerting")
OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Where:
    """Addresses as known to this call. A flag or variable wins over the endpoints file."""

    file: Path
    kafka_flag: str = ""
    mongo_flag: str = ""
    grpc_flags: Mapping[str, str] = field(default_factory=dict)
    http_flags: Mapping[str, str] = field(default_factory=dict)
    token_flag: Path | None = None
    topics_file: Path | None = None

    @property
    def endpoints(self) -> dict[str, Any]:
        """The endpoints file, or an empty mapping where there is none."""
        try:
            text = self.file.read_text("utf-8")
        except FileNotFoundError:
            return {}
        try:
            found = json.loads(text)
        except ValueError as error:
            raise Problem(f"{self.file} is not JSON ({error}); start `attune demo` again to write it anew") from error
        if not isinstance(found, dict):
            raise Problem(f"{self.file} is not a JSON object; start `attune demo` again to write it anew")
        return found

    def _missing(self, what: str, flag: str) -> Problem:
        return Problem(
            f"no address of {what}: {self.file} does not name it; start `attune demo`, or give {flag}", USAGE
        )

    def kafka(self) -> str:
        """Bootstrap address of Kafka, host:port."""
        found = self.kafka_flag or self.endpoints.get("kafka", {}).get("bootstrap", "")
        if not found:
            raise self._missing("Kafka", "--kafka or ATTUNE_KAFKA_BOOTSTRAP")
        return str(found)

    def mongo(self) -> str:
        """URI of MongoDB."""
        found = self.mongo_flag or self.endpoints.get("mongo", {}).get("uri", "")
        if not found:
            raise self._missing("MongoDB", "--mongo or ATTUNE_MONGO_URI")
        return str(found)

    def grpc(self, service: str) -> str:
        """gRPC address of one service, host:port."""
        found = self.grpc_flags.get(service) or self.endpoints.get("services", {}).get(service, {}).get("grpc", "")
        if not found:
            raise self._missing(f"{service}'s gRPC", f"--{service} or ATTUNE_PEER_{service.upper()}")
        return str(found)

    def http(self, service: str) -> str:
        """Base URL of one service's HTTP side; empty when unknown."""
        found = self.http_flags.get(service) or self.endpoints.get("services", {}).get(service, {}).get("http", "")
        if not found:
            return ""
        return str(found) if str(found).startswith("http") else f"http://{found}"

    def gateways(self) -> dict[str, str]:
        """The recording gateways of the embedded stack by kind; empty elsewhere."""
        return {str(kind): str(url) for kind, url in self.endpoints.get("gateways", {}).items()}

    def sites(self) -> list[str]:
        """The sites that the endpoints file knows."""
        return [str(site) for site in self.endpoints.get("sites", [])]

    def chosen_sites(self, site: str | None) -> list[str]:
        """The given site, or every known one."""
        found = [site] if site else self.sites()
        if not found:
            raise Problem(
                f"no site is known here, for {self.file} names none; start `attune demo`, or give --site", USAGE
            )
        return found

    def tokens(self) -> dict[str, Path]:
        """Files with tokens by holder (a site, operator, service, clinician-<site>)."""
        return {str(name): self.path(str(path)) for name, path in self.endpoints.get("tokens", {}).items()}

    def public_key(self) -> Path | None:
        """The file with the public key that tokens are verified with, where known."""
        found = self.endpoints.get("keys", {}).get("public")
        return self.path(str(found)) if found else None

    def path(self, text: str) -> Path:
        """A path of the endpoints file; relative ones start at the parent of the file's folder."""
        path = Path(text)
        return path if path.is_absolute() else self.file.absolute().parent.parent / path

    def token(self, *holders: str) -> str:
        """The token of --token-file, else that of the first holder who has one here."""
        if self.token_flag is not None:
            return _read_token(self.token_flag)
        known = self.tokens()
        for holder in holders:
            if holder in known:
                return _read_token(known[holder])
        wanted = " or ".join(holders)
        raise Problem(
            f"no token of {wanted} in {self.file}; give --token-file, or issue one: `attune token issue`", USAGE
        )


def _read_token(path: Path) -> str:
    try:
        text = path.read_text("utf-8").strip()
    except OSError as error:
        raise Problem(f"cannot read the token in {path} ({error.strerror}); give --token-file", USAGE) from error
    if not text:
        raise Problem(f"the token file {path} is empty; issue a token with `attune token issue`", USAGE)
    return text
