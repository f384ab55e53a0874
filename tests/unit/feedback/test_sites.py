"""The forms file: what is wrong with it is said by place, and a site without crisis text is refused."""

from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

import pytest
import yaml

from services.dev.environment import REPOSITORY
from services.feedback import sites
from services.feedback.domain.quiet import Quiet
from services.feedback.domain.regular import Regular

LANGUAGES = ("en", "es")
GOOD: dict[str, Any] = {
    "name": "Northside Practice",
    "time_zone": "Europe/London",
    "quiet_hours": "21:00-08:00",
    "languages": ["en"],
    "crisis": {"en": {"text": "Call us.", "call": "116 123"}},
    "privacy": {"en": "It stays here."},
}


def load(tmp_path: Path, **changes: Any) -> sites.Site:
    site = {key: value for key, value in {**GOOD, **changes}.items() if value is not None}
    file = tmp_path / "feedback.yaml"
    file.write_text(yaml.safe_dump({"sites": {"north": site}}))
    return sites.load(file, LANGUAGES)["north"]


def test_a_good_file_is_read(tmp_path: Path) -> None:
    site = load(tmp_path)
    assert (site.name, site.instrument_id, site.safety_question) == ("Northside Practice", "attune-checkin", True)
    assert site.valid_for == timedelta(days=3)
    assert site.crisis["en"] == sites.Crisis("Call us.", "116 123")


def test_messages_of_the_example_are_good_and_remind_outside_of_quiet_hours(tmp_path: Path) -> None:
    text = (REPOSITORY / "deploy" / "feedback.example.yaml").read_text()
    commented = text[text.index("    # messages:") :]
    (tmp_path / "webhook.secret").write_text("a secret of the tests, long enough")
    section = yaml.safe_load("\n".join(line.removeprefix("    # ") for line in commented.splitlines()))["messages"]
    site = load(tmp_path, messages=section)
    assert site.messages is not None
    assert site.messages.webhook is not None
    assert site.messages.webhook.url == "https://practice.example/attune"
    reminding = site.messages.reminding
    assert (reminding.reminders, reminding.after) == (1, timedelta(hours=24))
    assert reminding.allowed(datetime(2026, 1, 5, 23, tzinfo=UTC)) == datetime(2026, 1, 6, 8, tzinfo=UTC)


def test_what_the_example_asks_beside_the_form_is_good(tmp_path: Path) -> None:
    text = (REPOSITORY / "deploy" / "feedback.example.yaml").read_text()
    commented = text[text.index("    # also:") : text.index("    # How clients are told")]
    section = yaml.safe_load("\n".join(line.removeprefix("    # ") for line in commented.splitlines()))["also"]
    assert load(tmp_path, also=section).regular == (Regular("phq9", "1", 4),)


@pytest.mark.parametrize(
    ("also", "problem"),
    [
        ([{"instrument": "nothing", "every": 4}], "sites.north.also[0]: there is no scoring key for 'nothing'"),
        ([{"instrument": "attune-checkin", "every": 4}], "also[0]: attune-checkin is asked already"),
        ([{"instrument": "phq9", "every": 4}] * 2, "also[1]: phq9 is asked already"),
        ([{"instrument": "phq9", "version": "7", "every": 4}], "also[0]: version: is not one of 1"),
        ([{"instrument": "attune-session-notes", "every": 1}], "there is no scoring key"),
        ([{"instrument": "phq9", "every": 0}], "sites.north.also[0].every"),
    ],
)
def test_what_cannot_be_asked_beside_the_form_is_said(tmp_path: Path, also: Any, problem: str) -> None:
    with pytest.raises(sites.SitesError) as error:
        load(tmp_path, also=also)
    assert problem in str(error.value)


def test_the_example_is_good() -> None:
    assert "northside" in sites.load(REPOSITORY / "deploy" / "feedback.example.yaml", LANGUAGES)


@pytest.mark.parametrize(
    ("changes", "problem"),
    [
        ({"crisis": None}, "sites.north.crisis: is missing"),
        ({"messages": {}}, "sites.north.messages: give either webhook or channels"),
        ({"messages": {"channels": ["pigeon"]}}, "sites.north.messages.channels[0]: "),
        ({"messages": {"channels": ["sms"], "reminders": 9}}, "sites.north.messages.reminders: "),
        (
            {"messages": {"channels": ["sms"], "text": {"en": "Northside practice asks"}}},
            "sites.north.messages.text.en: names the site",
        ),
        (
            {"messages": {"webhook": {"url": "http://practice.example", "secret_file": "no.secret"}}},
            "sites.north.messages.webhook.url: would send a link in the clear",
        ),
        ({"crisis": {}}, "sites.north.crisis: has no text in 'en'"),
        ({"crisis": {"en": {"text": "  "}}}, "sites.north.crisis.en.text: "),
        ({"crisis": {"en": {"text": "Call", "call": "javascript:alert(1)"}}}, "sites.north.crisis.en.call: "),
        ({"languages": ["en", "es"]}, "sites.north.crisis: has no text in 'es'"),
        ({"privacy": {"es": "x"}}, "sites.north.privacy: has no text in 'en'"),
        ({"languages": ["xx"]}, "sites.north.languages: there is no catalogue of 'xx'; there are en, es"),
        ({"languages": []}, "sites.north.languages: "),
        ({"time_zone": "Mars/Base"}, "sites.north.time_zone: 'Mars/Base' is not a time zone"),
        ({"quiet_hours": "9 to 5"}, "sites.north.quiet_hours: '9 to 5' is not a span of hours"),
        ({"quiet_hours": "08:00-08:00"}, "sites.north.quiet_hours: begins when it ends"),
        ({"link_valid_for": "5m"}, "sites.north.link_valid_for: '5m' is outside 1h to 30d"),
        ({"form": "srs"}, "sites.north.form: there is no form of 'srs' here"),
        ({"name": " "}, "sites.north.name: "),
        ({"crysis": {}}, "sites.north.crysis: there is no such key here"),
    ],
)
def test_what_is_wrong_is_said_by_place(tmp_path: Path, changes: dict[str, Any], problem: str) -> None:
    with pytest.raises(sites.SitesError) as refused:
        load(tmp_path, **changes)
    assert any(problem in line for line in refused.value.problems), refused.value.problems


LONDON = ZoneInfo("Europe/London")


@pytest.mark.parametrize(
    ("at", "told_from"),
    [
        ("2026-01-10T12:00", "2026-01-10T12:00"),
        ("2026-01-10T20:59", "2026-01-10T20:59"),
        ("2026-01-10T21:00", "2026-01-11T08:00"),
        ("2026-01-11T07:59", "2026-01-11T08:00"),
        ("2026-01-11T08:00", "2026-01-11T08:00"),
        ("2026-03-28T22:00", "2026-03-29T07:00"),  # the clocks go forward in that night
        ("2026-10-24T21:30", "2026-10-25T08:00"),  # and back in that one
    ],
)
def test_quiet_hours_over_midnight_and_over_summer_time(at: str, told_from: str) -> None:
    over = Quiet(time(21), time(8), LONDON).over(datetime.fromisoformat(at).replace(tzinfo=UTC))
    assert over == datetime.fromisoformat(told_from).replace(tzinfo=UTC)


def test_quiet_hours_within_a_day() -> None:
    quiet = Quiet(time(12), time(14), ZoneInfo("UTC"))
    assert quiet.over(datetime(2026, 1, 1, 13, tzinfo=UTC)) == datetime(2026, 1, 1, 14, tzinfo=UTC)
    assert quiet.over(datetime(2026, 1, 1, 15, tzinfo=UTC)) == datetime(2026, 1, 1, 15, tzinfo=UTC)
