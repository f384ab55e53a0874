"""The domain's closed lists and the protos' are the same, and texts stay off the topic."""

from datetime import timedelta
from enum import StrEnum

import pytest
from attune.clinic.v1 import session_events_pb2 as clinic

from services.intake import messages, store
from services.intake.domain import episode as episodes_of
from services.intake.domain import session as sessions_of
from tests.unit.intake.world import NOW, closed, opened, recorded, report_of, updated

AGREEMENT = clinic.Agreement(
    goals=["sleep"],
    expectations=["weekly"],
    preferences=["letters"],
    barriers=[clinic.BARRIER_LANGUAGE, clinic.BARRIER_PAST_HARM],
    communication_style=clinic.COMMUNICATION_STYLE_INDIRECT,
    route_ruptures_past_therapist=True,
)
CONSENT = clinic.Consent(monitoring=True, visibility=clinic.VISIBILITY_THERAPIST_ONLY, given_at=NOW)


@pytest.mark.parametrize("domain", messages.LISTS)
def test_every_value_of_a_closed_list_has_its_equal_in_the_proto(domain: type[StrEnum]) -> None:
    wrapper, prefix = messages.LISTS[domain]
    assert [prefix + "UNSPECIFIED", *(prefix + value.upper() for value in domain)] == list(wrapper.keys())


def test_an_episode_keeps_everything_between_wire_document_and_wire() -> None:
    first = report_of(opened(agreement=AGREEMENT, consent=CONSENT))
    last = report_of(closed(), id="e2")
    stored = store.episode_reports(store.episode_document([first, last]))
    assert stored == (first, last)
    shown = messages.to_episode(episodes_of.fold(stored))
    assert shown.agreement == AGREEMENT
    assert shown.consent == CONSENT
    assert shown.close_reason == clinic.CLOSE_REASON_COMPLETED
    assert shown.modality == clinic.MODALITY_INDIVIDUAL
    assert shown.opened_at.ToSeconds() == int((NOW - timedelta(days=30)).timestamp())


def test_a_session_keeps_everything_between_wire_document_and_wire() -> None:
    said = recorded(
        late_minutes=12,
        therapist_id="th-9",
        homework=clinic.Homework(done=clinic.HOMEWORK_DONE_PARTLY, agreed=True),
        goals_reviewed=True,
        next_session_at=NOW,
    )
    report = report_of(said)
    (stored,) = store.session_reports(store.session_document([report]))
    assert stored == report
    shown = messages.to_session(sessions_of.fold([stored]))
    for field in said.DESCRIPTOR.fields_by_name:
        assert getattr(shown, field) == getattr(said, field), field


def test_the_topic_carries_no_text_of_the_agreement() -> None:
    episode = episodes_of.fold([report_of(opened(agreement=AGREEMENT))])
    published = messages.to_published_episode(episode)
    for text in ("sleep", "weekly", "letters"):
        assert text.encode() not in published.SerializeToString()
    assert list(published.agreement.barriers) == list(AGREEMENT.barriers)
    assert published.agreement.communication_style == AGREEMENT.communication_style
    assert published.agreement.route_ruptures_past_therapist


def test_an_agreement_that_was_never_stated_is_absent_everywhere() -> None:
    episode = episodes_of.fold([report_of(opened())])
    assert not messages.to_episode(episode).HasField("agreement")
    assert not messages.to_published_episode(episode).HasField("agreement")


def test_an_update_without_therapist_differs_from_one_with_an_empty_therapist() -> None:
    assert report_of(updated(consent=CONSENT)).fact.therapist_id is None
    assert report_of(updated(therapist_id="")).fact.therapist_id == ""


def test_times_are_kept_to_the_millisecond() -> None:
    fine = NOW + timedelta(microseconds=1_999)
    report = report_of(opened(opened_at=fine), time=fine)
    assert report.occurred_at == report.fact.opened_at == NOW + timedelta(milliseconds=1)
