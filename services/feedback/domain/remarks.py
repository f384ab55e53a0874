"""What a client says beside the answers: a few words of their own, and who may see it all."""

import unicodedata
from dataclasses import dataclass

from services.feedback.domain.requests import Visibility

# A screen or two on a phone; longer things are better said than written (own).
MAX_COMMENT = 2_000  # characters


@dataclass(frozen=True, slots=True)
class Remarks:
    """An empty comment is none; a ``visibility`` of None leaves it at what was agreed."""

    comment: str = ""
    visibility: Visibility | None = None


def tidy(text: str) -> str:
    """Return a comment as it is kept: line breaks of one kind, no other control characters, no space around it.

    ValueError when it is longer than the page lets anybody write.
    """
    lines = text.replace("\r\n", "\n").replace("\r", "\n")
    kept = "".join(each for each in lines if each in "\n\t" or unicodedata.category(each) not in ("Cc", "Cs"))
    tidied = kept.strip()
    if len(tidied) > MAX_COMMENT:
        raise ValueError(f"comment: has more than {MAX_COMMENT} characters; write less")
    return tidied
