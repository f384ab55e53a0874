import pytest

from services.runtime.errors import Permanent, Transient, as_permanent


def test_a_permanent_error_reads_as_field_reason_advice() -> None:
    assert str(Permanent("data.x", "is missing", "Send it.")) == "data.x: is missing. Send it."
    assert str(Permanent("data.x", "is missing")) == "data.x: is missing"


@pytest.mark.parametrize(
    ("message", "prefix", "field", "reason", "advice"),
    [
        (
            "answers[3].value: 11 is above 10; answer 0 to 10",
            "data",
            "data.answers[3].value",
            "11 is above 10",
            "answer 0 to 10",
        ),
        ("site_id: is missing", "", "site_id", "is missing", ""),
        ("not a number at all", "data", "data", "not a number at all", ""),
        ("some words: and more", "data", "data", "some words: and more", ""),
        ("broken", "", "value", "broken", ""),
    ],
)
def test_value_errors_of_the_domain_get_their_place(
    message: str, prefix: str, field: str, reason: str, advice: str
) -> None:
    with pytest.raises(Permanent) as caught, as_permanent(prefix):
        raise ValueError(message)
    assert (caught.value.field, caught.value.reason, caught.value.advice) == (field, reason, advice)


def test_other_errors_pass_unchanged() -> None:
    with pytest.raises(Transient), as_permanent():
        raise Transient("mongodb")
    with pytest.raises(KeyError), as_permanent():
        raise KeyError("x")
