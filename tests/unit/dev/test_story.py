from collections import Counter
from datetime import UTC, datetime, timedelta

import pytest

from services.dev.clinics.mischief import KINDS, disturb
from services.dev.clinics.profiles import CLINICS, DoorKind, Profile
from services.dev.clinics.story import CLOSED, OPENED, RECORDED, SUBMITTED, UPDATED, Outgoing, tell
from services.dev.ledger import Expect

START = datetime(2026, 11, 24, 12, tzinfo=UTC)
ALL = [pytest.param(profile, id=profile.site) for profile in CLINICS.values()]


def by_type(events: list[Outgoing] | tuple[Outgoing, ...], kind: str) -> list[Outgoing]:
    return [event for event in events if event.type == kind]


@pytest.mark.parametrize("profile", ALL)
def test_the_same_seed_tells_the_same_story_and_another_seed_another(profile: Profile) -> None:
    assert tell(profile, 60, 1, START) == tell(profile, 60, 1, START)
    assert tell(profile, 60, 1, START) != tell(profile, 60, 2, START)
    story = tell(profile, 60, 1, START)
    assert disturb(profile, story.events, 1, START) == disturb(profile, story.events, 1, START)


@pytest.mark.parametrize("profile", ALL)
def test_a_story_has_as_many_sessions_as_asked_and_every_event_id_once(profile: Profile) -> None:
    story = tell(profile, 200, 1, START)
    assert len(by_type(story.events, RECORDED)) == 200
    assert len({event.event_id for event in story.events}) == len(story.events)
    assert {event.type for event in story.events} == {OPENED, UPDATED, RECORDED, SUBMITTED, CLOSED}
    assert all(event.time < START for event in story.events)
    assert list(story.events) == sorted(story.events, key=lambda event: (event.time, event.event_id))


@pytest.mark.parametrize("profile", ALL)
def test_sessions_are_in_the_clinics_own_working_hours(profile: Profile) -> None:
    for event in by_type(tell(profile, 100, 3, START).events, RECORDED):
        begins = event.message.scheduled_at.ToDatetime(UTC).astimezone(profile.zone)  # type: ignore[attr-defined]
        # Weekly on the clock of the clinic, summer time or not.
        assert timedelta(hours=8) <= timedelta(hours=begins.hour) < timedelta(hours=18)


@pytest.mark.parametrize("profile", ALL)
def test_every_injected_rupture_is_rated_in_its_sessions(profile: Profile) -> None:
    story = tell(profile, 200, 1, START)
    assert len(story.truths) >= 3
    rated = {event.message.session_id for event in by_type(story.events, SUBMITTED)}  # type: ignore[attr-defined]
    for truth in story.truths:
        assert truth.sessions[0] in rated


def test_a_second_run_tells_of_other_episodes() -> None:
    first = tell(CLINICS["harbour"], 50, 1, START)
    second = tell(CLINICS["harbour"], 50, 1, START + timedelta(seconds=1))
    assert not {event.episode_id for event in first.events} & {event.episode_id for event in second.events}


@pytest.mark.parametrize("profile", ALL)
def test_mischief_loses_nothing_and_says_what_it_added(profile: Profile) -> None:
    story = tell(profile, 200, 1, START)
    sent = disturb(profile, story.events, 1, START)
    kinds = Counter(event.expect for event in sent)
    accepted = [event for event in sent if event.expect is Expect.ACCEPT]
    assert sorted(event.event_id for event in accepted) == sorted(event.event_id for event in story.events)
    assert 0.02 < kinds[Expect.DUPLICATE] / len(sent) < 0.09
    assert 0.005 < kinds[Expect.REJECT] / len(sent) < 0.03
    assert accepted != list(story.events), "some arrive late"
    for index, event in enumerate(sent):
        if event.expect is Expect.DUPLICATE:
            before = [each.event_id for each in sent[:index] if each.expect is Expect.ACCEPT]
            assert event.event_id in before, "a duplicate comes after its original"


def test_some_sessions_come_before_their_episode_and_some_feedback_before_its_session() -> None:
    sent = disturb(CLINICS["harbour"], tell(CLINICS["harbour"], 400, 1, START).events, 1, START)
    opened = {event.episode_id: index for index, event in enumerate(sent) if event.type == OPENED}
    held = {event.message.session_id: index for index, event in enumerate(sent) if event.type == RECORDED}  # type: ignore[attr-defined]
    early = [
        event
        for index, event in enumerate(sent)
        if event.type == RECORDED and not event.rubbish and index < opened[event.episode_id]
    ]
    ahead = [
        event
        for index, event in enumerate(sent)
        if event.type == SUBMITTED and not event.rubbish and index < held[event.message.session_id]  # type: ignore[attr-defined]
    ]
    assert early
    assert ahead


def test_over_grpc_an_episode_is_opened_before_its_sessions() -> None:
    sent = disturb(CLINICS["banyan"], tell(CLINICS["banyan"], 400, 1, START).events, 1, START)
    known: set[str] = set()
    for event in sent:
        if event.type == OPENED:
            known.add(event.episode_id)
        assert event.rubbish or event.episode_id in known


def test_the_demo_has_every_kind_of_rubbish_that_the_issue_names() -> None:
    kinds = {
        event.rubbish
        for profile in CLINICS.values()
        for event in disturb(profile, tell(profile, 200, 1, START).events, 1, START)
        if event.rubbish
    }
    assert kinds >= {
        "truncated",
        "unknown-type",
        "missing-field",
        "score-out-of-range",
        "foreign-site",
        "orphan-session",
        "not-utf8",
        "future-schema",
        "too-large",
    }
    assert set(KINDS) == set(DoorKind)
