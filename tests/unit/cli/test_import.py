"""Importing a clinic's answers: what is sent, what is refused and where, and that nothing gets past the rules."""

import asyncio
import csv
import io
import json
import re
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import services.feedback
from services.cli.errors import Problem
from services.cli.imports.mapping import Mapping, load
from services.cli.imports.responses import Prepared, Reader
from services.cli.imports.rows import Refusal
from services.feedback import messages
from tests.unit.cli.conftest import Fake, Run
from tests.unit.feedback.world import World

NOW = datetime(2026, 3, 2, 12, 0, tzinfo=UTC)
COLUMNS = {"episode_id": "Episode", "session_id": "Session", "client_id": "Client", "submitted_at": "When"}
HEADER = ("Episode", "Session", "Client", "When", "Trust", "Heard", "Tension")
MAPPING: dict[str, Any] = {
    "instrument": "attune-checkin",
    "columns": COLUMNS,
    "answers": {1: "Trust", 3: "Heard", 9: "Tension"},
    "values": {"yes": 1, "no": 0},
    "missing": ["-"],
}
GOOD = ("ep-1", "se-1", "cl-1", "2026-03-01T10:00:00Z", "7.5", "-", "yes")


def csv_of(*rows: tuple[str, ...], header: tuple[str, ...] = HEADER) -> str:
    stream = io.StringIO()
    csv.writer(stream).writerows((header, *rows))
    return stream.getvalue()


Files = Callable[..., tuple[str, str]]


@pytest.fixture
def files(tmp_path: Path) -> Files:
    def written(text: str | bytes, mapping: object = MAPPING, name: str = "answers.csv") -> tuple[str, str]:
        (tmp_path / name).write_bytes(text if isinstance(text, bytes) else text.encode())
        (tmp_path / "mapping.yaml").write_text(json.dumps(mapping))
        return str(tmp_path / name), str(tmp_path / "mapping.yaml")

    return written


def rows(files: tuple[str, str], now: datetime = NOW) -> list[Prepared | Refusal]:
    return list(Reader("harbour", load(Path(files[1])), now).read(Path(files[0])))


def one(files: tuple[str, str]) -> Any:
    (found,) = rows(files)
    return found


def test_a_row_becomes_a_response_with_an_id_of_its_own_that_is_always_the_same(files: Files) -> None:
    found = one(files(csv_of(GOOD)))
    response = found.request.response
    assert {answer.item: answer.value for answer in response.answers} == {1: 7.5, 9: 1.0}
    assert (response.episode_id, response.session_id, response.client_id) == ("ep-1", "se-1", "cl-1")
    assert (response.revision, response.rater, response.instrument_version) == (1, 1, "1")
    assert response.submitted_at.ToDatetime(tzinfo=UTC) == datetime(2026, 3, 1, 10, tzinfo=UTC)
    assert not found.pages
    assert one(files(csv_of(GOOD))).request == found.request
    other = one(files(csv_of(GOOD), {**MAPPING, "rater": "therapist"})).request
    assert (other.response.rater, other.response.response_id != response.response_id) == (2, True)


def test_ndjson_and_the_ways_of_a_spreadsheet(files: Files) -> None:
    line = {"Episode": "ep-1", "Session": "se-1", "Client": 7, "When": "01.03.2026 10:00", "Trust": "7,5", "Heard": 4}
    mapping = {**MAPPING, "time_format": "%d.%m.%Y %H:%M", "time_zone": "Europe/Lisbon", "decimal_comma": True}
    response = one(files(json.dumps(line) + "\n\n", mapping, "answers.ndjson")).request.response
    assert {answer.item: answer.value for answer in response.answers} == {1: 7.5, 3: 4.0}
    assert response.client_id == "7"
    semicolons = csv_of(GOOD).replace(",", ";")
    with_mark = b"\xef\xbb\xbf" + semicolons.encode()
    assert isinstance(one(files(with_mark, {**MAPPING, "delimiter": ";"})), Prepared)


def test_the_mapping_of_the_readme_is_one(files: Files) -> None:
    readme = Path(services.feedback.__file__).parent / "README.md"
    (text,) = re.findall(r"```yaml\n(.*?)```", readme.read_text("utf-8"), re.DOTALL)
    content = "Case;Appointment;Client;Date;Trust;Respect;Tension\ne;s;c;01.03.2026 10:00;7,5;-;no\n"
    file, mapping = files(content)
    Path(mapping).write_text(text)
    assert [answer.value for answer in one((file, mapping)).request.response.answers] == [7.5, 0.0]


REFUSED = {
    "no id": (0, "", "Episode", "is missing"),
    "a strange id": (2, "Anna Muster", "Client", "is not an id"),
    "no time": (3, "yesterday", "When", "is not a time"),
    "a time in the future": (3, "2031-01-01", "When", "is before 2000 or more than a day ahead"),
    "too high": (4, "11", "Trust", "11 is above the maximum 10"),
    "no number": (5, "very", "Heard", "is not a number"),
    "infinite": (5, "1e400", "Heard", "is not a number"),
    "no yes or no": (6, "0.5", "Tension", "0.5 is not a whole number"),
}


@pytest.mark.parametrize("name", REFUSED)
def test_a_row_is_refused_by_its_line_and_column_with_what_to_do(files: Files, name: str) -> None:
    place, value, column, reason = REFUSED[name]
    bad = (*GOOD[:place], value, *GOOD[place + 1 :])
    _, found = rows(files(csv_of(GOOD, bad)))
    assert isinstance(found, Refusal)
    assert (found.row, found.field) == (3, column)
    assert reason in found.reason
    assert found.advice


def test_rows_that_contradict_each_other_are_found_before_anything_is_sent(files: Files) -> None:
    same, other = GOOD, (*GOOD[:4], "3", *GOOD[5:])
    first, again, contradicting = rows(files(csv_of(GOOD, same, other)))
    assert isinstance(first, Prepared)
    assert isinstance(again, Prepared)
    assert again.request == first.request
    assert isinstance(contradicting, Refusal)
    numbered = {**MAPPING, "columns": {**COLUMNS, "revision": "No"}}
    header = (*HEADER, "No")
    found = rows(files(csv_of((*GOOD, "1"), (*other, "2"), (*GOOD, "x"), header=header), numbered))
    assert [isinstance(each, Prepared) for each in found] == [True, True, False]


def test_lines_are_counted_over_quoted_line_ends(files: Files) -> None:
    text = csv_of((*GOOD[:5], "a\nb", "yes"), (*GOOD[:3], "never", *GOOD[4:]))
    assert [each.row for each in rows(files(text))] == [2, 4]


@pytest.mark.parametrize(
    ("text", "mapping", "name", "said"),
    [
        ("", MAPPING, "a.csv", "is empty"),
        ("a,b\n", MAPPING, "a.csv", "has no column 'Episode'"),
        (csv_of(GOOD, header=(*HEADER[:6], "Trust")), MAPPING, "a.csv", "has no column 'Tension'"),
        (csv_of((*GOOD, "1"), header=(*HEADER, "Trust")), MAPPING, "a.csv", "has the column 'Trust' twice"),
        (b"\xff\xfe", MAPPING, "a.csv", "is not UTF-8"),
        (csv_of(GOOD) + '"', MAPPING, "a.csv", "is not CSV"),
        (csv_of(GOOD), MAPPING, "a.xlsx", "is neither .csv nor .ndjson"),
        (csv_of(GOOD), {**MAPPING, "answers": {99: "Trust"}}, "a.csv", "answers.99: attune-checkin has items 1 to 12"),
        (csv_of(GOOD), {**MAPPING, "instrument": "none"}, "a.csv", "'none' is not known"),
        (csv_of(GOOD), {**MAPPING, "version": "9"}, "a.csv", "'9' of attune-checkin is not known"),
        (csv_of(GOOD), {**MAPPING, "delimiter": "\n"}, "a.csv", "delimiter"),
        (csv_of(GOOD), {**MAPPING, "colour": 1}, "a.csv", "colour: there is no such key here"),
    ],
)
def test_a_file_that_cannot_be_used_is_one_line(
    files: Files, text: str | bytes, mapping: object, name: str, said: str
) -> None:
    with pytest.raises(Problem) as why:
        rows(files(text, mapping, name))
    assert said in str(why.value)


# ---------------------------------------------------------------- the command
def test_everything_is_checked_then_sent_and_what_was_refused_is_reported(
    run: Run, fake: tuple[Fake, str], files: Files, tmp_path: Path
) -> None:
    file, mapping = files(csv_of(GOOD, ("", *GOOD[1:]), ("ep-2", *GOOD[1:]), ("ep-refused", *GOOD[1:])))
    report = tmp_path / "refused.csv"
    done = run("feedback", "import", file, "--mapping", mapping, "--site", "harbour", "--report", str(report))
    assert done.exit_code == 1
    assert done.stdout == "4 rows: 2 are stored, 2 were refused.\n"
    assert [each.response.episode_id for each in fake[0].requests] == ["ep-1", "ep-2", "ep-refused"]
    assert set(fake[0].tokens) == {"Bearer token-of-harbour"}
    assert list(csv.reader(report.open()))[1:] == [
        ["3", "Episode", "is missing", "give the clinic's own id"],
        ["5", "session_id", "belongs to another episode", "Check both."],
    ]
    assert "attune: line 3: Episode: is missing; give the clinic's own id" in done.stderr


def test_a_dry_run_sends_nothing(run: Run, fake: tuple[Fake, str], files: Files) -> None:
    file, mapping = files(csv_of(GOOD))
    done = run("feedback", "import", file, "--mapping", mapping, "--site", "harbour", "--dry-run")
    assert (done.exit_code, done.stdout) == (0, "1 rows: 1 can be imported, 0 cannot. Nothing was sent.\n")
    assert fake[0].requests == []


def test_risk_answers_page_nobody_by_surprise(run: Run, fake: tuple[Fake, str], files: Files) -> None:
    file, mapping = files(csv_of(GOOD), {**MAPPING, "answers": {1: "Trust", 11: "Tension"}})
    command = ("feedback", "import", file, "--mapping", mapping, "--site", "harbour")
    refused = run(*command)
    assert refused.exit_code == 2
    assert "1 rows hold a risk answer" in refused.stderr
    assert fake[0].requests == []
    told = json.loads(run(*command, "--dry-run", "--json").stdout)
    assert (told["risk_answers"], told["refused"]) == (1, [])
    assert run(*command, "--page-risk").exit_code == 0
    assert len(fake[0].requests) == 1


# ---------------------------------------------------------------- fuzzing
CELLS = st.sampled_from(
    ["", "-", "yes", "no", "7", "7.5", "-1", "11", "1e9", "nan", "ep-1", "x y", "2026-03-01", "0001-01-01T00:00+14:00"]
) | st.text(max_size=12)
_MAPPING = Mapping.model_validate({**MAPPING, "columns": {**COLUMNS, "revision": "No", "response_id": "Id"}})
_ALL = (*HEADER, "No", "Id")


async def _taken(prepared: list[Prepared]) -> None:
    """Every row that would be sent is one that the service stores."""
    world = World()
    for each in prepared:
        form = messages.from_clinic("harbour", each.request.response)
        assert await world.submit(form) is each.pages
    assert len(world.responses.documents) == len({each.request.response.response_id for each in prepared})


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    lines=st.lists(st.lists(CELLS, min_size=7, max_size=10), max_size=6), raw=st.text(max_size=40), at_end=st.booleans()
)
def test_any_csv_is_read_or_refused_and_nothing_that_the_service_would_refuse_is_sent(
    tmp_path: Path, lines: list[list[str]], raw: str, at_end: bool
) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerows([_ALL, *lines])
    text = stream.getvalue() + raw if at_end else raw + stream.getvalue()
    _fuzzed(tmp_path / "any.csv", text.encode("utf-8", "surrogatepass"))


json_values = st.none() | st.booleans() | st.integers() | st.floats() | CELLS | st.lists(st.integers(), max_size=2)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(objects=st.lists(st.dictionaries(st.sampled_from(_ALL), json_values), max_size=6), raw=st.binary(max_size=30))
def test_any_ndjson_is_read_or_refused(tmp_path: Path, objects: list[dict[str, Any]], raw: bytes) -> None:
    _fuzzed(tmp_path / "any.ndjson", b"\n".join([json.dumps(each).encode() for each in objects]) + b"\n" + raw)


def _fuzzed(path: Path, content: bytes) -> None:
    path.write_bytes(content)
    found: list[Prepared] = []
    try:
        for each in Reader("harbour", _MAPPING, NOW).read(path):
            if isinstance(each, Prepared):
                found.append(each)
            else:
                assert each.field
                assert each.advice
    except Problem:
        pass
    asyncio.run(_taken(found))


ids = st.sampled_from(["a-1", "b-2"])
good_cells = st.tuples(
    ids,
    ids,
    ids,
    st.sampled_from(["2026-03-01", "2026-02-01T10:00:00+01:00"]),
    st.sampled_from(["0", "10", "3.25", "10.5", ""]),
    st.sampled_from(["-", "4"]),
    st.sampled_from(["yes", "no", "", "2"]),
    st.sampled_from(["1", "2", "0"]),
    ids,
)


@settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(lines=st.lists(good_cells, min_size=1, max_size=8))
def test_rows_that_are_nearly_good_are_taken_only_when_the_service_takes_them(
    tmp_path: Path, lines: list[tuple[str, ...]]
) -> None:
    stream = io.StringIO()
    csv.writer(stream).writerows([_ALL, *lines])
    _fuzzed(tmp_path / "near.csv", stream.getvalue().encode())
