"""What a form may say. Each rule that is broken is a ``ValueError("<field path>: <reason>; <advice>")``; paths are the
protos'."""

import math
import re
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from services.feedback.domain import catalogue
from services.feedback.domain.forms import Answer, Form, Rater
from services.feedback.domain.instruments import Instrument, Item

IDENTIFIER = re.compile(r"[A-Za-z0-9][A-Za-z0-9._:-]{0,63}")
# Far above any correction that a person makes, and far below what one document can hold.
MAX_REVISION = 1_000
EARLIEST = datetime(2000, 1, 1, tzinfo=UTC)
# Clocks of clinics are wrong by hours at most.
CLOCK_TOLERANCE = timedelta(days=1)
# An instrument of a few items reads best with its answers listed; above this, with their range.
_LISTED = 6


def check(form: Form, now: datetime) -> Form:
    """Check the whole form and return it tidied: its answers in the order of the items."""
    check_identity(form)
    if not 1 <= form.revision <= MAX_REVISION:
        missing = "is missing" if form.revision == 0 else f"{form.revision} is above {MAX_REVISION}"
        raise ValueError(f"revision: {missing}; give 1 for the first submission and count corrections up")
    if form.submitted_at is None:
        raise ValueError("submitted_at: is missing or is not a date; give the time in UTC")
    if not EARLIEST <= form.submitted_at <= now + CLOCK_TOLERANCE:
        raise ValueError("submitted_at: is before 2000 or more than a day ahead; check the sending system's clock")
    if form.rater not in set(Rater):
        raise ValueError(f"rater: {form.rater} is not known; leave it out when the client answered")
    check_answers(form.answers, known(form.instrument_id, form.instrument_version))
    return form.tidy()


def check_identity(form: Form) -> None:
    """Check the ids that say whose form it is."""
    for name in ("site_id", "response_id", "episode_id", "session_id", "client_id"):
        check_identifier(name, getattr(form, name))


def check_identifier(path: str, value: str) -> None:
    """Check an id that a clinic has given."""
    if not value:
        raise ValueError(f"{path}: is missing; give the clinic's own id")
    if not IDENTIFIER.fullmatch(value):
        raise ValueError(
            f"{path}: is not an id; use 1 to 64 letters, digits, '.', '_', ':' or '-', "
            "starting with a letter or a digit"
        )


def known(instrument_id: str, version: str) -> Instrument:
    """Return an instrument of the catalogue; ValueError lists what there is."""
    instrument = catalogue.find(instrument_id, version)
    if instrument is not None:
        return instrument
    versions = catalogue.versions(instrument_id)
    if not versions:
        said = f"{_quoted(instrument_id)} is not known" if instrument_id else "is missing"
        raise ValueError(f"instrument_id: {said}; known are {', '.join(catalogue.ids())}")
    said = f"{_quoted(version)} of {instrument_id} is not known" if version else "is missing"
    raise ValueError(f"instrument_version: {said}; known are {', '.join(versions)}")


def check_answers(answers: Sequence[Answer], instrument: Instrument) -> None:
    """Check every answer against the instrument."""
    if not answers:
        raise ValueError("answers: is empty; send a form when at least one item was answered")
    at: dict[int, int] = {}
    for index, answer in enumerate(answers):
        item = instrument.by_number.get(answer.item)
        if item is None:
            said = f"{instrument.name} has no item {answer.item}" if answer.item else "is missing"
            raise ValueError(f"answers[{index}].item: {said}; items are numbered 1 to {len(instrument.items)}")
        if answer.item in at:
            raise ValueError(
                f"answers[{index}].item: item {answer.item} is answered already by answers[{at[answer.item]}]; "
                "send each item once"
            )
        at[answer.item] = index
        _check_value(f"answers[{index}].value", answer.value, item)
    _check_conditions(answers, instrument)


def _check_value(path: str, value: float, item: Item) -> None:
    if not math.isfinite(value):
        raise ValueError(f"{path}: is not a number; {_may_be(item)}")
    if value > item.maximum:
        raise ValueError(f"{path}: {_number(value)} is above the maximum {_number(item.maximum)}; {_may_be(item)}")
    if value < item.minimum:
        raise ValueError(f"{path}: {_number(value)} is below the minimum {_number(item.minimum)}; {_may_be(item)}")
    if item.whole and not float(value).is_integer():
        raise ValueError(f"{path}: {_number(value)} is not a whole number; {_may_be(item)}")


def _check_conditions(answers: Sequence[Answer], instrument: Instrument) -> None:
    values = {answer.item: answer.value for answer in answers}
    for index, answer in enumerate(answers):
        only_when = instrument.by_number[answer.item].only_when
        if only_when is not None and values.get(only_when.item) != only_when.value:
            raise ValueError(
                f"answers[{index}].item: item {answer.item} is asked only when item {only_when.item} is answered "
                f"{_number(only_when.value)}; leave it out or correct item {only_when.item}"
            )


def _may_be(item: Item) -> str:
    low, high = int(item.minimum), int(item.maximum)
    if item.whole and high - low < _LISTED:
        *first, last = map(str, range(low, high + 1))
        return f"answer {', '.join(first)} or {last}"
    between = f"between {_number(item.minimum)} and {_number(item.maximum)}"
    return f"answer a whole number {between}" if item.whole else f"answer {between}"


def _number(value: float) -> str:
    return str(int(value)) if float(value).is_integer() and abs(value) < 1e15 else repr(float(value))


def _quoted(text: str) -> str:
    # Bounded and printable: the text comes from outside and ends in logs, dead letters and terminals.
    return repr(text if len(text) <= 64 else text[:64] + "...")
