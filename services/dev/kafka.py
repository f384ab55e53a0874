"""Apache Kafka as a child process: one KRaft node that keeps its data and its port."""

from __future__ import annotations

import base64
import os
import subprocess
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from kafka.admin import KafkaAdminClient
from kafka.errors import KafkaError

from services.dev.jars import fetch, locked_jars
from services.dev.java import find_java
from services.dev.process import (
    LOOPBACK,
    Child,
    Progress,
    StartFailed,
    clean_environment,
    is_listening,
    kept_ports,
    silent,
)

# Small enough for a laptop next to everything else; see the measurement in services/dev/README.md.
HEAP = ["-Xms128m", "-Xmx384m"]
# One thread compiles and collects: the broker shares two cores with the services.
JVM = [*HEAP, "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1", "-XX:MaxMetaspaceSize=128m", "-Djava.awt.headless=true"]
FORMATTED = "meta.properties"


class Kafka(Child):
    """The embedded broker. `data_dir` holds its log, its configuration and the ports it was first given."""

    def __init__(self, data_dir: Path, port: int = 0, progress: Progress = silent) -> None:
        super().__init__("kafka", data_dir / "kafka.log")
        self.data_dir = data_dir
        self._progress = progress
        ports = kept_ports(data_dir / "ports.json", ["broker", "controller"])
        self.port = port or ports["broker"]
        self._controller_port = ports["controller"]
        self._class_path = ""
        self._java = ""

    @property
    def bootstrap(self) -> str:
        """What a client is given as bootstrap.servers."""
        return f"{LOOPBACK}:{self.port}"

    def prepare(self) -> None:
        """Fetches the jars, writes the configuration and, the first time, formats the data directory."""
        if not self._class_path:
            self._java = str(find_java())
            self._class_path = ":".join(str(jar) for jar in fetch(locked_jars(), progress=self._progress))
        self.data_dir.mkdir(parents=True, exist_ok=True)
        self._properties.write_text(self._configuration())
        if not (self.data_dir / "log" / FORMATTED).exists():
            self._progress("Apache Kafka: formatting its data directory")
            self._format()

    def spawn(self) -> None:
        if not self.running:
            self.prepare()
        super().spawn()

    def command(self) -> Sequence[str]:
        logging = [
            "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
            "-Dorg.slf4j.simpleLogger.showDateTime=true",
            "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss.SSSZ",
        ]
        return [self._java, *JVM, *logging, "-cp", self._class_path, "kafka.Kafka", str(self._properties)]

    def environment(self) -> Mapping[str, str]:
        return _java_environment()

    def is_ready(self) -> bool:
        """Asks for the cluster over the protocol: the node has registered with its controller and serves metadata."""
        if not is_listening(self.port):
            return False
        try:
            admin = KafkaAdminClient(
                bootstrap_servers=self.bootstrap, request_timeout_ms=5000, client_id="attune-probe"
            )
        except KafkaError:
            return False
        try:
            return len(admin.describe_cluster()["brokers"]) == 1
        except KafkaError:
            return False
        finally:
            admin.close()

    @property
    def _properties(self) -> Path:
        return self.data_dir / "server.properties"

    def _configuration(self) -> str:
        settings = {
            "process.roles": "broker,controller",
            "node.id": 1,
            "controller.quorum.voters": f"1@{LOOPBACK}:{self._controller_port}",
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{LOOPBACK}:{self._controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.listener.names": "CONTROLLER",
            "inter.broker.listener.name": "PLAINTEXT",
            "listener.security.protocol.map": "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT",
            "log.dirs": self.data_dir.resolve() / "log",
            # Topics are declared in deploy/kafka/topics.yaml, never made by a mistyped name.
            "auto.create.topics.enable": "false",
            "num.partitions": 4,
            "offsets.topic.num.partitions": 4,
            "offsets.topic.replication.factor": 1,
            "transaction.state.log.num.partitions": 4,
            "transaction.state.log.replication.factor": 1,
            "transaction.state.log.min.isr": 1,
            "share.coordinator.state.topic.num.partitions": 1,
            "share.coordinator.state.topic.replication.factor": 1,
            "share.coordinator.state.topic.min.isr": 1,
            # A single consumer joins at once, and a killed one is noticed in seconds.
            "group.initial.rebalance.delay.ms": 0,
            "group.min.session.timeout.ms": 1000,
            # Ordinary topics keep Kafka's 1 MiB limit; a dead-letter topic may declare more, up to a socket request.
            "socket.request.max.bytes": 32 * 1024 * 1024,
            # After a crash the controller takes the new registration only when the old one is this old (default 9 s).
            "broker.session.timeout.ms": 4000,
            "broker.heartbeat.interval.ms": 1000,
            # Threads and buffers for one machine's clients, not a data centre's.
            "num.network.threads": 2,
            "num.io.threads": 4,
            "num.recovery.threads.per.data.dir": 1,
            "log.cleaner.dedupe.buffer.size": 8 * 1024 * 1024,
        }
        return "".join(f"{name}={value}\n" for name, value in settings.items())

    def _format(self) -> None:
        cluster = base64.urlsafe_b64encode(uuid.uuid4().bytes).decode().rstrip("=")
        command = [self._java, "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-cp", self._class_path]
        command += ["kafka.tools.StorageTool", "format", f"--cluster-id={cluster}", "-c", str(self._properties)]
        done = subprocess.run(
            command, env=_java_environment(), capture_output=True, text=True, timeout=120, check=False
        )
        if done.returncode != 0:
            raise StartFailed(f"Kafka's data directory could not be formatted:\n{done.stdout}{done.stderr}")


def _java_environment() -> dict[str, str]:
    environment = clean_environment()
    # Another program's Java options (agents, debuggers) would change or stop the broker.
    for name in ("JAVA_TOOL_OPTIONS", "_JAVA_OPTIONS", "JDK_JAVA_OPTIONS", "KAFKA_OPTS"):
        environment.pop(name, None)
    environment["LC_ALL"] = os.environ.get("LC_ALL", "C.UTF-8")
    return environment
