from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.unit.alerting.world import World


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    world = World(tmp_path)
    yield world
    assert world.told() == [], "somebody was told, and the test did not expect it"


@pytest.fixture
def make_world(tmp_path: Path) -> Iterator[Callable[..., World]]:
    """make_world(text of the on-call file, alerts=..., deliveries=...)"""
    made: list[World] = []

    def make(text: str, **parts: Any) -> World:
        made.append(World(tmp_path, text=text, **parts))
        return made[-1]

    yield make
    for world in made:
        assert world.told() == [], "somebody was told, and the test did not expect it"
