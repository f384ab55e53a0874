"""A service with real doors and database whose other parts do as ATTUNE_TEST_MODE says. They note their stops in
ATTUNE_TEST_TRAIL. Run as ``python -m tests.support.tiny_service``."""

import asyncio
import os
import time
from pathlib import Path

from attune.intake.v1 import intake_service_pb2_grpc as grpc_api

from services.intake import api
from services.intake.settings import IntakeSettings
from services.runtime import rpc
from services.runtime.audit import Audit
from services.runtime.clock import SystemClock
from services.runtime.errors import Transient
from services.runtime.identity import Verifier
from services.runtime.lifecycle import Parts, main
from services.runtime.metrics import Metrics
from services.runtime.store import Store
from services.runtime.web import Web


def mode() -> str:
    return os.environ.get("ATTUNE_TEST_MODE", "")


class TooMuchRefused(RuntimeError):
    exit_code = 78


class Trailing:
    """A part that notes what happens to it."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.healthy = False
        self.status = ""
        self.failed: asyncio.Future[BaseException] = asyncio.get_running_loop().create_future()
        self._attempts = 0

    async def start(self) -> None:
        self._attempts += 1
        if mode() == f"{self.name} away" and self._attempts < 3:
            raise Transient(f"what {self.name} needs")
        self.healthy = mode() != f"{self.name} ill"
        self.status = "" if self.healthy else "does not feel well"
        note(f"{self.name} start")
        loop = asyncio.get_running_loop()
        if mode() == f"{self.name} fails":
            loop.call_later(0.3, self.failed.set_result, TooMuchRefused("of 'I am sad'"))
        if mode() == f"{self.name} raises":
            loop.call_later(0.3, self.failed.set_exception, ValueError("I am sad"))

    async def stop(self) -> None:
        note(f"{self.name} stop")
        if mode() == f"{self.name} slow":
            await asyncio.sleep(1)
        if mode() == f"{self.name} blocks":
            time.sleep(600)  # noqa: ASYNC251  the whole loop hangs, as a fault of ours may do


class Engine(Trailing):
    pass


def note(line: str) -> None:
    with Path(os.environ["ATTUNE_TEST_TRAIL"]).open("a") as file:
        file.write(f"{line}\n")


async def build(settings: IntakeSettings) -> Parts:
    metrics = Metrics("intake")
    store = await Store.open(settings, "intake", metrics)
    if mode() == "build raises":
        raise RuntimeError("I am sad")
    return Parts(
        store=store,
        publisher=Trailing("publisher"),
        consumer=Trailing("consumer"),
        grpc=rpc.server(
            settings,
            [
                (
                    grpc_api.add_IntakeServiceServicer_to_server,
                    grpc_api.IntakeServiceServicer(),
                    api.SERVICE_NAME,
                )
            ],
            api.SCOPES,
            verifier=Verifier(settings.token_public_key_file),
            audit=Audit(store, SystemClock(), metrics),
            metrics=metrics,
        ),
        web=Web(metrics),
        extra=[Engine("engine")],
    )


if __name__ == "__main__":
    main(build, IntakeSettings)
