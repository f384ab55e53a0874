"""Snoozing, handing on, sending anew, silencing, and test pages from the shell."""

from datetime import UTC, datetime, timedelta

import pytest
from attune.alerting.v1 import alerting_service_pb2 as api

from tests.unit.cli.conftest import Fake, Run

ME = ("--site", "harbour", "--as", "first")


def test_an_alert_is_snoozed_for_a_while_or_until_a_time(run: Run, fake: tuple[Fake, str]) -> None:
    assert run("alerts", "snooze", "al-1", *ME, "--for", "90m").exit_code == 0
    until = fake[0].requests[-1].until.ToDatetime(tzinfo=UTC)
    assert abs(until - datetime.now(UTC) - timedelta(minutes=90)) < timedelta(minutes=1)
    assert (
        "snoozed until 2026-01-12T15:00:00Z"
        in run("alerts", "snooze", "al-1", *ME, "--for", "2026-01-12T15:00Z").stdout
    )
    for wrong in ("soon", "2026-01-12T15:00", "3w"):
        assert run("alerts", "snooze", "al-1", *ME, "--for", wrong).exit_code == 2


def test_an_alert_is_handed_on_and_a_page_sent_anew(run: Run, fake: tuple[Fake, str]) -> None:
    assert run("alerts", "escalate", "al-1", *ME, "--note", "help").stdout == "alert al-1: the next step is told\n"
    assert run("alerts", "resend", "de-1", "--site", "harbour").stdout == "delivery anew: to first by sms\n"
    assert fake[0].requests[-1].delivery_id == "de-1"


def test_a_silence_is_made_changed_ended_and_listed(run: Run, fake: tuple[Fake, str]) -> None:
    reason = ("--reason", "known")
    assert run("silences", "add", *ME, "--episode", "ep-1", "--for", "4h", *reason).stdout.startswith("silence si-1: ")
    assert fake[0].requests[-1].scope == api.SILENCE_SCOPE_EPISODE
    assert run("silences", "add", *ME, "--maintenance", "--for", "4h", *reason).exit_code == 0
    assert (fake[0].requests[-1].scope, fake[0].requests[-1].subject) == (api.SILENCE_SCOPE_SITE, "")
    assert run("silences", "add", *ME, "--maintenance", "--episode", "e", "--for", "4h", *reason).exit_code == 2
    assert run("silences", "change", "si-1", *ME, "--for", "1d").stdout.startswith("silence si-2: ")
    assert run("silences", "end", "si-1", *ME).exit_code == 0
    assert "known" in run("silences", "list", "--site", "harbour").stdout


@pytest.mark.parametrize(("status", "code"), [(3, 0), (6, 0), (4, 1), (1, 1)])
def test_a_test_page_tells_by_its_exit_code_whether_a_page_left(
    run: Run, fake: tuple[Fake, str], status: int, code: int
) -> None:
    fake[0].test_status = status
    found = run("test-page", "--site", "harbour", "--to", "first", "--wait", "0")
    assert found.exit_code == code
    assert ("NO PAGE LEFT" in found.stdout) is (code == 1)
    [asked] = [request for request in fake[0].requests if isinstance(request, api.SendTestPageRequest)]
    assert asked.person_id == "first"
