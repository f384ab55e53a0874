"""Settings from the environment: ``ATTUNE_<FIELD>``. A mistyped name is refused, never ignored.

A secret may also come from a file, as container engines hand them out: ``ATTUNE_MONGO_URI_FILE`` names the file that
holds what ``ATTUNE_MONGO_URI`` would.
"""

import difflib
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar, Literal, Self

from pydantic import Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from services.runtime import faults as crash_points

PREFIX = "ATTUNE_"
SERVICES = ("intake", "feedback", "scoring", "alerting")
# Programs beside the services that read ATTUNE_<PROGRAM>_*; a service ignores theirs as it ignores another service's.
PROGRAMS = ("dev", "cli", "demo", "test", "fault", "bench")


class SettingsError(Exception):
    """Settings that cannot be used. Each problem is one line, starting with the name of the variable."""

    def __init__(self, problems: list[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = problems


class Settings(BaseSettings):
    """What every service needs. A service's own settings subclass this with fields that start with its name."""

    model_config = SettingsConfigDict(env_prefix=PREFIX, extra="forbid", env_ignore_empty=True, frozen=True)

    # Fields whose file must be there when a service loads its settings; a subclass may extend it.
    MUST_EXIST: ClassVar[tuple[str, ...]] = ("token_public_key_file", "service_token_file")

    kafka_bootstrap: str = Field(description="Kafka brokers: host:port, separated by commas")
    mongo_uri: SecretStr = Field(description="MongoDB URI with replicaSet, and credentials where needed")
    mongo_database_prefix: str = Field("attune", description="each service's database is <prefix>_<service>")
    mongo_timeout_seconds: float = Field(10.0, gt=0, description="limit of one database operation, retries included")
    mongo_server_selection_seconds: float = Field(5.0, gt=0, description="how long to look for a primary")
    grpc_bind: str = Field("127.0.0.1:0", description="host:port of the gRPC door; port 0 takes a free one")
    http_bind: str = Field("127.0.0.1:0", description="host:port of health, metrics and pages; port 0 takes a free one")
    token_public_key_file: Path = Field(description="PEM file of the key that verifies tokens")
    service_token_file: Path = Field(description="file with this service's own token")
    peer_intake: str = Field("", description="host:port of intake's gRPC")
    peer_feedback: str = Field("", description="host:port of feedback's gRPC")
    peer_scoring: str = Field("", description="host:port of scoring's gRPC")
    peer_alerting: str = Field("", description="host:port of alerting's gRPC")
    topics_file: Path = Field(Path("deploy/kafka/topics.yaml"), description="the declared topics")
    consumer_concurrency: int = Field(32, ge=1, le=512, description="events of different keys handled at the same time")
    consumer_stall_seconds: float = Field(60.0, gt=0, description="time without progress after which a consumer is ill")
    dead_letters_in_a_row: int = Field(20, ge=1, description="refused events in a row that stop the consumer")
    dead_letters_window: int = Field(1000, ge=1, description="events among which refused ones are counted")
    dead_letters_per_hundred: float = Field(
        1.0, gt=0, le=100, description="percentage of refused events above which the consumer stops"
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field("info", description="least level that is logged")
    drain_seconds: float = Field(10.0, gt=0, description="how long a stopping service may finish its work")
    ready_file: Path | None = Field(None, description="JSON file written once the service is ready")
    faults: str = Field("", description="labelled crash points, for fault tests only")

    @field_validator("kafka_bootstrap")
    @classmethod
    def _addresses(cls, value: str) -> str:
        for address in value.split(","):
            split_address(address)
        return value

    @field_validator("grpc_bind", "http_bind", "peer_intake", "peer_feedback", "peer_scoring", "peer_alerting")
    @classmethod
    def _address(cls, value: str) -> str:
        if value:
            split_address(value)
        return value

    @field_validator("mongo_uri")
    @classmethod
    def _mongo_scheme(cls, value: SecretStr) -> SecretStr:
        if not value.get_secret_value().startswith(("mongodb://", "mongodb+srv://")):
            raise ValueError("must start with mongodb:// or mongodb+srv://")
        return value

    @field_validator("faults")
    @classmethod
    def _crash_points(cls, value: str) -> str:
        crash_points.parse(value)
        return value

    @classmethod
    def service(cls) -> str:
        """Name the service whose settings these are, from the package they are declared in; empty for none."""
        parts = cls.__module__.split(".")
        return parts[1] if len(parts) > 1 and parts[0] == "services" and parts[1] in SERVICES else ""

    @classmethod
    def load(cls, environ: Mapping[str, str] | None = None) -> Self:
        """Read and check the environment; SettingsError lists every problem at once, each naming its variable."""
        environ = os.environ if environ is None else environ
        problems = cls._unknown(environ)
        values = {name: environ[variable(name)] for name in cls.model_fields if environ.get(variable(name), "").strip()}
        values |= cls._secrets_from_files(environ, problems)
        settings: Self | None = None
        try:
            settings = cls.model_validate(values)
        except ValidationError as error:
            items = error.errors(include_input=False, include_url=False)
            readable = (cls._readable(dict(item)) for item in items)
            # An unreadable secret file was reported already; that the secret is missing follows from it.
            reported = tuple(problem.partition(":")[0] for problem in problems)
            problems += [text for text in readable if f"{text.partition(':')[0]}_FILE" not in reported]
        if settings is not None:
            problems += settings._missing_files()
        if problems or settings is None:
            raise SettingsError(problems)
        return settings

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Take values from the constructor only: ``load`` reads the environment."""
        return (init_settings,)

    def effective(self) -> dict[str, str]:
        """Return every variable with the value in force, secrets masked."""
        return {variable(name): str(getattr(self, name)) for name in type(self).model_fields}

    @classmethod
    def _secret_file_variables(cls) -> dict[str, str]:
        """Map the variables that may name a secret's file to their fields."""
        secrets = (name for name, field in cls.model_fields.items() if field.annotation is SecretStr)
        return {f"{variable(name)}_FILE": name for name in secrets}

    @classmethod
    def _secrets_from_files(cls, environ: Mapping[str, str], problems: list[str]) -> dict[str, str]:
        values: dict[str, str] = {}
        for file_variable, name in cls._secret_file_variables().items():
            path = environ.get(file_variable, "").strip()
            if not path:
                continue
            if environ.get(variable(name), "").strip():
                problems.append(f"{file_variable}: {variable(name)} is set as well; set one of the two")
                continue
            try:
                values[name] = Path(path).read_text().strip()
            except (OSError, UnicodeDecodeError):
                problems.append(f"{file_variable}: there is no readable file {path}")
        return values

    @classmethod
    def _unknown(cls, environ: Mapping[str, str]) -> list[str]:
        known = {variable(name) for name in cls.model_fields} | cls._secret_file_variables().keys()
        others = tuple(f"{PREFIX}{name.upper()}_" for name in (*SERVICES, *PROGRAMS) if name != cls.service())
        problems = []
        for name in sorted(environ):
            if not name.startswith(PREFIX) or name in known or name.startswith(others):
                continue
            (near,) = difflib.get_close_matches(name, sorted(known), n=1, cutoff=0.0)
            problems.append(f"{name}: there is no such setting; did you mean {near}?")
        return problems

    @classmethod
    def _readable(cls, item: dict[str, Any]) -> str:
        name = str(item["loc"][0]) if item["loc"] else ""
        if item["type"] == "missing":
            return f"{variable(name)}: is not set; it is the {cls.model_fields[name].description or 'value'}"
        return f"{variable(name) if name else PREFIX}: {str(item['msg']).removeprefix('Value error, ')}"

    def _missing_files(self) -> list[str]:
        named = [(name, getattr(self, name)) for name in self.MUST_EXIST]
        return [
            f"{variable(name)}: there is no readable file {path}"
            for name, path in named
            if path is not None and not (path.is_file() and os.access(path, os.R_OK))
        ]


def variable(field: str) -> str:
    """Name the environment variable of a field."""
    return PREFIX + field.upper()


def split_address(address: str) -> tuple[str, int]:
    """Split ``host:port`` (``[::1]:port`` for IPv6); ValueError says what is wrong."""
    host, separator, port = address.strip().rpartition(":")
    if not separator or not host or not port.isdigit() or int(port) > 65535:
        raise ValueError(f"{address!r} is not host:port")
    return host.strip("[]"), int(port)
