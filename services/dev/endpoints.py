"""`.attune/endpoints.json`: where everything of the embedded stack is, for any outside program."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

FILE_NAME = "endpoints.json"


def write(root: Path, content: Mapping[str, Any]) -> Path:
    """Replaces the file in one step, so that a reader never sees half of it."""
    file = root / FILE_NAME
    draft = file.with_suffix(".new")
    draft.write_text(json.dumps(content, indent=2) + "\n")
    os.replace(draft, file)
    return file


def read(root: Path) -> dict[str, Any]:
    """What the last start wrote; FileNotFoundError when nothing was ever started there."""
    content: dict[str, Any] = json.loads((root / FILE_NAME).read_text())
    return content


def portable(path: Path, root: Path) -> str:
    """A path as the file gives it: relative to the folder that holds `root`, absolute when it is elsewhere."""
    home = root.resolve().parent
    path = path.resolve()
    return str(path.relative_to(home)) if path.is_relative_to(home) else str(path)
