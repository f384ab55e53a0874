"""Files that a service's pages ask for, served from memory under names that change with their content."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

_TYPES = {".css": "text/css; charset=utf-8", ".js": "text/javascript; charset=utf-8"}


@dataclass(frozen=True, slots=True)
class Asset:
    """A file that a page asks us for. Its name changes with its content, so a browser may keep it for ever."""

    name: str
    type: str
    content: bytes


def load(folder: Path) -> Mapping[str, Asset]:
    """Read every file of a folder, by its name there."""
    found = {}
    for path in sorted(folder.iterdir()):
        content = path.read_bytes()
        digest = hashlib.sha256(content).hexdigest()[:12]
        found[path.name] = Asset(f"{path.stem}.{digest}{path.suffix}", _TYPES[path.suffix], content)
    return found
