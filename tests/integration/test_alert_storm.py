"""A storm of ruptures on a store that is not empty, in short: `make bench-alerting` is the whole of it."""

import time
from pathlib import Path

from services.dev.environment import Keys
from tests.support.alert_storm import AlertStorm, told


def test_in_a_storm_every_risk_page_is_out_in_10_s_and_the_first_page_of_a_site_in_30_s_the_rest_bundled(
    tmp_path: Path, topics_applied: str, mongo_uri: str, mongo_prefix: str, keys: Keys
) -> None:
    with AlertStorm(tmp_path, topics_applied, mongo_uri, mongo_prefix, keys, sites=8) as storm:
        storm.fill(closed=1_000, opened=200)
        storm.start()
        storm.blow(ruptures=240, risks=8, seconds=6)
        outcome = storm.outcome(risks=8, wait=40)
        assert len(outcome.risk_seconds) == 8, told(outcome)
        assert max(outcome.risk_seconds) < 10, told(outcome)
        assert len(outcome.first_page_seconds) == 8, told(outcome)
        assert max(outcome.first_page_seconds.values()) < 30, told(outcome)
        # One for each risk, the first of each site, and no more before five minutes are over.
        assert outcome.messages == 16, told(outcome)


def test_the_acting_instance_is_killed_in_a_storm_and_another_takes_over_in_10_s_with_no_page_lost(
    tmp_path: Path, topics_applied: str, mongo_uri: str, mongo_prefix: str, keys: Keys
) -> None:
    with AlertStorm(tmp_path, topics_applied, mongo_uri, mongo_prefix, keys, sites=4) as storm:
        storm.start(instances=2)
        storm.blow(ruptures=20, risks=12, seconds=3)
        leader = storm.acting()
        assert leader is not None
        leader.kill()
        killed = time.monotonic()
        while storm.acting() is None:
            assert time.monotonic() - killed < 10
            time.sleep(0.05)
        outcome = storm.outcome(risks=12, wait=40)
        assert len(outcome.risk_seconds) == 12, told(outcome)
        records = storm.records()
        again = len(records) - len({record["headers"]["attune-delivery"] for record in records})
        assert again <= 1, f"{again} pages came again"
        leader.start()
