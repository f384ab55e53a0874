"""What a report may say.

Each rule that is broken is a ``ValueError("<field path>: <reason>; <advice>")``. Paths are the protos', and no message
repeats a value: it ends in dead letters and logs.
"""

import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.intake.domain.reports import Closed, Fact, Opened, Recorded, Report, Updated
from services.intake.domain.values import Agreement, Consent, Modality, SessionStatus

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
MAX_EVENT_ID = 256  # characters
MAX_CLIENTS = 20
MAX_TEXTS = 20  # goals, expectations, preferences: of each
MAX_TEXT_LENGTH = 300  # characters of one of them
MAX_LATE_MINUTES = 600
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
LATEST_AHEAD = timedelta(days=730)  # of anything that can be booked or planned
# Clocks of clinics are wrong by hours at most. A report from further ahead would win over every later one.
CLOCK_TOLERANCE = timedelta(days=1)


def check_envelope(report: Report[Fact], now: datetime) -> None:
    """Check who reports, and when it happened."""
    check_identifier("site_id", report.site_id)
    if not 1 <= len(report.event_id) <= MAX_EVENT_ID:
        raise ValueError(
            f"event_id: has {len(report.event_id)} characters; Give each event an id of 1 to {MAX_EVENT_ID}."
        )
    if not EARLIEST <= report.occurred_at <= now + CLOCK_TOLERANCE:
        raise ValueError("occurred_at: is before 2000 or more than a day ahead; Check the sending system's clock.")


def check_content(report: Report[Fact], now: datetime) -> None:
    """Check what is reported."""
    check_identifier("episode_id", report.episode_id)
    fact = report.fact
    if isinstance(fact, Opened):
        _check_opened(fact, now)
    elif isinstance(fact, Updated):
        _check_updated(fact, now)
    elif isinstance(fact, Closed):
        _check_instant("closed_at", fact.closed_at, now)
    else:
        _check_recorded(fact, now)


def check_identifier(path: str, value: str) -> None:
    """Check an id that a clinic has given."""
    if not value:
        raise ValueError(f"{path}: is missing; Give the clinic's own id.")
    if not IDENTIFIER.fullmatch(value):
        raise ValueError(
            f"{path}: is not an id; Use 1 to 64 letters, digits and . _ : - and begin with a letter or digit."
        )


def _check_opened(fact: Opened, now: datetime) -> None:
    if not 1 <= len(fact.client_ids) <= MAX_CLIENTS:
        raise ValueError(f"client_ids: has {len(fact.client_ids)} entries; Give 1 to {MAX_CLIENTS} pseudonyms.")
    for index, client_id in enumerate(fact.client_ids):
        check_identifier(f"client_ids[{index}]", client_id)
    _check_distinct("client_ids", fact.client_ids)
    if fact.modality is Modality.INDIVIDUAL and len(fact.client_ids) > 1:
        raise ValueError("client_ids: an individual therapy has one client; Choose couple, family or group for more.")
    check_identifier("therapist_id", fact.therapist_id)
    _check_instant("opened_at", fact.opened_at, now)
    _check_agreement(fact.agreement)
    _check_consent(fact.consent, now)


def _check_updated(fact: Updated, now: datetime) -> None:
    if fact == Updated():
        raise ValueError("changes nothing; Give therapist_id, agreement or consent.")
    if fact.therapist_id is not None:
        check_identifier("therapist_id", fact.therapist_id)
    _check_agreement(fact.agreement)
    _check_consent(fact.consent, now)


def _check_recorded(fact: Recorded, now: datetime) -> None:
    check_identifier("session_id", fact.session_id)
    _check_instant("scheduled_at", fact.scheduled_at, now)
    if not 0 <= fact.late_minutes <= MAX_LATE_MINUTES:
        raise ValueError(f"late_minutes: {fact.late_minutes} is outside 0 to {MAX_LATE_MINUTES}; Give minutes.")
    if fact.late_minutes and fact.status is not SessionStatus.HELD:
        raise ValueError(
            "late_minutes: only a session that was held can begin late; Leave it out or correct the status."
        )
    if fact.therapist_id:
        check_identifier("therapist_id", fact.therapist_id)
    if fact.next_session_at is not None:
        _check_instant("next_session_at", fact.next_session_at, now)
        if fact.next_session_at <= fact.scheduled_at:
            raise ValueError(
                "next_session_at: is not after scheduled_at; Give the session that follows, or leave it out."
            )


def _check_agreement(agreement: Agreement | None) -> None:
    if agreement is None:
        return
    _check_texts("agreement.goals", agreement.goals)
    _check_texts("agreement.expectations", agreement.expectations)
    _check_texts("agreement.preferences", agreement.preferences)
    _check_distinct("agreement.barriers", agreement.barriers)


def _check_consent(consent: Consent | None, now: datetime) -> None:
    if consent is not None and consent.given_at is not None:
        _check_instant("consent.given_at", consent.given_at, now)


def _check_texts(path: str, texts: Sequence[str]) -> None:
    if len(texts) > MAX_TEXTS:
        raise ValueError(f"{path}: has {len(texts)} entries; Give at most {MAX_TEXTS}.")
    for index, text in enumerate(texts):
        if not text.strip():
            raise ValueError(f"{path}[{index}]: is blank; Leave it out.")
        if len(text) > MAX_TEXT_LENGTH:
            raise ValueError(f"{path}[{index}]: has {len(text)} characters; Give at most {MAX_TEXT_LENGTH}.")


def _check_distinct(path: str, values: Sequence[str]) -> None:
    for index, value in enumerate(values):
        if value in values[:index]:
            raise ValueError(f"{path}[{index}]: is there twice; Give each once.")


def _check_instant(path: str, value: datetime, now: datetime) -> None:
    if not EARLIEST <= value <= now + LATEST_AHEAD:
        raise ValueError(f"{path}: is before 2000 or more than {LATEST_AHEAD.days} days ahead; Check the date.")
