"""The embedded stack: broker, database, gateways and the four services as processes under one folder."""

from __future__ import annotations

import fcntl
import json
import os
import time
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any, Self, TextIO

import psutil
from rich.console import Console

from services.dev import account, endpoints
from services.dev.clinics.profiles import CLINICS
from services.dev.environment import SERVICES, TOPICS_FILE, Keys, secret_file, service_environment
from services.dev.forms import feedback_settings
from services.dev.kafka import Kafka
from services.dev.mongo import Mongo
from services.dev.oncall import STEP_DELAY, write_sites
from services.dev.process import (
    LOOPBACK,
    MIB,
    Child,
    Progress,
    ReadyFileProcess,
    ServiceProcess,
    kept_ports,
    silent,
)
from services.runtime import identity, topics

LEFTOVER_SECONDS = 20.0


class AlreadyRunning(RuntimeError):
    """Another process runs a stack in the same folder."""


class Stack:
    """Everything that `make demo` runs, as a context manager. Entering it again later continues with its data.

    `settings` adds ATTUNE_* variables to single services, by name of the service.
    """

    def __init__(
        self,
        root: Path = Path(".attune"),
        progress: Progress = silent,
        settings: Mapping[str, Mapping[str, str]] | None = None,
        step_delay: str = STEP_DELAY,
    ) -> None:
        self.root = root.absolute()
        self._progress = progress
        self._settings = settings or {}
        self._step_delay = step_delay
        self._resources = ExitStack()
        self._started: list[Child] = []
        self.endpoints: dict[str, Any] = {}

    # ------------------------------------------------------------------ life
    def __enter__(self) -> Self:
        self.root.mkdir(parents=True, exist_ok=True)
        with ExitStack() as undo:
            undo.enter_context(_sole_owner(self.root / "stack.lock"))
            undo.callback(self._stop_all)
            self._end_leftovers()
            self._build()
            self._start()
            self._resources = undo.pop_all()
        return self

    def __exit__(self, *_: object) -> None:
        self._resources.close()

    def _build(self) -> None:
        """Chooses every address, so that each process can be told about the others before they run."""
        run = self.root / "run"
        self.keys = Keys(self.root / "keys")
        self.kafka = Kafka(self.root / "kafka", progress=self._progress)
        self.mongo = Mongo(self.root / "mongo")
        self.gateways = self._gateways(run)
        self.services: dict[str, ServiceProcess] = {}
        for name in SERVICES:
            self.services[name] = ServiceProcess(name, {}, run)
        peers = {name: service.grpc for name, service in self.services.items()}
        for name, service in self.services.items():
            extra = {**self._own_settings(name), **self._settings.get(name, {})}
            environment = service_environment(
                name,
                bootstrap=self.kafka.bootstrap,
                mongo_uri=self.mongo.uri,
                keys=self.keys,
                peers=peers,
                extra=extra,
            )
            service.with_environment(**environment)

    def _gateways(self, run: Path) -> ReadyFileProcess:
        ports = kept_ports(run / "gateways.ports.json", ["http", "smtp"])
        self._http_gateway = f"http://{LOOPBACK}:{ports['http']}"
        self._smtp_port = ports["smtp"]
        self._webhook_secret = secret_file(self.root / "keys" / "webhook.secret")
        arguments = ["--records", str(self.root / "gateways"), "--secret-file", str(self._webhook_secret)]
        arguments += ["--http-port", str(ports["http"]), "--smtp-port", str(ports["smtp"])]
        return ReadyFileProcess("gateways", "services.dev.gateways", {}, run, arguments)

    def _own_settings(self, service: str) -> dict[str, str]:
        if service == "feedback":
            return feedback_settings(self.root, self.services["feedback"].http)
        if service != "alerting":
            return {}
        sites_file = self.root / "sites.yaml"
        write_sites(sites_file, f"{self._http_gateway}/webhook", self._webhook_secret, self._step_delay)
        return {
            "ATTUNE_ALERTING_SITES_FILE": str(sites_file),
            "ATTUNE_ALERTING_PUBLIC_URL": self.services["alerting"].http,
            "ATTUNE_ALERTING_LINK_KEY_FILE": str(secret_file(self.root / "keys" / "link.secret")),
            "ATTUNE_ALERTING_SMTP_HOST": LOOPBACK,
            "ATTUNE_ALERTING_SMTP_PORT": str(self._smtp_port),
            "ATTUNE_ALERTING_SMTP_TLS": "off",
            # A demo is over in minutes: what comes together is told together, and nothing waits for it.
            "ATTUNE_ALERTING_BUNDLE_SECONDS": "2",
        }

    def _start(self) -> None:
        self._progress("starting MongoDB (SecantusDB), Apache Kafka and the gateways")
        self._launch(self.mongo, self.gateways, self.kafka)
        self._progress("declaring the topics")
        topics.apply(self.kafka.bootstrap, topics.load(TOPICS_FILE))
        self._progress("starting the services: " + ", ".join(SERVICES))
        self._launch(*self.services.values())
        self.endpoints = self._describe()
        endpoints.write(self.root, self.endpoints)
        operator = self.keys.token("demo", [identity.ALL_SITES], [identity.OPERATE])
        account.ensure(self.root, self.services["alerting"].grpc, operator, list(CLINICS))
        self._progress("everything is up")

    def _launch(self, *children: Child) -> None:
        """Starts them side by side and waits until each answers."""
        for child in children:
            self._started.append(child)
            child.spawn()
            self._note_pids()
        for child in children:
            child.wait_ready()
            self._progress(f"ready: {child.name}")

    def _stop_all(self) -> None:
        """The last started first. A second Ctrl-C kills what is left."""
        try:
            for child in reversed(self._started):
                if child.running:
                    self._progress(f"stopping {child.name}")
                child.stop()
        except KeyboardInterrupt:
            for child in self._started:
                child.kill()
            raise
        self._started.clear()
        (self.root / "run" / "pids.json").unlink(missing_ok=True)

    # ------------------------------------------------------------------ processes of a run that was killed
    def _note_pids(self) -> None:
        noted = [[child.pid, psutil.Process(child.pid).create_time()] for child in self._started if child.pid]
        file = self.root / "run" / "pids.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(json.dumps(noted))

    def _end_leftovers(self) -> None:
        """Waits for the processes of a killed run, which are shutting down; they hold the data directories."""
        file = self.root / "run" / "pids.json"
        if not file.exists():
            return
        left = [process for pid, created in json.loads(file.read_text()) if (process := _same(pid, created))]
        if left:
            self._progress("waiting for the processes of an interrupted run to end")
            for process in psutil.wait_procs(left, timeout=LEFTOVER_SECONDS)[1]:
                process.kill()
            psutil.wait_procs(left, timeout=LEFTOVER_SECONDS)
        file.unlink()

    # ------------------------------------------------------------------ facts
    def rss_mib(self) -> float:
        """Resident memory of everything in MiB: this process and all its descendants."""
        this = psutil.Process()
        total = 0
        for process in [this, *this.children(recursive=True)]:
            try:
                total += process.memory_info().rss
            except psutil.NoSuchProcess:  # it ended since it was listed
                continue
        return total / MIB

    def memory(self) -> dict[str, float]:
        """Resident memory of each process of the stack in MiB."""
        return {
            child.name: child.rss_mib() for child in [self.kafka, self.mongo, self.gateways, *self.services.values()]
        }

    def _describe(self) -> dict[str, Any]:
        def path(file: Path) -> str:
            return endpoints.portable(file, self.root)

        return {
            "kafka": {"bootstrap": self.kafka.bootstrap},
            "mongo": {"uri": self.mongo.uri},
            "services": {name: {"grpc": s.grpc, "http": s.http} for name, s in self.services.items()},
            "gateways": {
                "smtp": f"{LOOPBACK}:{self._smtp_port}",
                "sms": f"{self._http_gateway}/sms",
                "webhook": f"{self._http_gateway}/webhook",
                "records": f"{self._http_gateway}/records",
            },
            "tokens": {name: path(file) for name, file in self._tokens().items()},
            "keys": {"public": path(self.keys.public)},
            "sites": list(CLINICS),
        }

    def _tokens(self) -> dict[str, Path]:
        every = [identity.ALL_SITES]
        files = {
            "operator": self.keys.token_file("operator", every, [identity.OPERATE]),
            "service": self.keys.token_file("service", every, [identity.SERVICE, identity.READ]),
        }
        for site in CLINICS:
            files[site] = self.keys.token_file(site, [site], [identity.PUBLISH, identity.READ])
            clinician = f"clinician-{site}"
            files[clinician] = self.keys.token_file(clinician, [site], [identity.READ, identity.ACT])
            supervisor = f"supervisor-{site}"
            files[supervisor] = self.keys.token_file(supervisor, [site], [identity.READ, identity.SUPERVISE])
        return files


@contextmanager
def console_progress(console: Console | None = None) -> Iterator[Progress]:
    """Progress for people: a spinner with the latest line on a terminal, one line with the elapsed time elsewhere."""
    console = console or Console(stderr=True)
    began = time.monotonic()
    if not console.is_terminal:
        yield lambda line: console.print(f"[{time.monotonic() - began:5.1f} s] {line}", markup=False, highlight=False)
        return
    with console.status("starting") as status:
        yield lambda line: status.update(f"{line} [dim]({time.monotonic() - began:.0f} s)[/dim]")


@contextmanager
def _sole_owner(lock_file: Path) -> Iterator[None]:
    with lock_file.open("a+") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise AlreadyRunning(_owner(lock, lock_file.parent)) from None
        lock.truncate(0)
        lock.write(str(os.getpid()))
        lock.flush()
        yield


def _owner(lock: TextIO, root: Path) -> str:
    lock.seek(0)
    pid = lock.read().strip()
    return (
        f"a stack already runs in {root} (process {pid}); its addresses are in {root / endpoints.FILE_NAME}. "
        "Stop it with Ctrl-C in its terminal first, or choose another folder."
    )


def _same(pid: int, created: float) -> psutil.Process | None:
    """The process with this id if it is still the one that was noted."""
    try:
        process = psutil.Process(pid)
        return process if process.create_time() == created else None
    except psutil.NoSuchProcess:
        return None
