"""What a filled page says: its fields, as a browser sends them, as answers."""

import re
from collections.abc import Iterable, Mapping

from services.feedback.domain.forms import Answer
from services.feedback.domain.instruments import Instrument

_FIELD = re.compile(r"i(?:([1-9])-)?([1-9][0-9]{0,2})")
_NUMBER = re.compile(r"[0-9]{1,4}(\.[0-9]{1,4})?")


def read(fields: Mapping[str, str], instrument: Instrument, asked: Iterable[int], place: int = 0) -> tuple[Answer, ...]:
    """Return the answers to the items that were asked; ValueError when the page was tampered with.

    ``place`` is that of the instrument on the page; what belongs to another place is left to it.

    An answer to a question that another answer has closed is left out: without scripts a page cannot take it back.
    """
    values: dict[int, float] = {}
    for name, text in fields.items():
        field = _FIELD.fullmatch(name)
        if field is None or int(field[1] or 0) != place or text == "":
            continue
        if not _NUMBER.fullmatch(text):
            raise ValueError(f"{name}: is not a number; open the form again")
        values[int(field[2])] = float(text)
    unknown = values.keys() - set(asked)
    if unknown:
        raise ValueError(f"i{min(unknown)}: was not asked; open the form again")
    return tuple(Answer(number, value) for number, value in sorted(values.items()) if _open(number, values, instrument))


def _open(number: int, values: Mapping[int, float], instrument: Instrument) -> bool:
    only_when = instrument.by_number[number].only_when
    return only_when is None or values.get(only_when.item) == only_when.value
