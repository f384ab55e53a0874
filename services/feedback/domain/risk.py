"""Which answers page the clinician on call. Seen at the door, before the form is checked and whatever becomes of it.

A form that is refused for another reason may still hold the one answer that must not be missed: so nothing is asked of
the form here but that it says where it belongs and that the answer is a number. A version of the instrument that is
missing or not known is read by the newest key, and an answer above the item's range counts too: paging for a mistyped
form costs a call, missing a client in danger costs a life.
"""

import math
import uuid
from dataclasses import dataclass
from datetime import datetime

from services.feedback.domain import catalogue
from services.feedback.domain.forms import Form
from services.feedback.domain.rules import IDENTIFIER

# Namespace of the flags' ids (UUIDv5): any fixed value, never to change.
_NAMESPACE = uuid.UUID("6f0c9e0e-3d39-5d0a-9a55-0b8d6c1f7a21")


@dataclass(frozen=True, slots=True)
class RiskFlag:
    """One or more risk items were answered at or above their thresholds."""

    site_id: str
    flag_id: str
    episode_id: str
    # Empty when the form did not say it in a way that can be used.
    session_id: str
    client_id: str
    response_id: str
    instrument_id: str
    items: tuple[int, ...]
    # When the client submitted; when the form does not say, when its event happened.
    submitted_at: datetime


def seen(form: Form, happened_at: datetime) -> RiskFlag | None:
    """Return the flag that the form raises, if any; the same form always raises the same flag."""
    items = _risk_items(form)
    if not items or not all(map(_is_id, (form.site_id, form.response_id, form.episode_id))):
        return None
    return RiskFlag(
        site_id=form.site_id,
        flag_id=_flag_id(form, items),
        episode_id=form.episode_id,
        session_id=form.session_id if _is_id(form.session_id) else "",
        client_id=form.client_id if _is_id(form.client_id) else "",
        response_id=form.response_id,
        instrument_id=form.instrument_id,
        items=items,
        submitted_at=form.submitted_at or happened_at,
    )


def _risk_items(form: Form) -> tuple[int, ...]:
    instrument = catalogue.find(form.instrument_id, form.instrument_version) or catalogue.newest(form.instrument_id)
    if instrument is None:
        return ()
    answered = {
        answer.item
        for answer in form.answers
        if answer.item in instrument.risk
        and math.isfinite(answer.value)
        and answer.value >= instrument.risk[answer.item]
    }
    return tuple(sorted(answered))


def _flag_id(form: Form, items: tuple[int, ...]) -> str:
    # Whom it is about is part of it: two clients' forms under one response id, by a clinic's mistake, are two flags.
    about = (form.site_id, form.response_id, str(form.revision), form.episode_id, form.session_id, form.client_id)
    named = "\n".join((*about, form.instrument_id, *map(str, items)))
    return str(uuid.uuid5(_NAMESPACE, named))


def _is_id(value: str) -> bool:
    return bool(IDENTIFIER.fullmatch(value))
