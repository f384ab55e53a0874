import pytest
from prometheus_client.parser import text_string_to_metric_families

from services.runtime.metrics import Metrics


def test_every_metric_of_ours_is_prefixed_and_explained() -> None:
    families = list(text_string_to_metric_families(Metrics("intake").exposition().decode()))
    ours = [family for family in families if family.name.startswith("attune_")]
    assert len(ours) > 10
    assert all(family.documentation.endswith(".") for family in ours)


def test_two_services_can_live_in_one_process_and_a_name_is_declared_once() -> None:
    first, second = Metrics("intake"), Metrics("feedback")
    first.counter("own_total", "Something of its own.").inc()
    second.counter("own_total", "Something of its own.")
    assert b"attune_own_total 1.0" in first.exposition()
    assert b"attune_own_total 0.0" in second.exposition()
    with pytest.raises(ValueError, match="Duplicated"):
        first.counter("own_total", "Again.")
