"""The gRPC door of a service, with health and reflection."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import grpc
from google.protobuf import descriptor_pool
from grpc_health.v1 import health, health_pb2, health_pb2_grpc
from grpc_reflection.v1alpha import reflection

from services.runtime.audit import Audit
from services.runtime.identity import SCOPES, Verifier
from services.runtime.metrics import Metrics
from services.runtime.rpc.guard import DEFAULT_DEADLINE_SECONDS, Guard
from services.runtime.settings import Settings, split_address

MAX_MESSAGE_BYTES = 1024 * 1024
# The health service's name for "all doors of this process".
DOORS = ""

ServiceEntry = tuple[Callable[[Any, Any], None], Any, str]

_OPTIONS = (
    ("grpc.max_receive_message_length", MAX_MESSAGE_BYTES),
    ("grpc.max_send_message_length", MAX_MESSAGE_BYTES),
    # A second process on the port must fail loudly instead of taking half of the calls.
    ("grpc.so_reuseport", 0),
    # Clients may ask every 10 s whether a quiet connection still lives.
    ("grpc.http2.min_ping_interval_without_data_ms", 10_000),
    ("grpc.keepalive_permit_without_calls", 1),
)


class Server:
    """A gRPC server as a part of a service. Health says NOT_SERVING until ``set_serving(True)``."""

    def __init__(self, settings: Settings, services: Sequence[ServiceEntry], guard: Guard) -> None:
        self.healthy = False
        self.address = ""
        self._bind = settings.grpc_bind
        self._drain_seconds = settings.drain_seconds
        self._services = services
        self._guard = guard
        self._health = health.aio.HealthServicer()
        self._server: Any = None

    async def start(self) -> None:
        """Open the port; OSError when it is taken."""
        server = grpc.aio.server(interceptors=[self._guard], options=_OPTIONS)
        for add, servicer, _ in self._services:
            add(servicer, server)
        health_pb2_grpc.add_HealthServicer_to_server(self._health, server)
        names = [name for _, _, name in self._services]
        reflection.enable_server_reflection([*names, health.SERVICE_NAME, reflection.SERVICE_NAME], server)
        await self.set_serving(False)
        try:
            port = server.add_insecure_port(self._bind)
        except RuntimeError as error:
            raise OSError(f"gRPC cannot listen on {self._bind}: the port is taken or the host is not ours") from error
        await server.start()
        host, _ = split_address(self._bind)
        self.address = f"[{host}]:{port}" if ":" in host else f"{host}:{port}"
        self._server = server
        self.healthy = True

    async def set_serving(self, serving: bool) -> None:
        """Tell health checks whether calls are welcome."""
        status = health_pb2.HealthCheckResponse.SERVING if serving else health_pb2.HealthCheckResponse.NOT_SERVING
        for name in (DOORS, *(name for _, _, name in self._services)):
            await self._health.set(name, status)

    async def stop(self) -> None:
        """Refuse new calls, let running ones finish within the drain time, then cut them off."""
        self.healthy = False
        if self._server is not None:
            await self._health.enter_graceful_shutdown()
            await self._server.stop(self._drain_seconds)
            await self._guard.drained()
            self._server = None


def server(
    settings: Settings,
    services: Sequence[ServiceEntry],
    scopes: Mapping[str, str],
    *,
    verifier: Verifier,
    audit: Audit,
    metrics: Metrics,
    deadline_seconds: float = DEFAULT_DEADLINE_SECONDS,
) -> Server:
    """Build the door.

    ``services`` are (add_function, servicer, full service name), ``scopes`` maps each method to its scope. ValueError
    when a method has no scope, a scope has no method, or a request has no ``site_id``: a door is never half guarded.
    """
    methods = _methods([name for _, _, name in services], scopes)
    guard = Guard(methods, verifier=verifier, audit=audit, metrics=metrics, deadline_seconds=deadline_seconds)
    return Server(settings, services, guard)


def _methods(service_names: Sequence[str], scopes: Mapping[str, str]) -> dict[str, str]:
    """Map the full path of every method to its scope."""
    left = dict(scopes)
    methods: dict[str, str] = {}
    for service_name in service_names:
        for method in descriptor_pool.Default().FindServiceByName(service_name).methods:
            path = f"/{service_name}/{method.name}"
            scope = left.pop(path, None) or left.pop(method.name, None)
            if scope not in SCOPES:
                raise ValueError(f"{path} has no known scope: {scope!r}")
            if "site_id" not in method.input_type.fields_by_name:
                raise ValueError(f"{path}: its request has no site_id, so nobody could say whose data it is")
            if method.client_streaming:
                raise ValueError(f"{path} takes a stream; the guard knows single requests only")
            methods[path] = scope
    if left:
        raise ValueError(f"scopes for methods that do not exist: {', '.join(sorted(left))}")
    return methods
