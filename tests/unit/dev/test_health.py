from pathlib import Path

from services.dev.health import Health
from services.dev.process import Child


def test_only_exceptions_since_the_start_count(tmp_path: Path) -> None:
    log = tmp_path / "intake.log"
    log.write_text("Traceback (most recent call last)\n  of an earlier run\n")
    child = Child("intake", log)
    with Health([child]) as health:
        assert health.crashes() == {}
        with log.open("a") as file:
            file.write('{"event": "waiting", "level": "warning"}\n{"event": "half')
        assert health.crashes() == {}
        with log.open("a") as file:
            file.write('\n{"event": "handler failed", "exception": ["KeyError"]}\n')
        assert list(health.crashes()) == ["intake"]
        assert "handler failed" in health.crashes()["intake"][0]


def test_a_process_that_never_ran_has_not_ended(tmp_path: Path) -> None:
    with Health([Child("kafka", tmp_path / "kafka.log")]) as health:
        assert health.exit_codes() == {}
        assert health.crashes() == {}
