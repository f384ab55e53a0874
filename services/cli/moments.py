"""Times as people type them: how long from now, or a time with its offset."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import typer

_SECONDS = {"m": 60, "h": 3_600, "d": 86_400}


def moment(text: str, option: str) -> datetime:
    """Reads `90m`, `4h`, `2d`, or `2026-01-12T15:00Z`; `option` is where it was typed."""
    seconds = _SECONDS.get(text[-1:])
    if seconds and text[:-1].isdigit():
        return datetime.now(UTC) + timedelta(seconds=seconds * int(text[:-1]))
    try:
        found = datetime.fromisoformat(text)
    except ValueError:
        raise typer.BadParameter(f"{text!r} is neither a length nor a time", param_hint=option) from None
    if found.tzinfo is None:
        raise typer.BadParameter("give the time with its offset, for example 15:00Z", param_hint=option)
    return found
