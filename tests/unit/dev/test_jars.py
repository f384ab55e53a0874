"""Kafka's jars: taken from a cache when intact, fetched otherwise, and never used when they are not what was locked."""

import hashlib
import threading
from collections.abc import Iterator
from functools import partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
from jgo.config import GlobalSettings

from services.dev import jars
from services.dev.jars import BadJar, Jar, fetch, locked_jars

CONTENT = b"the bytes of a jar"


def jar(name: str, content: bytes = CONTENT) -> Jar:
    return Jar("org.example", name, "1.0", hashlib.sha256(content).hexdigest())


def put(repository: Path, item: Jar, content: bytes) -> Path:
    place = repository / item.repository_path
    place.parent.mkdir(parents=True, exist_ok=True)
    place.write_bytes(content)
    return place


class Quiet(SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        pass


@pytest.fixture
def mirror(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A Maven repository on loopback, which the user's settings of jgo name."""
    directory = tmp_path / "mirror"
    directory.mkdir()
    server = ThreadingHTTPServer(("127.0.0.1", 0), partial(Quiet, directory=str(directory)))
    threading.Thread(target=server.serve_forever, daemon=True).start()
    settings = GlobalSettings(
        repo_cache=tmp_path / "m2", repositories={"mirror": f"http://127.0.0.1:{server.server_port}"}
    )
    monkeypatch.setattr(jars.GlobalSettings, "load", lambda: settings)
    yield directory
    server.shutdown()
    server.server_close()


def test_the_lock_names_kafka_and_a_log_backend_each_with_its_hash() -> None:
    locked = {item.artifact: item for item in locked_jars()}
    assert locked["kafka_2.13"].version == "4.3.1"
    assert locked["slf4j-simple"].version == locked["slf4j-api"].version
    assert all(len(item.sha256) == 64 for item in locked.values())


def test_missing_jars_are_fetched_once_with_progress(tmp_path: Path, mirror: Path) -> None:
    wanted = [jar("a"), jar("b")]
    for item in wanted:
        put(mirror, item, CONTENT)
    lines: list[str] = []
    paths = fetch(wanted, tmp_path / "cache", lines.append)
    assert [path.read_bytes() for path in paths] == [CONTENT, CONTENT]
    assert lines[-1] == "Apache Kafka: 2 of 2 jars (b-1.0.jar)"
    (mirror / wanted[0].repository_path).unlink()  # not asked again
    assert fetch(wanted, tmp_path / "cache") == paths


def test_the_rest_of_an_interrupted_download_is_replaced(tmp_path: Path, mirror: Path) -> None:
    item = jar("a")
    put(mirror, item, CONTENT)
    put(tmp_path / "cache", item, CONTENT[:5])
    assert fetch([item], tmp_path / "cache")[0].read_bytes() == CONTENT


def test_a_jar_of_mavens_own_cache_is_used_when_it_is_the_same(tmp_path: Path, mirror: Path) -> None:
    same, other = jar("same"), jar("other")
    kept = put(tmp_path / "m2", same, CONTENT)
    spoilt = put(tmp_path / "m2", other, b"something else")
    put(mirror, other, CONTENT)
    paths = fetch([same, other], tmp_path / "cache")
    assert paths[0] == kept
    assert paths[1].read_bytes() == CONTENT
    assert spoilt.read_bytes() == b"something else"  # another tool's file is left alone


def test_a_jar_with_another_hash_is_refused_and_not_kept(tmp_path: Path, mirror: Path) -> None:
    item = jar("a")
    put(mirror, item, b"not what was locked")
    with pytest.raises(BadJar, match="not the file that was locked"):
        fetch([item], tmp_path / "cache")
    assert not (tmp_path / "cache" / item.repository_path).exists()


def test_a_jar_that_is_nowhere_says_what_to_do(tmp_path: Path, mirror: Path) -> None:
    with pytest.raises(BadJar, match=r"a-1\.0\.jar could not be downloaded .* Maven mirror"):
        fetch([jar("a")], tmp_path / "cache")
