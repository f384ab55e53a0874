"""Whether the processes of a stack kept running, and whether their logs hold an unhandled exception."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Self

from services.dev.process import Child

UNHANDLED = "Traceback (most recent call last)"
SHOWN = 300  # characters of a line


class Health:
    """Watches logs from the moment it is entered; older lines belong to earlier runs."""

    def __init__(self, children: Sequence[Child]) -> None:
        self._children = list(children)
        self._seen: dict[str, int] = {}

    def __enter__(self) -> Self:
        self._seen = {child.name: _size(child.log_file) for child in self._children}
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def exit_codes(self) -> dict[str, tuple[int, ...]]:
        """Processes that should run and do not, with how they ended."""
        ended = {child.name: child.exit_code for child in self._children if not child.running}
        return {name: (code,) for name, code in ended.items() if code is not None}

    def crashes(self) -> dict[str, tuple[str, ...]]:
        """The lines that tell of an exception, by process."""
        found: dict[str, tuple[str, ...]] = {}
        for child in self._children:
            written = _read(child.log_file, self._seen.get(child.name, 0)).decode("utf-8", "replace")
            lines = [line[:SHOWN] for line in written.splitlines() if UNHANDLED in line or _has_exception(line)]
            if lines:
                found[child.name] = tuple(lines)
        return found


def _has_exception(line: str) -> bool:
    """Whether a line of a structured log carries an exception: the services log one for what they did not expect."""
    if not line.startswith("{"):
        return False
    try:
        return "exception" in json.loads(line)
    except ValueError:  # half a line: the process was killed while it wrote
        return False


def _size(path: Path) -> int:
    return path.stat().st_size if path.exists() else 0


def _read(path: Path, start: int) -> bytes:
    if not path.exists():
        return b""
    with path.open("rb") as file:
        file.seek(start)
        return file.read()
