"""gRPC calls from the command line: a channel with the caller's token and a deadline on every call."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import grpc
from google.protobuf.message import Message

from services.cli.where import OPERATOR, Where

DEADLINE = 10.0  # seconds
STREAM_DEADLINE = 600.0  # seconds, of an answer that comes with its progress
PAGE_SIZE = 200


class Caller:
    """Calls one service with one token."""

    def __init__(self, channel: grpc.Channel, token: str, stub: Callable[[grpc.Channel], Any]) -> None:
        self._stub = stub(channel)
        self._metadata = (("authorization", f"Bearer {token}"),)

    def __call__(self, method: str, request: Message, seconds: float = DEADLINE) -> Any:
        """The answer of `method`; raises grpc.RpcError."""
        return getattr(self._stub, method)(request, timeout=seconds, metadata=self._metadata)

    def stream(self, method: str, request: Message) -> Iterator[Any]:
        """The answers of `method` as they come; raises grpc.RpcError."""
        yield from getattr(self._stub, method)(request, timeout=STREAM_DEADLINE, metadata=self._metadata)

    def pages(self, method: str, request: Any, items: str) -> Iterator[Any]:
        """Every item of a paged listing; `request` has page_size and page_token, the answer `items`."""
        request.page_size = PAGE_SIZE
        while True:
            answer = self(method, request)
            yield from getattr(answer, items)
            if not answer.next_page_token:
                return
            request.page_token = answer.next_page_token


@contextmanager
def caller(where: Where, service: str, stub: Callable[[grpc.Channel], Any], *holders: str) -> Iterator[Caller]:
    """A caller of `service` with the first holder's token that is known here (the operator's by default)."""
    address = where.grpc(service)
    token = where.token(*(holders or (OPERATOR,)))
    with grpc.insecure_channel(address) as channel:
        yield Caller(channel, token, stub)
