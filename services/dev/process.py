"""Child processes of the embedded stack: started, awaited, stopped and killed by pid; none outlives its parent."""

from __future__ import annotations

import json
import os
import queue
import random
import signal
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import psutil

LOOPBACK = "127.0.0.1"
LAUNCHER = Path(__file__).with_name("launch.py")
# Below Linux's and macOS's ephemeral ranges: an outgoing connection can never take a port while its server restarts.
PORT_RANGE = (15_000, 32_000)
POLL_SECONDS = 0.05
STOP_SECONDS = 20.0
MIB = 1024 * 1024

Progress = Callable[[str], None]


def silent(_: str) -> None:
    """A progress callback that shows nothing."""


class StartFailed(RuntimeError):
    """A process of the stack ended or stayed unready; the message holds the last lines of its log."""


def is_free(port: int) -> bool:
    """Whether a server could listen on this loopback port now."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((LOOPBACK, port))
        except OSError:
            return False
    return True


# Given out by this process and perhaps not bound yet: two children of one stack must not get the same.
_given: set[int] = set()


def free_port() -> int:
    """A loopback port that nothing listens on, outside the ephemeral range; never the same one twice."""
    chooser = random.SystemRandom()
    for _ in range(200):
        port = chooser.randrange(*PORT_RANGE)
        if port not in _given and is_free(port):
            _given.add(port)
            return port
    raise StartFailed(f"no free port found between {PORT_RANGE[0]} and {PORT_RANGE[1]}")


def kept_ports(file: Path, names: Sequence[str]) -> dict[str, int]:
    """The ports written in `file`, so that clients find a restarted server; new ones for those taken or missing."""
    kept: dict[str, int] = json.loads(file.read_text()) if file.exists() else {}
    ports: dict[str, int] = {}
    for name in names:
        port = kept.get(name)
        while port is None or not is_free(port) or port in ports.values():
            port = free_port()
        ports[name] = port
        _given.add(port)
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(json.dumps(ports))
    return ports


def is_listening(port: int) -> bool:
    """Whether something accepts TCP connections on the loopback port."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex((LOOPBACK, port)) == 0


def log_tail(log_file: Path, lines: int = 15) -> str:
    """The last lines of a log, for an error message."""
    if not log_file.exists():
        return "(no log)"
    return "\n".join(log_file.read_text(errors="replace").splitlines()[-lines:])


class _Spawner:
    """One thread that lives as long as the process and starts every child.

    The kernel sends the parent-death signal when the *thread* that forked ends, so a child started from a worker
    thread of an executor would die with that executor.
    """

    def __init__(self) -> None:
        self._requests: queue.SimpleQueue[tuple[Callable[[], subprocess.Popen[bytes]], Future[subprocess.Popen[bytes]]]]
        self._requests = queue.SimpleQueue()
        self._thread: threading.Thread | None = None
        self._lock = threading.Lock()

    def spawn(self, start: Callable[[], subprocess.Popen[bytes]]) -> subprocess.Popen[bytes]:
        with self._lock:
            if self._thread is None or not self._thread.is_alive():
                self._thread = threading.Thread(target=self._serve, name="spawner", daemon=True)
                self._thread.start()
        result: Future[subprocess.Popen[bytes]] = Future()
        self._requests.put((start, result))
        return result.result()

    def _serve(self) -> None:
        while True:
            start, result = self._requests.get()
            try:
                result.set_result(start())
            except BaseException as error:  # noqa: BLE001  (the caller's thread raises it)
                result.set_exception(error)


_SPAWNER = _Spawner()


class Child:
    """One server process. Subclasses give `command`, `environment` and `is_ready`."""

    name: str
    ready_seconds = 60.0

    def __init__(self, name: str, log_file: Path) -> None:
        self.name = name
        self.log_file = log_file
        self._process: subprocess.Popen[bytes] | None = None

    # ------------------------------------------------------------------ what a subclass says
    def command(self) -> Sequence[str]:
        """The program and its arguments."""
        raise NotImplementedError

    def environment(self) -> Mapping[str, str]:
        """The whole environment of the process."""
        return os.environ

    def is_ready(self) -> bool:
        """Whether the server answers its own protocol; asked repeatedly until true."""
        raise NotImplementedError

    # ------------------------------------------------------------------ life
    def spawn(self) -> None:
        """Starts the process without waiting for it to be ready; does nothing while it runs."""
        if self.running:
            return
        self.log_file.parent.mkdir(parents=True, exist_ok=True)
        command = [sys.executable, "-I", "-S", str(LAUNCHER), str(os.getpid()), *self.command()]
        environment = dict(self.environment())
        with self.log_file.open("ab") as log:
            self._process = _SPAWNER.spawn(
                lambda: subprocess.Popen(
                    command,
                    env=environment,
                    stdin=subprocess.DEVNULL,
                    stdout=log,
                    stderr=log,
                    start_new_session=True,  # Ctrl-C reaches the stack only, which stops its children in order
                )
            )

    def wait_ready(self, seconds: float | None = None) -> None:
        """Blocks until the server answers; raises StartFailed when it ends first or the time is up."""
        limit = self.ready_seconds if seconds is None else seconds
        deadline = time.monotonic() + limit
        while True:
            if not self.running:
                raise StartFailed(
                    f"{self.name} ended with code {self.exit_code} while starting:\n{log_tail(self.log_file)}"
                )
            if self.is_ready():
                return
            if time.monotonic() > deadline:
                raise StartFailed(f"{self.name} was not ready after {limit:.0f} s:\n{log_tail(self.log_file)}")
            time.sleep(POLL_SECONDS)

    def start(self) -> None:
        """Starts the process and waits until it answers. A server that fails to start is not left running."""
        try:
            self.spawn()
            self.wait_ready()
        except BaseException:
            self.kill()
            raise

    def stop(self, seconds: float = STOP_SECONDS) -> int | None:
        """SIGTERM, then SIGKILL when it has not ended in time. Returns the exit code (None: it never ran)."""
        if self._process is None:
            return None
        if self._process.poll() is None:
            self._process.send_signal(signal.SIGTERM)
            try:
                self._process.wait(seconds)
            except subprocess.TimeoutExpired:
                self.kill()
        return self._process.returncode

    def kill(self) -> None:
        """SIGKILL, as a crash; returns when the process is gone."""
        if self._process is not None and self._process.poll() is None:
            self._process.kill()
            self._process.wait()

    def restart(self) -> None:
        """Stops it when it runs and starts it again on the same ports and data."""
        self.stop()
        self.start()

    def wait_exit(self, seconds: float) -> int:
        """Waits for the process to end by itself and returns its exit code; raises TimeoutError."""
        if self._process is None:
            raise StartFailed(f"{self.name} was never started")
        try:
            return self._process.wait(seconds)
        except subprocess.TimeoutExpired:
            raise TimeoutError(f"{self.name} still runs after {seconds:.0f} s") from None

    # ------------------------------------------------------------------ facts
    @property
    def running(self) -> bool:
        """Whether the process exists now."""
        return self._process is not None and self._process.poll() is None

    @property
    def pid(self) -> int | None:
        """Its process id, None when it does not run."""
        return self._process.pid if self._process is not None and self.running else None

    @property
    def exit_code(self) -> int | None:
        """How the last run ended (negative: by that signal), None while it runs or before the first start."""
        return self._process.poll() if self._process is not None else None

    def rss_mib(self) -> float:
        """Resident memory in MiB, 0 when it does not run."""
        pid = self.pid
        if pid is None:
            return 0.0
        try:
            return float(psutil.Process(pid).memory_info().rss) / MIB
        except psutil.NoSuchProcess:
            return 0.0

    def __enter__(self) -> Child:
        self.start()
        return self

    def __exit__(self, *_: object) -> None:
        self.stop()


class ReadyFileProcess(Child):
    """`python -m <module>` that announces its addresses as JSON in the file named by ATTUNE_READY_FILE."""

    def __init__(
        self, name: str, module: str, environment: Mapping[str, str], run_dir: Path, arguments: Sequence[str] = ()
    ):
        super().__init__(name, run_dir / f"{name}.log")
        self._module = module
        self._environment = dict(environment)
        self._arguments = list(arguments)
        self.ready_file = run_dir / f"{name}.ready.json"
        self.addresses: dict[str, Any] = {}

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", self._module, *self._arguments]

    def environment(self) -> Mapping[str, str]:
        return {**clean_environment(), **self._environment, "ATTUNE_READY_FILE": str(self.ready_file)}

    def with_environment(self, **changes: str) -> None:
        """Changes settings for the next start (fault points, a port to keep)."""
        self._environment.update(changes)

    def without_environment(self, *names: str) -> None:
        """Removes settings for the next start."""
        for name in names:
            self._environment.pop(name, None)

    def spawn(self) -> None:
        if not self.running:
            self.ready_file.unlink(missing_ok=True)  # the announcement of an earlier run
        super().spawn()

    def is_ready(self) -> bool:
        try:
            announced = json.loads(self.ready_file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):  # not yet, or half written
            return False
        if announced.get("pid") != self.pid:
            return False
        self.addresses = announced
        return True


class ServiceProcess(ReadyFileProcess):
    """One of Attune's services. Ports are chosen here once, so that a restarted service is found where it was."""

    def __init__(self, name: str, environment: Mapping[str, str], run_dir: Path) -> None:
        ports = kept_ports(run_dir / f"{name}.ports.json", ["grpc", "http"])
        self.grpc = f"{LOOPBACK}:{ports['grpc']}"
        self.http = f"http://{LOOPBACK}:{ports['http']}"
        bound = {"ATTUNE_GRPC_BIND": self.grpc, "ATTUNE_HTTP_BIND": f"{LOOPBACK}:{ports['http']}"}
        super().__init__(name, f"services.{name}", {**environment, **bound}, run_dir)


def clean_environment() -> dict[str, str]:
    """This process's environment without ATTUNE_*: a child gets exactly the settings that it is given."""
    return {name: value for name, value in os.environ.items() if not name.startswith("ATTUNE_")}
