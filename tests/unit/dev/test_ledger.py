from pathlib import Path

from services.dev.ledger import Entry, Expect, Ledger, Truth, read


def entry(event_id: str, expect: Expect = Expect.ACCEPT, **more: object) -> Entry:
    fields = {"type": "attune.session.recorded.v1", "key": "ep-1", "door": "grpc", "time": "t", "sent_at": "t", **more}
    return Entry(site="harbour", event_id=event_id, expect=expect, **fields)  # type: ignore[arg-type]


def test_what_was_written_is_read_back(tmp_path: Path) -> None:
    truth = Truth("harbour", "ep-1", "cl-1", "v", ("se-1", "se-2"))
    lines = [entry("a", data={"x": [1, 2.5]}), entry("b", Expect.REJECT, rubbish="truncated", names="value")]
    with Ledger(tmp_path / "deep" / "ledger.ndjson") as ledger:
        ledger.add(truth)
        for line in lines:
            ledger.add(line)
    book = read([tmp_path / "deep" / "ledger.ndjson"])
    assert list(book.entries) == lines
    assert book.truths == (truth,)


def test_a_line_that_a_killed_clinic_left_half_written_is_dropped(tmp_path: Path) -> None:
    path = tmp_path / "ledger.ndjson"
    with Ledger(path) as ledger:
        ledger.add(entry("a"))
    with path.open("a") as file:
        file.write('{"kind":"entry","site":"har')
    assert [line.event_id for line in read([path]).entries] == ["a"]


def test_an_opened_ledger_is_continued(tmp_path: Path) -> None:
    path = tmp_path / "ledger.ndjson"
    for event_id in ("a", "b"):
        with Ledger(path) as ledger:
            ledger.add(entry(event_id))
    assert [line.event_id for line in read([path]).entries] == ["a", "b"]


def test_accepted_leaves_out_duplicates_rubbish_and_what_was_refused(tmp_path: Path) -> None:
    path = tmp_path / "ledger.ndjson"
    with Ledger(path) as ledger:
        ledger.add(entry("a"))
        ledger.add(entry("a", Expect.DUPLICATE))
        ledger.add(entry("b", Expect.REJECT, rubbish="too-large", refusal="MSG_SIZE_TOO_LARGE"))
        ledger.add(entry("c", refusal="PERMISSION_DENIED: no"))
    book = read([path])
    assert [line.event_id for line in book.accepted()] == ["a"]
    assert [line.event_id for line in book.rubbish()] == ["b"]
    assert book.episodes() == {("harbour", "ep-1")}
