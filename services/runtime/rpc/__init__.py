"""gRPC, both ways: the guarded server that every service opens, and the channel to another service."""

from services.runtime.rpc.client import calling, channel
from services.runtime.rpc.guard import Guard, current_identity
from services.runtime.rpc.server import DOORS, Server, server

__all__ = ["DOORS", "Guard", "Server", "calling", "channel", "current_identity", "server"]
