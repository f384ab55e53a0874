"""Who is on call, as people and programs arrange it, and who owns what of the configuration."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
import yaml

from services.alerting.domain.shifts import OverrideKind
from services.alerting.domain.sites import Role
from services.runtime.errors import Conflict, NotFound, Permanent
from services.runtime.settings import SettingsError
from tests.unit.alerting.desk import DORA, NOON, Desk, override
from tests.unit.alerting.world import MONDAY, SITE, SITES, World


@pytest.fixture
async def desk(world: World) -> Desk:
    return await Desk.opened(world)


# ------------------------------------------------------------------ arrangements
async def test_somebody_in_anothers_place_is_on_call_until_the_override_ends(desk: Desk) -> None:
    await desk.oncall.add_override(SITE, override(OverrideKind.REPLACE, "carla", "ben"))
    assert desk.on_call() == ("carla",)
    assert desk.on_call(MONDAY + timedelta(hours=4)) == ("ben",)


async def test_an_override_is_taken_back(desk: Desk) -> None:
    made = await desk.oncall.add_override(SITE, override(OverrideKind.REMOVE, goes="ben"))
    assert desk.on_call() == ()
    await desk.oncall.remove_override(SITE, made.override_id)
    assert desk.on_call() == ("ben",)
    with pytest.raises(NotFound, match="override_id"):
        await desk.oncall.remove_override(SITE, made.override_id)


async def test_two_people_swap_their_shifts_both_or_neither(desk: Desk) -> None:
    next_week = NOON + timedelta(days=7)
    pair = await desk.oncall.swap(SITE, "", ("ben", NOON), ("ana", next_week), "ben", "a wedding")
    assert (desk.on_call(NOON), desk.on_call(next_week)) == (("ana",), ("ben",))
    assert desk.on_call(NOON + timedelta(days=14)) == ("ben",)
    await desk.oncall.remove_override(SITE, pair[0].override_id)
    assert (desk.on_call(NOON), desk.on_call(next_week)) == (("ben",), ("ana",))


async def test_a_swap_of_a_shift_that_is_not_theirs_is_refused_and_says_whose_it_is(desk: Desk) -> None:
    with pytest.raises(Conflict, match="first_person_id: 'carla' is not on call then; ben is"):
        await desk.oncall.swap(SITE, "main", ("carla", NOON), ("ana", NOON + timedelta(days=7)), "ben", "a wedding")


@pytest.mark.parametrize(
    ("change", "field"),
    [
        ({"person_id": "nobody"}, "person_id"),
        ({"author": "nobody"}, "author"),
        ({"rota_id": "backup"}, "rota_id"),
        ({"reason": " "}, "reason"),
        ({"reason": "x" * 501}, "reason"),
        ({"starts_at": MONDAY - timedelta(days=2), "ends_at": MONDAY - timedelta(days=1)}, "ends_at"),
    ],
)
async def test_an_override_that_cannot_be_is_refused_by_its_field(desk: Desk, change: dict, field: str) -> None:
    with pytest.raises(Permanent, match=f"^{field}: "):
        await desk.oncall.add_override(SITE, replace(override(OverrideKind.ADD, "carla"), **change))


async def test_another_instance_sees_what_was_arranged(desk: Desk) -> None:
    other = await desk.again()
    await desk.oncall.add_override(SITE, override(OverrideKind.ADD, "carla"))
    assert other.on_call() == ("ben",)
    await other.roster.refresh()
    assert other.on_call() == ("ben", "carla")


async def test_a_page_goes_to_whom_an_override_names(make_world) -> None:
    world = make_world(SITES)
    desk = await Desk.opened(world)
    await desk.oncall.add_override(SITE, override(OverrideKind.REPLACE, "carla", "ben"))
    world.sites.put(desk.sites.declared(SITE))
    await world.risk()
    await world.settle()
    assert world.told() == ["carla"]


# ------------------------------------------------------------------ configuration
async def test_a_changed_section_is_told_by_place_and_then_in_force(desk: Desk) -> None:
    section = desk.section()
    section["people"][1]["language"] = "es"
    section["rota"]["people"] = ["carla"]
    told = await desk.oncall.apply(SITE, section, dry_run=True)
    assert [(each.place, each.before, each.after) for each in told] == [
        ("people.ben.language", "", '"es"'),
        ("rota.people", '["ana", "ben"]', '["carla"]'),
    ]
    assert desk.on_call() == ("ben",)
    assert await desk.oncall.apply(SITE, section, dry_run=False) == told
    assert desk.on_call() == ("carla",)
    assert await desk.oncall.apply(SITE, section, dry_run=False) == []


async def test_a_start_with_the_same_file_takes_nothing_back_that_was_applied(desk: Desk) -> None:
    section = desk.section()
    section["rota"]["people"] = ["carla"]
    await desk.oncall.apply(SITE, section, dry_run=False)
    assert (await desk.again()).on_call() == ("carla",)
    changed = await desk.again(SITES.replace("people: [ana, ben]", "people: [dan]"))
    assert changed.on_call() == ("dan",)


async def test_a_site_that_the_file_no_longer_names_is_retired_and_comes_back_with_it(desk: Desk) -> None:
    gone = await desk.again(SITES.replace("northside:", "southside:"))
    with pytest.raises(Permanent, match="not in the on-call file"):
        gone.on_call()
    assert (await gone.again()).on_call() == ("ben",)


async def test_a_section_that_cannot_be_used_is_refused_by_its_places_and_changes_nothing(desk: Desk) -> None:
    section = desk.section()
    section["catch_all"] = ["unreachable"]
    section["people"][1]["contacts"][0]["email"] = "nobody"
    with pytest.raises(Permanent, match=r"people\[1\]\.contacts\[0\]\.email: is not an e-mail address"):
        await desk.oncall.apply(SITE, section, dry_run=False)
    assert desk.sites.declared(SITE).catch_all == ("dan",)


async def test_a_caller_cannot_name_a_secret_outside_the_files_folder(desk: Desk) -> None:
    section = desk.section()
    section["people"][0]["contacts"][1]["secret_file"] = "../../etc/shadow"
    with pytest.raises(Permanent, match="secret_file"):
        await desk.oncall.apply(SITE, section, dry_run=True)


async def test_a_person_has_one_owner_the_file_or_the_api(desk: Desk) -> None:
    with pytest.raises(Conflict, match="'ben' is declared in the on-call file, which owns it"):
        await desk.oncall.put_person(SITE, "ben", DORA)
    await desk.oncall.put_person(SITE, "dora", DORA)
    section = desk.section()
    section["people"].append({"id": "dora"})
    with pytest.raises(Permanent, match=r"people\[5\]\.id: 'dora' was made by the API, which owns it"):
        await desk.oncall.apply(SITE, section, dry_run=False)
    with pytest.raises(SettingsError, match="'dora' was made by the API"):
        await desk.again(yaml.safe_dump({"sites": {SITE: section}}))


async def test_a_rota_has_one_owner_the_file_or_the_api(desk: Desk) -> None:
    backup = {"people": ["carla"], "handoff": "monthly", "at": "09:00", "start": "2026-01-01"}
    with pytest.raises(Conflict, match="'main' is declared in the on-call file"):
        await desk.oncall.put_rota(SITE, "main", backup)
    await desk.oncall.put_rota(SITE, "backup", backup)
    assert desk.on_call(rota="backup") == ("carla",)
    section = desk.section()
    section["policy"]["steps"][1]["targets"] = ["rota:backup"]
    await desk.oncall.apply(SITE, section, dry_run=False)
    with pytest.raises(Permanent, match="there is no rota 'backup'"):
        await desk.oncall.remove_rota(SITE, "backup")
    await desk.oncall.apply(SITE, desk.section(), dry_run=False)
    await desk.oncall.remove_rota(SITE, "backup")
    assert desk.on_call(rota="backup") == ()


async def test_somebody_who_takes_turns_cannot_be_removed(desk: Desk) -> None:
    await desk.oncall.put_person(SITE, "dora", DORA)
    await desk.oncall.put_rota(
        SITE, "backup", {"people": ["dora"], "handoff": "daily", "at": "09:00", "start": "2026-01-01"}
    )
    with pytest.raises(Permanent, match=r"rotas\.backup\.people\[0\]: there is no person 'dora'"):
        await desk.oncall.remove_person(SITE, "dora")
    await desk.oncall.remove_rota(SITE, "backup")
    await desk.oncall.remove_person(SITE, "dora")
    assert "dora" not in desk.sites.declared(SITE).people


async def test_what_somebody_is_follows_from_the_file(world: World) -> None:
    text = SITES.replace("{id: carla,", "{id: carla, therapist: t-1,") + "    supervisors: [carla]\n    admins: [dan]\n"
    site = (await Desk.opened(world, text)).sites.declared(SITE)
    assert site.roles("carla") == {Role.THERAPIST, Role.SUPERVISOR}
    assert (site.roles("ana"), site.roles("dan"), site.roles("x")) == ({Role.ON_CALL}, {Role.SITE_ADMIN}, set())


async def test_a_file_with_one_site_that_cannot_be_used_is_applied_to_none(desk: Desk) -> None:
    person = "{id: carla, contacts: [{email: carla@example.org}]}"
    second = SITES.partition("sites:\n")[2].replace("northside", "southside").replace("[dan]", "[unreachable]")
    changed = SITES.replace(person, "{id: carla, contacts: [{email: carla@example.net}]}") + second
    with pytest.raises(SettingsError, match=r"sites\.southside: .*catch_all: nobody in it can be reached"):
        await desk.again(changed)
    assert "carla@example.org" in desk.records.documents[SITE]["section"]
