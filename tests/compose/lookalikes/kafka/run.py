"""Turns KAFKA_* into server.properties as the official image does, formats the storage once, and becomes the broker."""

import os
import subprocess
from pathlib import Path

NOT_PROPERTIES = {"KAFKA_HEAP_OPTS", "KAFKA_VERSION"}
DATA = Path(os.environ["KAFKA_LOG_DIRS"])
PROPERTIES = Path("/tmp/server.properties")
JAVA = [
    "/opt/java/bin/java",
    "-XX:TieredStopAtLevel=1",
    *os.environ.get("KAFKA_HEAP_OPTS", "-Xmx512m").split(),
    "-cp",
    "/opt/kafka/libs/*",
]

lines = [
    f"{name.removeprefix('KAFKA_').lower().replace('_', '.')}={value}"
    for name, value in sorted(os.environ.items())
    if name.startswith("KAFKA_") and name not in NOT_PROPERTIES
]
PROPERTIES.write_text("\n".join(lines) + "\n")
if not (DATA / "meta.properties").exists():
    subprocess.run(
        [*JAVA, "kafka.tools.StorageTool", "format", f"--cluster-id={os.environ['CLUSTER_ID']}", "-c", str(PROPERTIES)],
        check=True,
    )
os.execv(JAVA[0], [*JAVA, "kafka.Kafka", str(PROPERTIES)])
