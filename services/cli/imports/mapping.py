"""What the columns of a clinic's file mean, in YAML; checked whole before a row is read."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Literal, Self
from zoneinfo import ZoneInfo

from pydantic import AfterValidator, Field, model_validator

from services.cli.errors import USAGE, Problem
from services.feedback.domain import rules
from services.feedback.domain.forms import Rater
from services.feedback.domain.instruments import Instrument
from services.feedback.questionnaires import known
from services.runtime import files
from services.runtime.files import FileModel

Column = Annotated[str, Field(min_length=1, max_length=200)]


class _Columns(FileModel):
    episode_id: Column
    session_id: Column
    client_id: Column
    submitted_at: Column
    # Without it the id is derived from the other ids, the instrument and the rater.
    response_id: Column | None = None
    # Without it every row is revision 1.
    revision: Column | None = None


class Mapping(FileModel):
    """What the columns mean."""

    instrument: str
    version: str = ""
    rater: Literal["client", "therapist", "observer"] = "client"
    columns: _Columns
    # Item number: column.
    answers: dict[Annotated[int, Field(ge=1, le=999)], Column] = Field(min_length=1)
    # What texts count, for example yes: 1.
    values: dict[str, float] = Field(default_factory=dict)
    # Texts that stand for no answer, beside the empty one.
    missing: tuple[str, ...] = ()
    # As Python's strptime reads it; without it, ISO 8601.
    time_format: str = ""
    # Of times that do not say their offset.
    time_zone: Annotated[str, AfterValidator(files.zone_name)] = "Etc/UTC"
    decimal_comma: bool = False
    # Of CSV.
    delimiter: Annotated[str, Field(min_length=1, max_length=1)] = ","

    @model_validator(mode="after")
    def _fits_the_catalogue(self) -> Self:
        items = self.known_instrument.by_number
        for number in self.answers:
            if number not in items:
                raise ValueError(f"answers.{number}: {self.instrument} has items 1 to {len(items)}")
        if self.delimiter in '"\r\n\0':
            raise ValueError("delimiter: is not one that CSV can have; use , or ; or a tab")
        return self

    @property
    def known_instrument(self) -> Instrument:
        """The instrument of the catalogue; ValueError when it has none of this id and version."""
        found = known(self.instrument, self.version)
        return rules.known(found.instrument_id, found.version)

    @property
    def who(self) -> Rater:
        """Who answered."""
        return Rater[self.rater.upper()]

    @property
    def zone(self) -> ZoneInfo:
        """The zone of times that do not say their offset."""
        return ZoneInfo(self.time_zone)

    @property
    def used(self) -> tuple[str, ...]:
        """Every column that is read."""
        columns = (name for name in self.columns.model_dump().values() if name is not None)
        return tuple(dict.fromkeys((*columns, *self.answers.values())))

    def column(self, field: str) -> str:
        """The column that a field of the response comes from; the field itself when it comes from none."""
        return getattr(self.columns, field, None) or field


def load(path: Path) -> Mapping:
    """Read and check a mapping; Problem says in one line all that is wrong."""
    try:
        return files.load(path, Mapping)
    except files.FileError as error:
        raise Problem("; ".join(error.problems), USAGE) from error
