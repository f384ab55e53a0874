"""Two services that do not import each other speak of the same repair strategies."""

from services.alerting.domain.findings import STRATEGIES
from services.scoring.domain.guidance.catalogue import STRATEGIES as SUGGESTED


def test_what_was_tried_is_told_in_the_ids_that_scoring_suggests() -> None:
    assert {strategy.id for strategy in SUGGESTED} == STRATEGIES
