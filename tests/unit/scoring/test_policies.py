"""Policies: versions that never change, tried before they are in force, and history that stays as it was told."""

from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any, TypeVar

import pytest

from services.runtime.errors import NotFound, Permanent
from services.scoring.domain.policy import DEFAULT
from services.scoring.domain.population import Population
from services.scoring.domain.site_policy import SitePolicies
from services.scoring.handlers.book import LEAD, PolicyBook
from services.scoring.handlers.policies import Activated, Progress
from tests.unit.scoring import world
from tests.unit.scoring.builders import checkin, when
from tests.unit.scoring.world import SITE, World

T = TypeVar("T")
CHECKIN = "attune-checkin"
# As strict as it can be: what is calm under the built-in policy is not under this one.
STRICT: dict[str, Any] = {
    "id": "strict",
    "version": "1",
    "detectors": [{"name": "individuals-chart", "parameters": {"k": 1.5}}],
}
DEAF: dict[str, Any] = {"id": "deaf", "version": "1", "detectors": [{"name": "client-report"}]}
CALM = (9.0, 9.2, 9.1, 9.0)
DIP = 8.2


async def rate(known: World, first: int, *values: float) -> None:
    for number, value in enumerate(values, start=first):
        await known.deliver(world.session(number))
        await known.deliver(world.response(number, checkin(value)))


async def make(known: World, definition: dict[str, Any] = STRICT, **changes: Any) -> int:
    fields: dict[str, Any] = {"population": None, "reason": "too quiet", "who": "lead"}
    return (await known.desk.set(SITE, CHECKIN, definition, **{**fields, **changes})).number


async def activate(known: World, version: int, **how: Any) -> list[Activated]:
    fields: dict[str, Any] = {"reason": "agreed in supervision", "who": "lead"}
    return await every(known.desk.activate(SITE, CHECKIN, version, **{**fields, **how}))


async def preview(known: World, version: int = 0, definition: dict[str, Any] | None = None) -> list[Progress]:
    return await every(known.desk.preview(SITE, CHECKIN, version, definition, None))


async def every(steps: AsyncIterator[T]) -> list[T]:
    return [step async for step in steps]


async def test_versions_count_up_and_the_same_again_is_a_repeat() -> None:
    known = World()
    assert [await make(known), await make(known), await make(known, DEAF)] == [1, 1, 2]
    ((policy,), _) = await known.desk.all_of(SITE)
    assert [each.policy.id for each in policy.versions] == ["strict", "deaf"]
    assert (policy.versions[0].made_by, policy.versions[0].made_at) == ("lead", known.clock.now())
    assert policy.activations == ()


async def test_a_stored_version_watches_nobody_before_it_is_activated() -> None:
    known = World()
    await make(known)
    await known.deliver(world.episode())
    await rate(known, 1, *CALM, DIP)
    assert known.told("rupture") == []


@pytest.mark.parametrize(
    ("changes", "field"),
    [
        ({"definition": {**STRICT, "detectors": []}}, "policy.detectors"),
        ({"definition": {**STRICT, "detectors": [{"name": "tarot"}]}}, r"policy.detectors\[0\].name"),
        ({"definition": {**STRICT, "instrument_id": "srs"}}, "policy.instrument_id"),
        ({"reason": "  "}, "reason"),
        ({"population": Population(11, 1, 1, 0.3, "x", "here", False)}, "population.mean"),
        ({"population": Population(9, 0, 1, 0.3, "x", "here", False)}, "population.between_sd"),
        ({"population": Population(9, 1, float("nan"), 0.3, "x", "here", False)}, "population.within_sd"),
        ({"population": Population(9, 1, 1, 0.3, "x", "", False)}, "population.provenance"),
    ],
)
async def test_what_cannot_be_right_names_its_field_and_is_not_stored(changes: dict[str, Any], field: str) -> None:
    known = World()
    with pytest.raises(Permanent, match=field):
        await make(known, **changes)
    assert known.policies.documents == {}


async def test_only_alliance_instruments_of_the_catalogue_have_policies() -> None:
    known = World()
    with pytest.raises(NotFound, match="instrument_id"):
        await known.desk.set(SITE, "nothing", STRICT, None, "why", "lead")
    with pytest.raises(Permanent, match="alliance"):
        await known.desk.set(SITE, "phq9", STRICT, None, "why", "lead")


async def test_an_activation_needs_a_reason_a_version_and_time_ahead() -> None:
    known = World()
    await make(known)
    with pytest.raises(Permanent, match="reason"):
        await activate(known, 1, reason="")
    with pytest.raises(Permanent, match="version"):
        await activate(known, 2)
    with pytest.raises(Permanent, match="active_from"):
        await activate(known, 1, active_from=known.clock.now() + LEAD - timedelta(seconds=1))
    with pytest.raises(Permanent, match="active_from"):
        await activate(known, 1, active_from=when(9), tell_history=True)
    ((policy,), _) = await known.desk.all_of(SITE)
    assert policy.activations == ()


async def test_who_and_why_are_in_the_audit_before_anything_is_done() -> None:
    known = World()
    await make(known)
    (step,) = await activate(known, 1)
    assert [(each["who"], each["action"], each["site_id"]) for each in known.audit.entries] == [
        ("lead", "make policy", SITE),
        ("lead", "activate policy", SITE),
    ]
    assert known.audit.entries[1]["detail"] == "version 1: agreed in supervision"
    assert (step.activation.activated_by, step.activation.reason) == ("lead", "agreed in supervision")


async def test_activating_tells_nothing_of_history_and_judges_what_comes() -> None:
    known = World()
    await known.deliver(world.episode())
    await rate(known, 1, *CALM, DIP)
    before = len(known.told())
    known.clock.set(when(5) + timedelta(days=1))
    await make(known)
    await activate(known, 1)
    await known.deliver(world.episode(2, at=5.5))
    assert known.told()[before:] == []
    await rate(known, 6, DIP)
    (opened,) = known.told("rupture")
    assert (opened.type, opened.data.opened_session_id) == ("attune.rupture.opened.v1", "se-06")  # type: ignore[attr-defined]


async def test_a_late_rating_of_an_earlier_session_is_judged_as_it_would_have_been_then() -> None:
    known = World()
    await known.deliver(world.episode())
    await rate(known, 1, *CALM)
    known.clock.set(when(5.5))
    await make(known)
    await activate(known, 1)
    await rate(known, 5, DIP)
    assert known.told("rupture") == []


async def test_the_same_activation_again_is_a_repeat() -> None:
    known = World()
    await make(known)
    (first,) = await activate(known, 1)
    known.clock.advance(timedelta(seconds=20))
    (again,) = await activate(known, 1)
    assert again == first
    known.clock.advance(timedelta(days=1))
    (later,) = await activate(known, 1)
    assert later.activation.active_from != first.activation.active_from


async def test_history_is_judged_again_when_asked_and_told_with_higher_revisions() -> None:
    known = World()
    await known.deliver(world.episode())
    await rate(known, 1, *CALM, DIP, 9.1)
    before = len(known.told())
    await make(known)
    steps = await activate(known, 1, tell_history=True)
    assert (steps[-1].done, steps[-1].of, steps[-1].changed) == (1, 1, 1)
    told = known.told()[before:]
    assert [event.type for event in told] == ["attune.rupture.opened.v1", "attune.rupture.repaired.v1"]
    first = told[-1].data.revision  # type: ignore[attr-defined]
    assert (await activate(known, 1, tell_history=True))[-1].changed == 0
    assert len(known.told()) == before + 2
    await activate(known, 0, tell_history=True)
    withdrawn = known.told()[-1]
    assert withdrawn.type == "attune.rupture.withdrawn.v1"
    assert withdrawn.data.revision > first  # type: ignore[attr-defined]


async def test_going_back_leaves_what_the_other_version_told() -> None:
    known = World()
    known.clock.set(when(0.5))
    await make(known)
    await activate(known, 1)
    await known.deliver(world.episode())
    await rate(known, 1, *CALM, DIP)
    assert len(known.told("opened")) == 1
    known.clock.set(when(5.5))
    await activate(known, 0)
    await rate(known, 6, 9.1, 9.0, DIP)
    assert (len(known.told("opened")), len(known.told("repaired")), len(known.told("withdrawn"))) == (1, 1, 0)


class OldBook(PolicyBook):
    """Never looks again by itself, as if its clock stood still."""

    def __init__(self, *parts: Any) -> None:
        super().__init__(*parts)
        self.seen: SitePolicies | None = None

    async def of(self, site_id: str) -> SitePolicies:
        self.seen = self.seen or await self.fresh(site_id)
        return self.seen


async def test_a_process_with_older_policies_reads_again_before_it_judges() -> None:
    known = World()
    behind = World(beside=known, book=OldBook)
    await behind.deliver(world.episode())
    await rate(behind, 1, *CALM)
    await make(known)
    known.clock.set(when(4.5))
    await activate(known, 1)
    await rate(known, 5, DIP)
    assert len(known.told("opened")) == 1
    # By the policies that it has seen, there would be no rupture in session 5.
    await rate(behind, 6, DIP)
    assert (len(known.told("opened")), known.told("withdrawn")) == (1, [])


async def test_the_trajectory_is_judged_by_what_the_document_was_judged_by() -> None:
    known = World()
    await known.deliver(world.episode())
    await rate(known, 1, *CALM, DIP)
    await make(known)
    steps = known.desk.activate(SITE, CHECKIN, 1, "why", "lead", tell_history=True)
    await anext(steps)  # in force, and no episode judged again yet
    assert (await known.handlers.trajectory(SITE, world.EPISODE))[1].ruptures == ()
    assert len([step async for step in steps]) == 1
    assert len((await known.handlers.trajectory(SITE, world.EPISODE))[1].ruptures) == 1


async def test_a_preview_counts_what_would_change_and_changes_nothing() -> None:
    known = World()
    for number in range(60):
        await known.deliver(world.episode(episode_id=f"ep-{number:02d}", client_ids=[f"cl-{number:02d}"]))
        for session, value in enumerate((*CALM, DIP if number < 20 else 9.1), start=1):
            own: dict[str, Any] = {"episode_id": f"ep-{number:02d}"}
            await known.deliver(world.session(session, **own))
            await known.deliver(world.response(session, checkin(value), client_id=f"cl-{number:02d}", **own))
    documents, told = dict(known.episodes.documents), len(known.told())
    await make(known)
    steps = await preview(known, 1)
    assert [(step.done, step.of) for step in steps] == [(50, 60), (60, 60), (60, 60)]
    found = steps[-1].result
    assert found is not None
    assert (found.episodes, found.clients, found.rated_sessions) == (60, 60, 300)
    assert (found.now.ruptures, found.then.ruptures) == (0, 20)
    assert (found.gained, found.lost, found.moved) == (20, 0, 0)
    assert [shown.episode_id for shown in found.gained_ruptures] == [f"ep-{number:02d}" for number in range(20)]
    assert known.episodes.documents == documents
    assert len(known.told()) == told
    unstored = (await preview(known, definition=STRICT))[-1].result
    assert unstored == found


async def test_a_preview_of_the_policy_in_force_finds_no_difference() -> None:
    known = World()
    await known.deliver(world.episode())
    await rate(known, 1, *CALM, 5.0)
    found = (await preview(known, definition=DEFAULT.to_dict()))[-1].result
    assert found is not None
    assert (found.now, found.gained, found.lost, found.moved) == (found.then, 0, 0, 0)
    assert found.now.ruptures == 1


async def test_a_rupture_seen_in_another_session_has_moved() -> None:
    known = World()
    await known.deliver(world.episode())
    await rate(known, 1, *CALM, DIP, 5.0)
    found = (await preview(known, definition=STRICT))[-1].result
    assert found is not None
    assert (found.now.ruptures, found.then.ruptures) == (1, 1)
    assert (found.gained, found.lost, found.moved) == (0, 0, 1)


async def test_a_preview_of_nothing_ends_all_the_same() -> None:
    steps = await preview(World(), 0)
    assert steps[-1].result is not None
    assert steps[-1].result.rated_sessions == 0
    with pytest.raises(Permanent, match="version"):
        await preview(World(), 3)
    with pytest.raises(Permanent, match="version"):
        await preview(World(), 1, STRICT)
