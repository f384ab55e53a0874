"""One row as one response: read by the mapping, and checked by the feedback service's own rules.

Ids are derived where the file has none, so that the same file again is the same responses: nothing is stored twice.
"""

from __future__ import annotations

import math
import re
import uuid
from collections.abc import Iterator
from collections.abc import Mapping as Values
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from attune.clinic.v1 import feedback_events_pb2 as clinic
from attune.feedback.v1 import feedback_service_pb2 as api

from services.cli.imports import rows
from services.cli.imports.mapping import Mapping
from services.cli.imports.rows import Refusal
from services.feedback import messages
from services.feedback.domain import risk, rules
from services.feedback.domain.responses import Contradiction, Response

# Namespace of derived ids (UUIDv5): any fixed value, never to change.
_NAMESPACE = uuid.UUID("c8a1a5f2-0d0e-5a3c-9a8e-6e4a0c9fd4b7")
_IDS = ("episode_id", "session_id", "client_id")
_ANSWER = re.compile(r"answers\[(\d+)\]\.(?:item|value)")


class _Refused(Exception):
    def __init__(self, field: str, reason: str, advice: str) -> None:
        super().__init__(field, reason, advice)
        self.field, self.reason, self.advice = field, reason, advice


@dataclass(frozen=True, slots=True)
class Prepared:
    """A row that is ready to be sent."""

    row: int
    request: api.SubmitResponseRequest
    # Whether it pages the clinician on call as soon as it is sent.
    pages: bool


@dataclass(slots=True)
class Reader:
    """Reads a file's rows as the responses of a site."""

    site_id: str
    mapping: Mapping
    now: datetime
    # What the file said of each response so far, to find two rows that contradict each other.
    _known: dict[str, Response] = field(default_factory=dict)

    def read(self, path: Path) -> Iterator[Prepared | Refusal]:
        """Go through a file: each row ready to be sent, or why not."""
        for row, values in rows.read(path, self.mapping.used, self.mapping.delimiter):
            yield values if isinstance(values, Refusal) else self.prepare(row, values)

    def prepare(self, row: int, values: Values[str, object]) -> Prepared | Refusal:
        """Read one row."""
        try:
            return self._prepared(row, values)
        except _Refused as why:
            return Refusal(row, why.field, why.reason, why.advice)

    def _prepared(self, row: int, values: Values[str, object]) -> Prepared:
        mapping = self.mapping
        instrument = mapping.known_instrument
        ids = {name: self._id(name, values) for name in _IDS}
        revision = self._revision(values)
        answers = self._answers(values)
        message = clinic.FeedbackSubmitted(
            episode_id=ids["episode_id"],
            session_id=ids["session_id"],
            client_id=ids["client_id"],
            response_id=self._response_id(values, ids),
            instrument_id=instrument.instrument_id,
            instrument_version=instrument.version,
            answers=[clinic.Answer(item=item, value=value) for item, value in answers.items()],
            submitted_at=self._time(values),
            revision=revision,
            rater=clinic.Rater.Name(int(mapping.who)),
        )
        form = messages.from_clinic(self.site_id, message)
        try:
            checked = rules.check(form, self.now)
        except ValueError as error:
            raise self._as_refused(error, list(answers)) from None
        self._consistent(checked.response_id, checked)
        named = "\n".join((self.site_id, form.response_id, str(revision)))
        request = api.SubmitResponseRequest(
            site_id=self.site_id,
            event_id=str(uuid.uuid5(_NAMESPACE, named)),
            occurred_at=message.submitted_at,
            response=message,
        )
        return Prepared(row, request, risk.seen(checked, self.now) is not None)

    def _consistent(self, response_id: str, form: Any) -> None:
        known = self._known.get(response_id)
        try:
            self._known[response_id] = Response((form,)) if known is None else known.with_form(form)
        except Contradiction:
            raise _Refused(
                self.mapping.column("revision"),
                f"another row is revision {form.revision} of the same response, with other answers or another time",
                "number corrections in a column of their own, from 1",
            ) from None
        except ValueError as error:
            raise self._as_refused(error, []) from None

    def _as_refused(self, error: ValueError, items: list[int]) -> _Refused:
        """Name the column that a rule of the service is about, not the field of its message."""
        path, _, rest = str(error).partition(": ")
        reason, _, advice = rest.partition("; ")
        answer = _ANSWER.fullmatch(path)
        if answer and int(answer[1]) < len(items):
            return _Refused(self.mapping.answers[items[int(answer[1])]], reason, advice)
        return _Refused(self.mapping.column(path), reason, advice)

    def _id(self, name: str, values: Values[str, object]) -> str:
        column = self.mapping.column(name)
        value = _text(values.get(column))
        try:
            rules.check_identifier(column, value)
        except ValueError as error:
            _, _, rest = str(error).partition(": ")
            reason, _, advice = rest.partition("; ")
            raise _Refused(column, reason, advice) from None
        return value

    def _response_id(self, values: Values[str, object], ids: Values[str, str]) -> str:
        if self.mapping.columns.response_id is not None:
            return self._id("response_id", values)
        instrument = self.mapping.known_instrument
        parts = (self.site_id, *ids.values(), instrument.instrument_id, self.mapping.rater)
        return f"import-{uuid.uuid5(_NAMESPACE, chr(10).join(parts))}"

    def _revision(self, values: Values[str, object]) -> int:
        column = self.mapping.columns.revision
        if column is None:
            return 1
        text = _text(values.get(column))
        if not re.fullmatch(r"[1-9][0-9]{0,3}", text, re.ASCII):
            raise _Refused(column, "is not a revision", "give 1 for the first submission and count corrections up")
        return int(text)

    def _time(self, values: Values[str, object]) -> datetime:
        column = self.mapping.columns.submitted_at
        text = _text(values.get(column))
        form = self.mapping.time_format
        try:
            read = datetime.strptime(text, form) if form else datetime.fromisoformat(text)  # noqa: DTZ007
            local = read if read.tzinfo is not None else read.replace(tzinfo=self.mapping.zone)
            return local.astimezone(UTC)
        except (ValueError, OverflowError):
            wanted = f"as the mapping's time_format {form}" if form else "as 2026-03-02T10:30:00+00:00"
            raise _Refused(column, "is not a time", f"write it {wanted}") from None

    def _answers(self, values: Values[str, object]) -> dict[int, float]:
        found = {}
        for item, column in self.mapping.answers.items():
            value = self._answer(column, values.get(column))
            if value is not None:
                found[item] = value
        if not found:
            raise _Refused("row", "has no answer", "leave it out, or name its columns under answers in the mapping")
        return found

    def _answer(self, column: str, value: object) -> float | None:
        if isinstance(value, int | float) and not isinstance(value, bool):
            # A whole number may be too large for a float.
            return float(value) if abs(value) < 1e15 else math.inf
        text = _text(value)
        if text == "" or text in self.mapping.missing:
            return None
        if text in self.mapping.values:
            return self.mapping.values[text]
        number = text.replace(",", ".") if self.mapping.decimal_comma else text
        if not re.fullmatch(r"[-+]?[0-9]{1,15}(\.[0-9]{1,15})?", number, re.ASCII):
            raise _Refused(
                column, "is not a number", "say under values in the mapping what it counts, or under missing"
            )
        return float(number)


def _text(value: object) -> str:
    """A cell as text: JSON has numbers and truth values, too."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "true" if value else "false"
    return str(value).strip() if isinstance(value, str | int) else repr(value)
