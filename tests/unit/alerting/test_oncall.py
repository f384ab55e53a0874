"""Who is on call, as people and programs arrange it; on a store without a database, with gateways that record."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import yaml
from icalendar import Calendar

from services.alerting import sites as sites_of
from services.alerting.calendars import Calendars
from services.alerting.channels import GatewayError
from services.alerting.domain.facts import Kind
from services.alerting.domain.notify import notifications
from services.alerting.domain.readiness import Lack
from services.alerting.domain.shifts import Override, OverrideKind
from services.alerting.domain.sites import Channel, Person, Role
from services.alerting.metrics import AlertingMetrics
from services.alerting.oncall import OnCall
from services.alerting.roster import Roster
from services.alerting.verification import TRIES, Verification
from services.runtime.errors import Conflict, NotFound, Permanent, Transient
from services.runtime.metrics import Metrics
from services.runtime.settings import SettingsError
from tests.unit.alerting.world import MONDAY, SITE, SITES, MemoryAggregates, World

NOON = datetime(2026, 1, 12, 12, tzinfo=UTC)
DORA = {"contacts": [{"email": "dora@example.org"}]}


class Desk:
    """Alerting's part about who is on call, started from a file; ``again`` is another start on the same records."""

    def __init__(self, world: World, text: str = SITES, records: MemoryAggregates | None = None) -> None:
        file = Path(world.directory) / "sites.yaml"
        file.write_text(text)
        self.world = world
        self.records = records or MemoryAggregates("sites")
        self.sites = sites_of.Sites({}, {})
        self.metrics = Metrics("alerting")
        self.roster = Roster(
            self.records,
            self.sites,
            sites_of.read(file),
            frozenset(Channel),
            world.clock,
            AlertingMetrics(self.metrics),  # type: ignore[arg-type]
        )
        self.oncall = OnCall(self.roster, self.sites, world.clock)
        gateways = {Channel.EMAIL: world.mail, Channel.WEBHOOK: world.webhook}
        self.verification = Verification(self.roster, self.sites, gateways, b"k" * 32, world.clock)
        self.calendars = Calendars(
            MemoryAggregates("calendars"),
            self.sites,
            "https://alerts.example.org",
            world.clock,  # type: ignore[arg-type]
        )

    @classmethod
    async def opened(cls, world: World, text: str = SITES, records: MemoryAggregates | None = None) -> Desk:
        desk = cls(world, text, records)
        await desk.roster.start()
        await desk.roster.stop()
        return desk

    async def again(self, text: str = SITES) -> Desk:
        return await Desk.opened(self.world, text, self.records)

    def section(self) -> dict:
        return sites_of.read(Path(self.world.directory) / "sites.yaml").sections[SITE]

    def on_call(self, at: datetime = NOON, rota: str = "main") -> tuple[str, ...]:
        return self.sites.declared(SITE).on_call(rota, at)

    def code(self) -> str:
        """The code that just arrived."""
        return self.world.arrived.pop()[2].confirm


@pytest.fixture
async def desk(world: World) -> Desk:
    return await Desk.opened(world)


def override(kind: OverrideKind, comes: str = "", goes: str = "", hours: float = 4) -> Override:
    ends = MONDAY + timedelta(hours=hours)
    return Override("", "main", kind, MONDAY, ends, comes, goes, "ana", "holiday", MONDAY)


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


# ------------------------------------------------------------------ contacts
async def test_a_contact_is_used_once_its_code_came_back(desk: Desk) -> None:
    await desk.oncall.put_person(SITE, "dora", DORA)
    dora = desk.sites.declared(SITE).people["dora"]
    assert (dora.reachable, [each.channel for each in dora.unverified]) == (False, [Channel.EMAIL])
    await desk.verification.send(SITE, "dora", "email")
    code = desk.code()
    assert (await desk.verification.confirm(SITE, "dora", "email", code)).reachable
    # Another address needs another code.
    await desk.oncall.put_person(SITE, "dora", {"contacts": [{"email": "dora@example.net"}]})
    assert not desk.sites.declared(SITE).people["dora"].reachable
    with pytest.raises(Permanent, match="code: is wrong"):
        await desk.verification.confirm(SITE, "dora", "email", code)


async def test_a_contact_of_a_file_that_nobody_signed_waits_for_its_code(world: World) -> None:
    text = SITES.replace("{email: ben@example.org}", "{email: ben@example.org, verified: false}")
    desk = await Desk.opened(world, text)
    assert not desk.sites.declared(SITE).people["ben"].reachable
    await desk.verification.send(SITE, "ben", "email")
    await desk.verification.confirm(SITE, "ben", "email", desk.code())
    assert desk.sites.declared(SITE).people["ben"].reachable
    assert (await desk.again(text)).sites.declared(SITE).people["ben"].reachable


async def test_a_file_without_a_signature_has_nobody_to_catch_all(world: World) -> None:
    unsigned = SITES.replace("contacts_verified: {by: the tests, when: 2026-01-05}\n", "")
    with pytest.raises(SettingsError, match="catch_all: nobody in it can be reached"):
        await Desk.opened(world, unsigned)


async def test_a_wrong_code_is_tried_a_few_times_only(desk: Desk) -> None:
    await desk.oncall.put_person(SITE, "dora", DORA)
    await desk.verification.send(SITE, "dora", "email")
    code = desk.code()
    wrong = f"{(int(code) + 1) % 10**6:06}"
    for _ in range(TRIES):
        with pytest.raises(Permanent, match="code: is wrong"):
            await desk.verification.confirm(SITE, "dora", "email", wrong)
    with pytest.raises(Permanent, match="code: is wrong"):
        await desk.verification.confirm(SITE, "dora", "email", code)


async def test_a_code_expires_and_another_one_is_sent_no_sooner_than_a_minute_later(desk: Desk) -> None:
    await desk.oncall.put_person(SITE, "dora", DORA)
    await desk.verification.send(SITE, "dora", "email")
    first = desk.code()
    with pytest.raises(Conflict, match="less than a minute ago"):
        await desk.verification.send(SITE, "dora", "email")
    desk.world.clock.advance(timedelta(minutes=15))
    with pytest.raises(Permanent, match="code: is wrong, expired"):
        await desk.verification.confirm(SITE, "dora", "email", first)
    await desk.verification.send(SITE, "dora", "email")
    await desk.verification.confirm(SITE, "dora", "email", desk.code())


async def test_a_code_that_no_gateway_takes_is_told_with_its_reason(desk: Desk) -> None:
    await desk.oncall.put_person(SITE, "dora", DORA)
    desk.world.mail.failures = [GatewayError("the mail server refused the recipient (550)", permanent=True)]
    with pytest.raises(Permanent, match="refused the recipient"):
        await desk.verification.send(SITE, "dora", "email")
    desk.world.clock.advance(timedelta(minutes=1))
    desk.world.mail.failures = [GatewayError("away")]
    with pytest.raises(Transient):
        await desk.verification.send(SITE, "dora", "email")


async def test_a_verified_contact_is_sent_no_code(desk: Desk) -> None:
    with pytest.raises(Conflict, match="verified already"):
        await desk.verification.send(SITE, "ben", "email")
    with pytest.raises(NotFound, match="channel"):
        await desk.verification.send(SITE, "ben", "webhook")


async def test_codes_are_kept_as_hashes_only(desk: Desk) -> None:
    await desk.oncall.put_person(SITE, "dora", DORA)
    await desk.verification.send(SITE, "dora", "email")
    assert desk.code() not in str(desk.records.documents)


# ------------------------------------------------------------------ notification rules
def _ana(world: World, notify: str) -> Person:
    text = SITES.replace("language: es\n", f"language: es\n        notify: {notify}\n")
    (Path(world.directory) / "sites.yaml").write_text(text)
    site = sites_of.load(Path(world.directory) / "sites.yaml").get(SITE)
    assert site is not None
    return site.people["ana"]


def _times(person: Person, kind: Kind = Kind.RISK) -> list[tuple[float, str]]:
    return [(wait / timedelta(minutes=1), contact.channel) for wait, contact in notifications(person, kind)]


def test_each_contact_is_used_once_after_its_wait(world: World) -> None:
    ana = _ana(world, "[{contact: email, after: 5m}, {contact: webhook, after: 0s}]")
    assert _times(ana) == [(0, "webhook"), (5, "email")]


def test_a_rule_may_be_about_one_kind_of_alert_and_something_is_always_used_at_once(world: World) -> None:
    ana = _ana(world, "[{contact: webhook, after: 0s, about: risk}, {contact: webhook, after: 10m}]")
    assert _times(ana) == [(0, "webhook")]
    assert _times(ana, Kind.RUPTURE) == [(0, "email"), (10, "webhook")]
    assert _times(replace(ana, contacts=())) == []


def test_without_rules_the_first_contact_is_used_at_once(world: World) -> None:
    assert _times(_ana(world, "[]")) == [(0, "email")]


RULED = SITES.replace("people: [ana, ben]", "people: [ana]").replace(
    "language: es\n", "language: es\n        notify: [{contact: webhook, after: 0s}, {contact: email, after: 3m}]\n"
)


async def test_the_engine_pages_by_the_rules_of_the_person(make_world) -> None:
    world = make_world(RULED)
    await world.risk()
    await world.settle()
    assert world.told() == ["ana by webhook"]
    await world.wait(minutes=2, seconds=59)
    assert world.told() == []
    await world.wait(seconds=1)
    assert world.told() == ["ana"]


async def test_who_has_answered_is_told_no_more_by_a_later_rule(make_world) -> None:
    world = make_world(RULED)
    alert_id = await world.risk()
    await world.settle()
    assert world.told() == ["ana by webhook"]
    await world.handlers.acknowledge(SITE, alert_id, "ana")
    await world.wait(minutes=10)
    assert world.told() == []


async def test_a_contact_that_fails_brings_a_later_one_forward(make_world) -> None:
    world = make_world(RULED)
    world.webhook.down = GatewayError("away")
    await world.risk()
    await world.settle()
    await world.wait(seconds=2)
    assert world.told() == ["ana"]
    world.webhook.down = None
    await world.wait(seconds=10)
    assert world.told() == ["ana by webhook"]
    await world.wait(minutes=4)
    assert world.told() == []


def test_a_rule_for_a_contact_that_is_not_there_is_refused_by_its_place(world: World) -> None:
    with pytest.raises(sites_of.SitesError, match=r"people\[0\]\.notify\[0\]\.after: '2d' is outside"):
        _ana(world, "[{contact: webhook, after: 2d}]")
    text = SITES.replace("{id: ben, ", "{id: ben, notify: [{contact: webhook, after: 5m}], ")
    (Path(world.directory) / "sites.yaml").write_text(text)
    with pytest.raises(sites_of.SitesError, match=r"people\[1\]\.notify\[0\]\.contact: the person has no webhook"):
        sites_of.load(Path(world.directory) / "sites.yaml")


# ------------------------------------------------------------------ readiness
async def test_what_lacks_is_known_before_it_matters(world: World) -> None:
    desk = await Desk.opened(world, SITES.replace("people: [ana, ben]", "people: [ana, unreachable]"))
    await desk.oncall.put_person(SITE, "dora", DORA)
    await desk.oncall.add_override(SITE, override(OverrideKind.REMOVE, goes="unreachable", hours=2))
    found = desk.oncall.readiness(SITE, 13)
    seven = datetime(2026, 1, 19, 9, tzinfo=UTC)
    assert [(each.lack, each.person_id, each.channel, each.starts_at, each.ends_at) for each in found] == [
        (Lack.EMPTY_SHIFT, "", "", MONDAY, NOON),
        (Lack.UNREACHABLE_SHIFT, "", "", NOON, seven),
        (Lack.NO_RULE, "unreachable", "", None, None),
        (Lack.NO_RULE, "dora", "", None, None),
        (Lack.UNVERIFIED_CONTACT, "dora", "email", None, None),
    ]
    desk.roster.judge()
    exposed = desk.metrics.exposition().decode()
    assert 'attune_alerting_readiness_findings{lack="no-rule",site_id="northside"} 2.0' in exposed


async def test_a_site_where_nothing_lacks_is_ready(world: World) -> None:
    desk = await Desk.opened(world, SITES.replace("      - {id: unreachable}\n", ""))
    assert desk.oncall.readiness(SITE, 28) == ()


# ------------------------------------------------------------------ calendars
async def test_a_persons_calendar_has_their_shifts_and_nobody_elses(desk: Desk) -> None:
    _, url = await desk.calendars.create(SITE, "", "ana", "operator")
    token = url.removeprefix("https://alerts.example.org/calendar/").removesuffix(".ics")
    content = await desk.calendars.content(token)
    assert content is not None
    events = Calendar.from_ical(content).walk("VEVENT")
    first = events[1]
    assert first["dtstart"].dt == datetime(2026, 1, 19, 9, tzinfo=UTC)
    assert first["dtend"].dt == datetime(2026, 1, 26, 9, tzinfo=UTC)
    assert {str(event["summary"]) for event in events} == {"On call (main)"}
    assert len({str(event["uid"]) for event in events}) == len(events)
    # British summer: nine o'clock is eight in UTC.
    assert any(event["dtstart"].dt == datetime(2026, 3, 30, 8, tzinfo=UTC) for event in events)
    assert await desk.calendars.content(token) == content


async def test_a_rotas_calendar_names_who_and_shows_what_was_arranged(desk: Desk) -> None:
    await desk.oncall.add_override(SITE, override(OverrideKind.REPLACE, "carla", "ben"))
    _, url = await desk.calendars.create(SITE, "main", "", "operator")
    content = await desk.calendars.content(url.rpartition("/")[2].removesuffix(".ics"))
    assert content is not None
    summaries = [str(event["summary"]) for event in Calendar.from_ical(content).walk("VEVENT")]
    assert summaries[:4] == [
        "On call (main): ana",
        "On call (main): ben",
        "On call (main): carla",
        "On call (main): ben",
    ]


async def test_a_revoked_or_guessed_address_shows_nothing_and_only_hashes_are_kept(desk: Desk) -> None:
    feed, url = await desk.calendars.create(SITE, "main", "", "operator")
    token = url.rpartition("/")[2].removesuffix(".ics")
    kept = str(desk.calendars._feeds.documents)  # type: ignore[attr-defined]
    assert token not in kept
    assert await desk.calendars.content(token[:-1]) is None
    with pytest.raises(NotFound):
        await desk.calendars.revoke("southside", feed.calendar_id)
    await desk.calendars.revoke(SITE, feed.calendar_id)
    assert await desk.calendars.content(token) is None


@pytest.mark.parametrize(("rota", "person"), [("", ""), ("main", "ana"), ("backup", ""), ("", "nobody")])
async def test_a_calendar_of_nothing_is_refused(desk: Desk, rota: str, person: str) -> None:
    with pytest.raises(Permanent):
        await desk.calendars.create(SITE, rota, person, "operator")
