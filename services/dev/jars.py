"""Apache Kafka's jars: the locked list, fetched once by jgo, each checked against its SHA-256 before use."""

from __future__ import annotations

import fcntl
import hashlib
import os
import tomllib
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from jgo.config import GlobalSettings
from jgo.maven import MavenContext

from services.dev.process import Progress, silent

LOCK_FILE = Path(__file__).parent / "broker" / "jgo.lock.toml"
DOWNLOADS_AT_ONCE = 6
TIMEOUT_SECONDS = 60


class BadJar(RuntimeError):
    """A jar that could not be fetched, or that is not the one in the lock."""


@dataclass(frozen=True, slots=True)
class Jar:
    """One line of the lock."""

    group: str
    artifact: str
    version: str
    sha256: str

    @property
    def file_name(self) -> str:
        """Its name in a Maven repository."""
        return f"{self.artifact}-{self.version}.jar"

    @property
    def repository_path(self) -> Path:
        """Its place in a Maven repository."""
        return Path(*self.group.split("."), self.artifact, self.version, self.file_name)


def locked_jars(lock_file: Path = LOCK_FILE) -> list[Jar]:
    """The jars that jgo resolved, in class-path order."""
    entries = tomllib.loads(lock_file.read_text())["dependencies"]
    return [Jar(entry["groupId"], entry["artifactId"], entry["version"], entry["sha256"]) for entry in entries]


def default_cache() -> Path:
    """Where jars are kept between clones: <user's cache>/attune/maven."""
    return Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "attune" / "maven"


def fetch(jars: list[Jar], cache: Path | None = None, progress: Progress = silent) -> list[Path]:
    """Paths of all jars, each verified now. Missing ones are downloaded, unless Maven's own cache has the same file."""
    cache = cache or default_cache()
    cache.mkdir(parents=True, exist_ok=True)
    settings = GlobalSettings.load()  # a site's own Maven mirror, if jgo is configured with one
    context = MavenContext(
        repo_cache=cache, local_repos=[], remote_repos=settings.repositories or None, timeout=TIMEOUT_SECONDS
    )
    found: dict[Jar, Path] = {}
    with _only_one(cache / ".lock"):
        for jar in jars:
            place = next((p for p in _known_places(jar, cache, settings.repo_cache) if _is_intact(p, jar)), None)
            if place:
                found[jar] = place
        missing = [jar for jar in jars if jar not in found]
        with ThreadPoolExecutor(DOWNLOADS_AT_ONCE) as downloads:
            for jar, path in zip(
                missing, downloads.map(lambda jar: _download(jar, cache, context), missing), strict=True
            ):
                found[jar] = path
                progress(f"Apache Kafka: {len(found)} of {len(jars)} jars ({jar.file_name})")
    return [found[jar] for jar in jars]


def _known_places(jar: Jar, *repositories: Path | None) -> Iterator[Path]:
    for repository in repositories:
        if repository is not None:
            yield Path(repository) / jar.repository_path


def _download(jar: Jar, cache: Path, context: MavenContext) -> Path:
    target = cache / jar.repository_path
    target.unlink(missing_ok=True)  # the rest of an interrupted download
    try:
        fetched = context.project(jar.group, jar.artifact).at_version(jar.version).artifact().resolve()
    except (RuntimeError, OSError) as error:  # requests' errors are OSErrors
        raise BadJar(
            f"{jar.file_name} could not be downloaded ({error}). Check the network, or name your Maven mirror in "
            "jgo's settings file under [repositories]."
        ) from error
    if not _is_intact(fetched, jar):
        fetched.unlink(missing_ok=True)
        raise BadJar(f"{jar.file_name} is not the file that was locked: its SHA-256 differs from {LOCK_FILE.name}.")
    return fetched


def _is_intact(path: Path, jar: Jar) -> bool:
    if not path.is_file():
        return False
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest() == jar.sha256


@contextmanager
def _only_one(lock: Path) -> Iterator[None]:
    """Two stacks that start together download once."""
    with lock.open("w") as handle:
        fcntl.flock(handle, fcntl.LOCK_EX)
        yield
