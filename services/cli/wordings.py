"""Files with an instrument's wording at the command line: read and checked as the feedback service does."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

from pydantic import Field

from services.cli.errors import FAILURE, USAGE, Problem
from services.cli.output import warn
from services.feedback.domain.fhir_answers import Mapped
from services.feedback.domain.fhir_elements import Unusable
from services.feedback.domain.questionnaire import Questionnaire
from services.feedback.questionnaires import File, checked
from services.runtime import files
from services.runtime.files import FileModel

Answer = Annotated[str, Field(min_length=1)]


class _Mapping(FileModel):
    items: dict[Answer, Annotated[int, Field(ge=1, le=999)]] = Field(default_factory=dict)
    answers: dict[Answer, float] = Field(default_factory=dict)
    skip: tuple[Answer, ...] = ()


def mapping(path: Path | None) -> Mapped:
    """The mapping in a YAML or JSON file; an empty one without a file."""
    if path is None:
        return Mapped()
    try:
        read = files.load(path, _Mapping)
    except files.FileError as error:
        raise Problem("; ".join(error.problems), USAGE) from error
    return Mapped(read.items, read.answers, read.skip)


def file(path: Path, instrument: str, version: str, licence: str, mapped: Mapped) -> File:
    """A file as the service takes it."""
    try:
        text = path.read_text("utf-8")
    except OSError as error:
        raise Problem(f"cannot read {path}: {error.strerror}", USAGE) from error
    except UnicodeDecodeError as error:
        raise Problem(f"{path} is not UTF-8 ({error.reason} at byte {error.start})", USAGE) from error
    return File(instrument, version, text, licence, mapped)


def questionnaire(found: File, path: Path) -> Questionnaire:
    """The wording in a file; every problem is told on stderr."""
    try:
        return checked(found)[0]
    except Unusable as why:
        for problem in why.problems:
            warn(f"{path}: {problem}")
        raise Problem(f"{path}: cannot be asked here; put right what is listed above", FAILURE) from why
    except ValueError as error:
        raise Problem(str(error), USAGE) from error
