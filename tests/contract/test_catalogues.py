"""Services never import each other, so feedback and scoring each declare the instruments: here the two are compared.

Feedback decides what may be answered and which answer pages; scoring decides what the answers mean. A difference
between them would let a form through the door that cannot be scored, or page by another item than is shown.
"""

import pytest

from services.feedback.domain import catalogue as feedback
from services.feedback.domain import codes
from services.feedback.domain.instruments import Instrument as Form
from services.scoring.domain.catalogue import CATALOGUE, find
from services.scoring.domain.figures import Ship
from services.scoring.domain.instruments import Instrument as Key

FORMS = {form.instrument_id: form for form in feedback.INSTRUMENTS.values()}
BOTH = [pytest.param(FORMS[name], key, id=name) for name, key in CATALOGUE.items() if name in FORMS]


def test_both_know_the_same_instruments_in_the_same_versions() -> None:
    forms = {(form.instrument_id, form.version) for form in feedback.INSTRUMENTS.values()}
    notes = {("attune-session-notes", "1")}  # of what was seen and tried: there is nothing to score
    assert {name for name, _ in notes} == feedback.UNSCORED
    assert forms - notes == {(key.id, key.version) for key in CATALOGUE.values()}


@pytest.mark.parametrize(("form", "key"), BOTH)
def test_items_and_the_answers_they_take(form: Form, key: Key) -> None:
    asked = {item.number: (item.minimum, item.maximum, item.whole) for item in form.items}
    numbers = [*range(1, key.items + 1), *(question.item for question in key.extra)]
    questions = [key.question(number) for number in numbers]
    assert asked == {question.item: (question.low, question.high, question.whole) for question in questions}


@pytest.mark.parametrize(("form", "key"), BOTH)
def test_risk_items_and_their_thresholds(form: Form, key: Key) -> None:
    assert dict(form.risk) == {risk.item: risk.page_at for risk in key.risk}


@pytest.mark.parametrize(("form", "key"), BOTH)
def test_facets_of_our_own_items(form: Form, key: Key) -> None:
    named = {item.facet: (item.number,) for item in form.items if item.facet}
    for facet, items in key.facets.items():
        assert not named or named[facet.value] == items
    if named:
        assert (named["tension"], named["tension_resolved"]) == ((key.tension_item,), (key.resolved_item,))


@pytest.mark.parametrize(("form", "key"), BOTH)
def test_what_is_validated_and_whose_wording_it_is(form: Form, key: Key) -> None:
    assert form.validated == key.validated
    assert form.licence.startswith(("proprietary", "copyright", "derived", "commercial", "authors")) == (
        key.licence.ship is Ship.NO or key.id == "star_p"  # free on request: still to be asked for
    )


def test_only_what_scoring_cannot_key_waits_unscored() -> None:
    waiting = {form.instrument_id for form in FORMS.values() if find(form.instrument_id, form.version) is None}
    assert waiting - feedback.UNSCORED == {"br_wai", "calpas_p", "star_p"}


@pytest.mark.parametrize(("form", "key"), BOTH)
def test_codes_by_which_items_are_recognised(form: Form, key: Key) -> None:
    known = codes.of(form.instrument_id)
    assert (known.items, known.answers) == (tuple(key.loinc.items), tuple(key.loinc.answers))
