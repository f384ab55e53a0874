"""The MongoDB-compatible server of the embedded stack: SecantusDB, a separate process spoken to over the wire only."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

import pymongo
from pymongo.errors import PyMongoError

from services.dev.process import LOOPBACK, Child, clean_environment, is_listening, kept_ports

REPLICA_SET = "secantus"  # the name it advertises


class Mongo(Child):
    """The embedded database. `data_dir` holds its files and the port it was first given.

    With `sync_on_commit` (the default) a write acknowledged with w=majority, j=true survives kill -9; tests that do not
    crash it may leave it out.
    """

    def __init__(self, data_dir: Path, port: int = 0, *, sync_on_commit: bool = True, cache: str = "256M") -> None:
        super().__init__("mongo", data_dir / "mongo.log")
        self.data_dir = data_dir
        self.port = port or kept_ports(data_dir / "ports.json", ["mongo"])["mongo"]
        self._sync_on_commit = sync_on_commit
        self._cache = cache

    @property
    def uri(self) -> str:
        """What a client connects to.

        Without retryable writes: SecantusDB goes through its record of up to 10,000 of them at every write, and sorts
        it once it is full, which takes several times as long as the write. `Aggregates.change` repeats by itself.
        """
        return f"mongodb://{LOOPBACK}:{self.port}/?replicaSet={REPLICA_SET}&retryWrites=false"

    def command(self) -> Sequence[str]:
        # The launcher beside this interpreter, not the first on PATH; the package itself is never imported (GPL).
        launcher = Path(sys.executable).with_name("secantusd-py")
        command = [str(launcher), "--host", LOOPBACK, "--port", str(self.port)]
        command += [
            "--storage-path",
            str(self.data_dir / "data"),
            "--cache-size",
            self._cache,
            "--log-level",
            "WARNING",
        ]
        command += ["--config", str(self._configuration)]
        return [*command, "--sync-on-commit"] if self._sync_on_commit else command

    def spawn(self) -> None:
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._configuration.touch()  # an empty one, so that no file of the user's home changes the server
        super().spawn()

    def environment(self) -> Mapping[str, str]:
        return clean_environment()

    def is_ready(self) -> bool:
        """Asks over the protocol whether it is a writable primary."""
        if not is_listening(self.port):
            return False
        client: pymongo.MongoClient[dict[str, object]] = pymongo.MongoClient(
            self.uri, serverSelectionTimeoutMS=2000, timeoutMS=2000
        )
        try:
            return bool(client.admin.command("hello")["isWritablePrimary"])
        except PyMongoError:
            return False
        finally:
            client.close()

    @property
    def _configuration(self) -> Path:
        return self.data_dir / "secantusd.toml"
