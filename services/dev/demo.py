"""All of Attune on one machine: the embedded stack, three clinics, a clinician on call, and a count at the end."""

from __future__ import annotations

import signal
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from types import FrameType
from typing import Any

from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeElapsedColumn

from services.dev import account, endpoints, ledger, report
from services.dev.clinician import Clinician
from services.dev.clinics.mischief import disturb
from services.dev.clinics.profiles import CLINICS
from services.dev.clinics.story import tell
from services.dev.expectation import expect
from services.dev.health import Health
from services.dev.invariants import MISSED, WRONG, Case, Finding
from services.dev.observe import Observer, Start
from services.dev.process import Child, clean_environment, silent
from services.dev.quiesce import Restless, wait_for_rest
from services.dev.stack import Stack, console_progress

ROOT = Path(".attune")
# A session whose episode never opens must become a dead letter while the demo runs; one that is only early must not.
PARK_SECONDS = 30
SWEEP_SECONDS = 2
SETTINGS = {
    "intake": {"ATTUNE_INTAKE_PARK_SECONDS": str(PARK_SECONDS), "ATTUNE_INTAKE_SWEEP_SECONDS": str(SWEEP_SECONDS)}
}
FIRST_BATCH = 90  # sessions that a demo that stays up begins with
REST_SECONDS = 120.0  # how long it may take to come to rest after the last event
LEAVE = 1  # alerts of each site that are left for the person who tries the demo
TICK = 0.25  # seconds between two looks at the ledgers and the memory
QUIET_LINE_EVERY = 5.0  # seconds between two lines where there is no terminal
GAVE_UP = 3


@dataclass(frozen=True, slots=True)
class Options:
    """What the demo was asked for."""

    sessions: int | None = None
    leave_when_done: bool = False
    report_file: Path | None = None
    seed: int = 1
    root: Path = ROOT


@dataclass(frozen=True, slots=True)
class Batch:
    """The clinics' part of one run."""

    ledgers: tuple[Path, ...]
    failed: tuple[str, ...]  # clinics that gave up


class ClinicProcess(Child):
    """One simulated clinic; it ends by itself."""

    def __init__(self, site: str, arguments: Sequence[str], log_file: Path) -> None:
        super().__init__(f"clinic {site}", log_file)
        self.site = site
        self._arguments = list(arguments)

    def command(self) -> Sequence[str]:
        return [sys.executable, "-m", "services.dev.clinics", self.site, *self._arguments]

    def environment(self) -> Mapping[str, str]:
        return clean_environment()

    def is_ready(self) -> bool:
        return True


def run(options: Options, console: Console) -> int:
    """Run the demo; the exit code is 0 when every promise was kept."""
    began = time.monotonic()
    # Ended by the terminal or by a supervisor, everything stops in order.
    for number in (signal.SIGINT, signal.SIGTERM):
        signal.signal(number, _as_interrupt)
    new = not (options.root / endpoints.FILE_NAME).exists()
    relay = _Relay()
    stack = Stack(options.root, relay, SETTINGS)
    with relay.to(console):
        stack.__enter__()
    try:
        if options.leave_when_done:
            return _counted(stack, options, console, began)
        return _stay(stack, options, console, new=new)
    except KeyboardInterrupt:
        console.print("stopping; the data stays in", str(options.root))
        return 0 if not options.leave_when_done else 130
    finally:
        with relay.to(console):
            stack.__exit__(None, None, None)


def _counted(stack: Stack, options: Options, console: Console, began: float) -> int:
    read = endpoints_of(options.root)
    home = options.root.absolute().parent
    with Observer(read, home) as observer, Memory(stack) as memory, Health(_children(stack)) as health:
        start = observer.start()
        clinician = Clinician(read, home, start.records)
        clinician.start()
        try:
            batch = publish(options, options.sessions or FIRST_BATCH, console)
            findings = _wait(observer, batch, console)
        finally:
            clinician.stop()
        made = _report(observer, batch, start, health, findings + _problems(batch, clinician), memory.peak_mib, began)
    report.show(made, console)
    console.print(f"taken on: {clinician.done.by_grpc} over gRPC, {clinician.done.by_link} by the link in a message")
    if options.report_file is not None:
        made.write(options.report_file)
        console.print(f"the same as JSON: {options.report_file}")
    return 0 if made.good else 1


def _wait(observer: Observer, batch: Batch, console: Console) -> list[Finding]:
    sites = ledger.read(batch.ledgers).sites()
    try:
        with console_progress(console) as progress:
            wait_for_rest(observer, sites, REST_SECONDS, _changes_only(progress))
    except Restless as restless:
        return [Finding("I6", WRONG, f"not at rest after {REST_SECONDS:.0f} s: {restless}")]
    return []


def _problems(batch: Batch, clinician: Clinician) -> list[Finding]:
    gave_up = [Finding("I1", WRONG, f"clinic {site} gave up; see its log") for site in batch.failed]
    return gave_up + [Finding("I3", WRONG, problem) for problem in clinician.done.problems]


def _report(
    observer: Observer,
    batch: Batch,
    start: Start,
    health: Health,
    more: list[Finding],
    peak_rss_mib: float,
    began: float,
) -> report.Report:
    book = ledger.read(batch.ledgers)
    observed = replace(observer.observe(book, start), exit_codes=health.exit_codes(), crashes=health.crashes())
    untaken = [
        Finding("I3", MISSED, f"{alert.kind} alert {alert.site}/{alert.alert_id} was not acknowledged")
        for alert in observed.alerts
        if alert.status == "triggered"
    ]
    case = Case(book, expect(book), observed)
    return report.make(case, more=more + untaken, seconds=time.monotonic() - began, peak_rss_mib=peak_rss_mib)


def publish(options: Options, sessions: int, console: Console) -> Batch:
    """Let the three clinics publish, as processes of their own, and show how far they are."""
    start = datetime.now(UTC).replace(microsecond=0)
    folder = options.root.absolute() / "ledgers" / f"{start:%Y%m%dT%H%M%S}"
    clinics: list[ClinicProcess] = []
    totals: dict[str, int] = {}
    for number, (site, profile) in enumerate(CLINICS.items()):
        share = sessions // len(CLINICS) + (number < sessions % len(CLINICS))
        if share == 0:
            continue
        events = disturb(profile, tell(profile, share, options.seed, start).events, options.seed, start)
        totals[site] = len(events)
        arguments = ["--endpoints", str(options.root.absolute() / endpoints.FILE_NAME), "--sessions", str(share)]
        arguments += [
            "--seed",
            str(options.seed),
            "--start",
            start.isoformat(),
            "--ledger",
            str(folder / f"{site}.ndjson"),
        ]
        clinics.append(ClinicProcess(site, arguments, folder / f"{site}.log"))
    try:
        for clinic in clinics:
            clinic.spawn()
        _show_until_done(clinics, folder, totals, console)
    finally:
        for clinic in clinics:
            clinic.stop()
    failed = tuple(clinic.site for clinic in clinics if clinic.exit_code != 0)
    return Batch(tuple(folder / f"{site}.ndjson" for site in totals if (folder / f"{site}.ndjson").exists()), failed)


def _show_until_done(
    clinics: Sequence[ClinicProcess], folder: Path, totals: Mapping[str, int], console: Console
) -> None:
    with _bars(totals, console) as show:
        while True:
            running = any(clinic.running for clinic in clinics)
            show({site: _entries(folder / f"{site}.ndjson") for site in totals})
            if not running:
                return
            time.sleep(TICK)


@contextmanager
def _bars(totals: Mapping[str, int], console: Console) -> Iterator[Callable[[Mapping[str, int]], None]]:
    """A bar for each clinic on a terminal, else a line now and then."""
    if not console.is_terminal:
        said = [0.0]

        def line(done: Mapping[str, int]) -> None:
            finished = sum(done.values()) == sum(totals.values())
            if finished or time.monotonic() - said[0] > QUIET_LINE_EVERY:
                said[0] = time.monotonic()
                console.print(
                    "  ".join(f"{site} {count}/{totals[site]}" for site, count in done.items()), highlight=False
                )

        yield line
        return
    columns = (TextColumn("{task.description:>10}"), BarColumn(), MofNCompleteColumn(), TimeElapsedColumn())
    with Progress(*columns, console=console) as progress:
        bars = {site: progress.add_task(site, total=total) for site, total in totals.items()}

        def draw(done: Mapping[str, int]) -> None:
            for site, count in done.items():
                progress.update(bars[site], completed=count)

        yield draw


def _entries(path: Path) -> int:
    return path.read_bytes().count(b'{"kind":"entry"') if path.exists() else 0


def _stay(stack: Stack, options: Options, console: Console, *, new: bool) -> int:
    read = endpoints_of(options.root)
    home = options.root.absolute().parent
    with Observer(read, home) as observer:
        clinician = Clinician(read, home, observer.start().records, leave=LEAVE)
    clinician.start()
    try:
        if new or options.sessions:
            publish(options, options.sessions or FIRST_BATCH, console)
        show_addresses(stack.endpoints, options.root, console)
        threading.Event().wait()  # until Ctrl-C
    finally:
        clinician.stop()
    return 0


def show_addresses(known: Mapping[str, Any], root: Path, console: Console) -> None:
    """Where everything is, and what to try."""
    site = known["sites"][0]
    attune = "attune" if root == ROOT else f"attune --endpoints {root / endpoints.FILE_NAME}"
    code = "attune users code" if root == ROOT else f"attune users code --file {root / account.FILE_NAME}"
    lines = [
        "",
        "Attune is up. Ctrl-C stops everything; the data stays, and the next start continues with it.",
        "",
        f"  addresses for programs  {root / endpoints.FILE_NAME}",
        f"  Kafka                   {known['kafka']['bootstrap']}",
        f"  MongoDB                 {known['mongo']['uri']}",
        *(
            f"  {name:<12}            gRPC {at['grpc']}   {at['http']}/health/ready"
            for name, at in known["services"].items()
        ),
        f"  mail, webhooks, SMS     {known['gateways']['records']} (what was sent)",
        "",
        f"  console                 {known['services']['alerting']['http']}/console",
        f"                          user and password are in {root / account.FILE_NAME}; the code: {code}",
        "",
        "Try, in another terminal:",
        f"  {attune} episodes --site {site}",
        f"  {attune} ruptures",
        f"  {attune} alerts list --open",
        f"  {attune} dead-letters list",
        f"  attune schema attune.episode.opened.v1 --example --site {site} | {attune} publish -",
        f"  {attune} doctor",
        "",
    ]
    for line in lines:
        console.print(line, markup=False, highlight=False, soft_wrap=True)


class _Relay:
    """The stack's progress, shown only while nothing else is drawn on the terminal."""

    def __init__(self) -> None:
        self._say: Callable[[str], None] = silent

    def __call__(self, line: str) -> None:
        self._say(line)

    @contextmanager
    def to(self, console: Console) -> Iterator[None]:
        """Show it on this console."""
        with console_progress(console) as self._say:
            yield
        self._say = silent


class Memory:
    """Samples the resident memory of everything while it is entered; `peak_mib` is the highest sum seen."""

    def __init__(self, stack: Stack) -> None:
        self._stack = stack
        self._stopping = threading.Event()
        self._thread = threading.Thread(target=self._sample, name="memory", daemon=True)
        self.peak_mib = 0.0

    def __enter__(self) -> Memory:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stopping.set()
        self._thread.join()

    def _sample(self) -> None:
        while True:
            self.peak_mib = max(self.peak_mib, self._stack.rss_mib())
            if self._stopping.wait(2 * TICK):
                return


def endpoints_of(root: Path) -> Callable[[], dict[str, Any]]:
    """Reads the endpoints file anew at each call: a restarted service may be elsewhere."""
    return lambda: endpoints.read(root.absolute())


def _children(stack: Stack) -> list[Child]:
    return [stack.kafka, stack.mongo, stack.gateways, *stack.services.values()]


def _changes_only(progress: Callable[[str], None]) -> Callable[[str], None]:
    last = [""]

    def say(line: str) -> None:
        if line != last[0]:
            last[0] = line
            progress(line)

    return say


def _as_interrupt(_number: int, _frame: FrameType | None) -> None:
    raise KeyboardInterrupt
