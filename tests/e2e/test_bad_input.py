"""Every kind of rubbish, at every door: each is refused naming the wrong field, and costs nobody else."""

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from services.dev import ledger
from services.dev.clinics.doors import open_door
from services.dev.clinics.mischief import KINDS, make_rubbish
from services.dev.clinics.profiles import CLINICS, Profile
from services.dev.clinics.publish import publish
from services.dev.clinics.story import Outgoing, tell
from services.dev.demo import endpoints_of
from services.dev.expectation import expect
from services.dev.health import Health
from services.dev.invariants import Case, check
from services.dev.observe import Observer
from services.dev.quiesce import wait_for_rest
from services.dev.stack import Stack

START = datetime.now(UTC).replace(microsecond=0)
# Not so short that a good session waits in vain for its episode, which is sent before it.
SETTINGS = {"intake": {"ATTUNE_INTAKE_PARK_SECONDS": "5", "ATTUNE_INTAKE_SWEEP_SECONDS": "1"}}


def interleaved(profile: Profile) -> Iterator[Outgoing]:
    """Good events, and after each of the first ones a piece of rubbish, until every kind was there."""
    kinds = list(enumerate(KINDS[profile.door]))
    for event in tell(profile, 12, 5, START).events:
        yield event
        if kinds:
            number, (kind, names) = kinds.pop(0)
            yield make_rubbish(profile, kind, names, number, START)
    assert not kinds


@pytest.mark.timeout(300)
def test_each_is_refused_with_the_field_that_is_wrong_and_its_neighbours_are_not_harmed(tmp_path: Path) -> None:
    root = tmp_path / ".attune"
    read = endpoints_of(root)
    with Stack(root, settings=SETTINGS) as stack, Health(list(stack.services.values())) as health:
        with Observer(read, tmp_path) as observer:
            start = observer.start()
            paths = []
            for profile in CLINICS.values():
                token = (tmp_path / read()["tokens"][profile.site]).read_text().strip()
                door = open_door(profile, read, token)
                paths.append(tmp_path / f"{profile.site}.ndjson")
                with ledger.Ledger(paths[-1]) as book:
                    publish(profile, door, interleaved(profile), book)
                door.close()
            written = ledger.read(paths)
            wait_for_rest(observer, written.sites(), 60, lambda _line: None, taken=False)
            observed = observer.observe(written, start)
            assert check(Case(written, expect(written), observed)) == []
        assert health.crashes() == {}
        assert health.exit_codes() == {}
    refused = {(entry.door, entry.rubbish) for entry in written.rubbish()}
    assert refused == {(door.value, kind) for door, kinds in KINDS.items() for kind, _ in kinds}
    for letter in observed.dead_letters:
        assert letter.reason
