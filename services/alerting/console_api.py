"""The gRPC door of the console's accounts, for operators."""

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from attune.alerting.v1 import console_service_pb2 as api
from attune.alerting.v1 import console_service_pb2_grpc as grpc_api

from services.alerting import messages
from services.alerting.console.accounts import Accounts, Secret
from services.alerting.domain.access import Role
from services.runtime.errors import Permanent
from services.runtime.identity import OPERATE
from services.runtime.rpc import current_identity

SERVICE_NAME = "attune.alerting.v1.ConsoleService"

# What a caller's token must allow at the request's site, by method.
SCOPES: Mapping[str, str] = MappingProxyType(
    {"AddUser": OPERATE, "ResetUser": OPERATE, "DisableUser": OPERATE, "ListUsers": OPERATE}
)


class ConsoleService(grpc_api.ConsoleServiceServicer):
    """Reads requests, calls a command, writes the answer. Sites, scopes, errors and audit are runtime.rpc's."""

    def __init__(self, accounts: Accounts) -> None:
        self._accounts = accounts

    async def AddUser(self, request: api.AddUserRequest, context: Any) -> api.AddUserResponse:
        """Make an account, or give one its roles at one more site."""
        for name in ("person_id", "therapist_id"):
            if getattr(request, name):
                messages.check_ids(**{name: getattr(request, name)})
        roles = [_role(each) for each in request.roles]
        secret = await self._accounts.add(
            request.site_id, request.username, roles, request.person_id, request.therapist_id, may=_operates
        )
        return api.AddUserResponse(secret=None if secret is None else _secret(secret))

    async def ResetUser(self, request: api.ResetUserRequest, context: Any) -> api.ResetUserResponse:
        """Give new secrets."""
        secret = await self._accounts.reset(request.site_id, request.username, may=_operates)
        return api.ResetUserResponse(secret=_secret(secret))

    async def DisableUser(self, request: api.DisableUserRequest, context: Any) -> api.DisableUserResponse:
        """Take the account's roles at the site away."""
        await self._accounts.disable(request.site_id, request.username)
        return api.DisableUserResponse()

    async def ListUsers(self, request: api.ListUsersRequest, context: Any) -> api.ListUsersResponse:
        """Return the accounts that have a role at the site."""
        users = []
        for account in await self._accounts.of_site(request.site_id):
            grant = account.grants[request.site_id]
            roles = [f"ROLE_{role.upper()}" for role in sorted(grant.roles)]
            users.append(
                api.User(
                    username=account.username,
                    roles=roles,
                    person_id=grant.person_id,
                    therapist_id=grant.therapist_id,
                )
            )
        return api.ListUsersResponse(users=users)


def _operates(site_id: str) -> bool:
    return current_identity().allows(site_id, OPERATE)


def _role(value: int) -> Role:
    known = {number: name for name, number in api.Role.items() if number}
    if value not in known:
        raise Permanent("roles", "is not a role", f"Give some of {', '.join(Role)}.")
    return Role(known[value].removeprefix("ROLE_").lower())


def _secret(secret: Secret) -> api.Secret:
    return api.Secret(password=secret.password, totp_uri=secret.totp_uri)
