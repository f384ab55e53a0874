"""Labelled crash points: places where the fault tests kill the process, always between two durable steps.

``ATTUNE_FAULTS=after-save-before-ack:3`` kills the process with SIGKILL on its third pass of that line; without a
number, on the first. Several points are separated by commas. Unset, a point costs one dictionary look-up.
"""

import os
import signal

LABELS = frozenset({"after-save-before-ack", "after-publish-before-mark", "after-send-before-mark"})

_armed: dict[str, int] = {}


def parse(spec: str) -> dict[str, int]:
    """Read ``label[:pass],...``; ValueError names what is wrong."""
    armed: dict[str, int] = {}
    for item in filter(None, (part.strip() for part in spec.split(","))):
        label, _, count = item.partition(":")
        if label not in LABELS:
            raise ValueError(f"unknown crash point {label!r}; known: {', '.join(sorted(LABELS))}")
        if count and not (count.isdigit() and int(count) > 0):
            raise ValueError(f"crash point {item!r}: the pass must be a positive number")
        armed[label] = int(count or 1)
    return armed


def configure(spec: str) -> None:
    """Arm the points of ``spec`` and disarm all others."""
    armed = parse(spec)
    _armed.clear()
    _armed.update(armed)


def point(label: str) -> None:
    """Die here, by SIGKILL, if this pass of the label is armed."""
    left = _armed.get(label)
    if left is None:
        return
    if left > 1:
        _armed[label] = left - 1
        return
    os.kill(os.getpid(), signal.SIGKILL)


configure(os.environ.get("ATTUNE_FAULTS", ""))
