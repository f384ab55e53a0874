"""A response is its set of submissions, whatever their order."""

import itertools
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.feedback.domain.forms import Form, Rater
from services.feedback.domain.responses import Contradiction, Response
from services.feedback.store import read_response, response_document
from tests.unit.feedback.forms import SUBMITTED, form


def fold(forms: list[Form]) -> Response:
    response = Response((forms[0],))
    for each in forms[1:]:
        response = response.with_form(each)
    return response


def test_the_highest_revision_counts_in_every_order() -> None:
    forms = [form({1: value}, revision=value) for value in (1, 2, 3)]
    for order in itertools.permutations(forms):
        response = fold(list(order))
        assert response.current.revision == 3
        assert [each.revision for each in response.submissions] == [1, 2, 3]


def test_the_same_form_again_is_the_same_response() -> None:
    response = Response((form(),))
    assert response.with_form(form()) is response


@pytest.mark.parametrize(
    "other",
    [
        form({1: 1}),
        form(submitted_at=SUBMITTED + timedelta(seconds=1)),
        form(partial=True),
        form(instrument_version="2"),
    ],
)
def test_one_revision_cannot_say_two_things(other: Form) -> None:
    with pytest.raises(Contradiction):
        Response((form(),)).with_form(other)


@pytest.mark.parametrize("name", ["episode_id", "session_id", "client_id", "instrument_id"])
def test_a_correction_corrects_answers_and_never_whose_they_are(name: str) -> None:
    with pytest.raises(ValueError, match=f"^{name}: the response is stored with another {name}; "):
        Response((form(),)).with_form(form(revision=2, **{name: "other"}))


def test_a_correction_has_the_rater_of_the_first() -> None:
    with pytest.raises(ValueError, match=r"^rater: the response is stored with another rater; "):
        Response((form(),)).with_form(form(revision=2, rater=Rater.THERAPIST))


def test_a_response_from_before_raters_were_kept_is_the_clients() -> None:
    document = response_document(Response((form(),)))
    del document["rater"]
    assert read_response(document).current == form()


@given(st.permutations([form({1: value / 3, 9: 1, 10: 0}, revision=value) for value in range(1, 8)]))
def test_a_document_gives_back_what_was_written(forms: list[Form]) -> None:
    response = fold(forms)
    assert read_response(response_document(response)) == response
    therapists = Response((form(rater=Rater.THERAPIST),))
    assert read_response(response_document(therapists)) == therapists
