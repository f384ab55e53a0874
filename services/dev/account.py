"""The demo's account of the console: made at the first start, its secrets in a file that only its owner reads."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from pathlib import Path

import grpc
from attune.alerting.v1 import console_service_pb2 as api
from attune.alerting.v1 import console_service_pb2_grpc

FILE_NAME = "console.json"
USERNAME = "demo"
PERSON = "supervisor"  # of the on-call file that oncall.py writes
THERAPIST = "th-01"  # of the simulated clinics, so that "my clients" has some
ROLES = (api.ROLE_THERAPIST, api.ROLE_SUPERVISOR, api.ROLE_SITE_ADMIN)
_SECONDS = 20.0


def ensure(root: Path, address: str, token: str, sites: Sequence[str]) -> Path:
    """Make the account, or leave it as it is; return the file with its password and second factor."""
    file = root / FILE_NAME
    metadata = [("authorization", f"Bearer {token}")]
    with grpc.insecure_channel(address) as channel:
        stub = console_service_pb2_grpc.ConsoleServiceStub(channel)
        secret: api.Secret | None = None
        for site in sites:
            request = api.AddUserRequest(
                site_id=site, username=USERNAME, roles=ROLES, person_id=PERSON, therapist_id=THERAPIST
            )
            answer = stub.AddUser(request, timeout=_SECONDS, metadata=metadata, wait_for_ready=True)
            secret = answer.secret if answer.HasField("secret") else secret
        if secret is None and not file.exists():
            again = api.ResetUserRequest(site_id=sites[0], username=USERNAME)
            secret = stub.ResetUser(again, timeout=_SECONDS, metadata=metadata).secret
    if secret is not None:
        _write(file, {"username": USERNAME, "password": secret.password, "totp_uri": secret.totp_uri})
    return file


def _write(file: Path, content: dict[str, str]) -> None:
    draft = file.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as out:
        json.dump(content, out, indent=2)
    draft.replace(file)
