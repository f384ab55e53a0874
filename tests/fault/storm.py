"""Faults under load: the stack, three clinics publishing, something killed again and again, then the verdict."""

import random
import sys
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

from services.dev import endpoints, ledger
from services.dev.clinician import Clinician
from services.dev.clinics.profiles import CLINICS
from services.dev.demo import SETTINGS, ClinicProcess, endpoints_of
from services.dev.expectation import expect
from services.dev.health import Health
from services.dev.invariants import Case, Finding, check
from services.dev.observe import Observer
from services.dev.process import Child
from services.dev.quiesce import wait_for_rest
from services.dev.stack import Stack

REST_SECONDS = 180.0  # to come to rest after the last fault and the last event
PAUSE_SECONDS = (0.5, 3.0)  # between two faults
# Services that a crash point ended are looked for at this interval.
POLL_SECONDS = 0.05
CRASH_SECONDS = 60.0  # a crash point that is not passed in this time is a test that tests nothing


@dataclass(slots=True)
class Load:
    """Three clinics that publish, each as its own process, at a bounded rate."""

    root: Path
    sessions: int
    rate: float
    seed: int
    clinics: list[ClinicProcess] = field(default_factory=list)

    def start(self) -> None:
        """Start the clinics; each ends by itself."""
        begin = datetime.now(UTC).replace(microsecond=0)
        for site in CLINICS:
            arguments = [
                "--endpoints",
                str(self.root / endpoints.FILE_NAME),
                "--sessions",
                str(self.sessions // len(CLINICS)),
            ]
            arguments += [
                "--seed",
                str(self.seed),
                "--start",
                begin.isoformat(),
                "--rate",
                str(self.rate / len(CLINICS)),
            ]
            arguments += ["--ledger", str(self.ledger(site))]
            clinic = ClinicProcess(site, arguments, self.root / "ledgers" / f"{site}.log")
            self.clinics.append(clinic)
            clinic.spawn()

    def ledger(self, site: str) -> Path:
        """The file of what this clinic saw acknowledged."""
        return self.root / "ledgers" / f"{site}.ndjson"

    @property
    def running(self) -> bool:
        """Whether any clinic still publishes."""
        return any(clinic.running for clinic in self.clinics)

    def finish(self, seconds: float) -> None:
        """Wait until every clinic has told its whole story; one that gave up fails the test."""
        for clinic in self.clinics:
            code = clinic.wait_exit(seconds)
            assert code == 0, f"clinic {clinic.site} ended with {code}: {clinic.log_file.read_text()[-500:]}"

    def stop(self) -> None:
        """End what still runs."""
        for clinic in self.clinics:
            clinic.stop()


class Faults:
    """What goes wrong, on a seeded schedule; counts what excuses a repeated page."""

    def __init__(self, stack: Stack, load: Load, seed: int) -> None:
        self.stack, self.load = stack, load
        self.page_duplicates = 0
        self.done = 0
        self._chance = random.Random(seed)

    def kill(self, child: Child, times: int) -> None:
        """kill -9 at a random moment under load, and start again with the same data, `times` times."""
        for _ in range(times):
            self._pause()
            assert self.load.running, f"the load ended before {child.name} was killed {times} times: raise --sessions"
            child.kill()
            self._excuse(child)
            # The broker and the database stay away for a moment; a service is started again at once.
            if child in (self.stack.kafka, self.stack.mongo):
                self._pause()
            child.start()

    def crash_at(self, service: str, label: str, passes: int) -> None:
        """Let the service die on its n-th pass of the labelled line, then start it again."""
        process = self.stack.services[service]
        process.stop()
        process.with_environment(ATTUNE_FAULTS=f"{label}:{passes}")
        process.spawn()
        try:
            code = process.wait_exit(CRASH_SECONDS)
        finally:
            process.without_environment("ATTUNE_FAULTS")
        assert code == -9, f"{service} ended with {code} instead of dying at {label}"
        self._excuse(process)
        process.start()

    def _excuse(self, child: Child) -> None:
        self.done += 1
        if child is self.stack.services["alerting"]:
            self.page_duplicates += 1
        if child is self.stack.mongo:
            # A page is sent, then marked; while the database is away the mark fails, and the page may go out again.
            self.page_duplicates += 1

    def _pause(self) -> None:
        time.sleep(self._chance.uniform(*PAUSE_SECONDS))


@contextmanager
def acknowledging(root: Path, observer: Observer) -> Iterator[Clinician]:
    """The simulated clinician on call."""
    clinician = Clinician(endpoints_of(root), root.parent, observer.start().records)
    clinician.start()
    try:
        yield clinician
    finally:
        clinician.stop()


def storm(
    root: Path,
    faults: Callable[[Faults], None],
    *,
    sessions: int,
    rate: float,
    seed: int = 7,
    settings: Mapping[str, Mapping[str, str]] = SETTINGS,
) -> list[Finding]:
    """Run the load and the faults together; return every broken promise once everything has come to rest."""
    say(f"{sessions} sessions at {rate:.0f} events/s")
    with Stack(root, say, settings) as stack:
        children: Sequence[Child] = [stack.kafka, stack.mongo, stack.gateways, *stack.services.values()]
        with Observer(endpoints_of(root), root.parent) as observer, Health(children) as health:
            start = observer.start()
            load = Load(root, sessions, rate, seed)
            plan = Faults(stack, load, seed)
            with acknowledging(root, observer):
                load.start()
                try:
                    faults(plan)
                    say(f"{plan.done} faults done; waiting for the clinics")
                    load.finish(600)
                finally:
                    load.stop()
                wait_for_rest(observer, list(CLINICS), REST_SECONDS, _once_each(say))
            book = ledger.read([load.ledger(site) for site in CLINICS])
            observed = replace(observer.observe(book, start), exit_codes=health.exit_codes(), crashes=health.crashes())
            case = Case(book, expect(book), observed, page_duplicates=plan.page_duplicates)
            say(f"{len(book.entries)} acknowledged or refused events checked")
            return check(case)


def say(line: str) -> None:
    """Progress of a long test; shown with -s or when it fails."""
    sys.stderr.write(f"[{time.strftime('%H:%M:%S')}] {line}\n")


def _once_each(report: Callable[[str], None]) -> Callable[[str], None]:
    last = threading.local()

    def changed(line: str) -> None:
        if getattr(last, "line", "") != line:
            last.line = line
            report(line)

    return changed


def told(findings: Sequence[Finding]) -> str:
    """The findings as the message of a failed test."""
    return "\n".join(f"{each.invariant} {each.kind}: {each.what}" for each in findings[:40])
