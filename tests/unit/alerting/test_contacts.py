"""How people are reached: contacts and their codes, notification rules, what lacks, and calendars."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from icalendar import Calendar

from services.alerting import sites as sites_of
from services.alerting.channels import GatewayError
from services.alerting.domain.facts import Kind
from services.alerting.domain.notify import notifications
from services.alerting.domain.readiness import Lack
from services.alerting.domain.shifts import OverrideKind
from services.alerting.domain.sites import Channel, Person
from services.alerting.verification import TRIES
from services.runtime.errors import Conflict, NotFound, Permanent, Transient
from services.runtime.settings import SettingsError
from tests.unit.alerting.desk import DORA, NOON, Desk, override
from tests.unit.alerting.world import MONDAY, SITE, SITES, World


@pytest.fixture
async def desk(world: World) -> Desk:
    return await Desk.opened(world)


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
    await desk.roster.judge()
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
