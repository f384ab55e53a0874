"""Which version judges which session, by the activations that are known."""

from datetime import datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.scoring.domain.policy import DEFAULT, Policy
from services.scoring.domain.population import DEFAULTS
from services.scoring.domain.site_policy import MOST_VERSIONS, SitePolicies, SitePolicy
from tests.unit.scoring.builders import when

_STARTS = st.one_of(st.none(), st.integers(1, 9).map(when))


def policy_of(*activations: tuple[int, datetime | None]) -> SitePolicy:
    """Three versions, and these activations (version, from when)."""
    policy = SitePolicy("site-1", "srs")
    for number in (1, 2, 3):
        own = Policy.from_dict({**DEFAULT.to_dict(), "id": f"policy-{number}"})
        policy = policy.with_version(own, None, "why", "lead", when(0))
    for version, start in activations:
        policy = policy.with_activation(version, start, "why", "lead", when(0))
    return policy


def versions(policy: SitePolicy) -> list[int]:
    return [policy.version_at(when(week)) for week in range(1, 8)]


def test_without_an_activation_the_built_in_policy_watches() -> None:
    assert versions(policy_of()) == [0] * 7
    (watch,) = policy_of().watches()
    assert (watch.policy, watch.population, watch.since) == (DEFAULT, DEFAULTS["srs"], None)


def test_an_activation_takes_over_and_a_later_one_overrides_it_from_its_own_start_on() -> None:
    assert versions(policy_of((1, when(4)))) == [0, 0, 0, 1, 1, 1, 1]
    assert versions(policy_of((1, when(4)), (2, when(6)))) == [0, 0, 0, 1, 1, 2, 2]
    assert versions(policy_of((1, when(6)), (2, when(4)))) == [0, 0, 0, 2, 2, 2, 2]
    assert versions(policy_of((1, when(4)), (2, when(6)), (3, when(4)))) == [0, 0, 0, 3, 3, 3, 3]


def test_one_from_the_beginning_overrides_everything() -> None:
    policy = policy_of((1, when(4)), (2, None))
    assert versions(policy) == [2] * 7
    assert [watch.policy.id for watch in policy.watches()] == ["policy-2"]
    assert versions(policy_of((1, None), (0, when(3)))) == [1, 1, 0, 0, 0, 0, 0]


def test_what_was_known_before_an_activation_can_be_had_again() -> None:
    policy = policy_of((1, when(4)), (2, None))
    policies = SitePolicies({"srs": policy})
    assert policies.activations == {"srs": 2}
    assert [watch.policy.id for watch in policies.watches_of({"srs": 1}).of("srs")] == ["combined", "policy-1"]
    assert [watch.policy.id for watch in policies.watches_of({}).of("srs")] == ["combined"]
    assert policies.know({"srs": 2})
    assert not policies.know({"srs": 3})
    assert not policies.know({"wai-sr": 1})


@given(st.lists(st.tuples(st.integers(0, 3), _STARTS), max_size=6), st.integers(1, 9).map(when))
def test_the_last_activation_that_reaches_a_session_judges_it(
    activations: list[tuple[int, datetime | None]], at: datetime
) -> None:
    reaching = [version for version, start in activations if start is None or start <= at]
    policy = policy_of(*activations)
    assert policy.version_at(at) == (reaching[-1] if reaching else 0)
    due = [watch for watch in policy.watches() if watch.since is None or watch.since <= at]
    assert due[-1].policy.id == (f"policy-{reaching[-1]}" if reaching and reaching[-1] else "combined")


def test_there_is_no_version_that_was_not_made_and_an_end_to_them() -> None:
    policy = policy_of()
    with pytest.raises(ValueError, match="version"):
        policy.with_activation(4, None, "why", "lead", when(0))
    for number in range(len(policy.versions), MOST_VERSIONS):
        policy = policy.with_version(DEFAULT, None, f"again {number}", "lead", when(0))
    with pytest.raises(ValueError, match="policy"):
        policy.with_version(DEFAULT, None, "once more", "lead", when(0))
