"""Who may import what, for every module there is: import-linter's lists in pyproject.toml cannot say "nothing but"."""

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import services

ROOT = Path(services.__file__).parent
NAMES = ("intake", "feedback", "scoring", "alerting")
# The modules of a service that stand at its doors, its database and (peers) the other services' doors.
# intake keeps what waits for its episode in a store of its own.
AT_THE_EDGE = {"store", "parked", "agents", "api", "web", "wiring", "peers", "callbacks"}
EDGE_PACKAGES = {
    "faust",
    "mode",
    "kafka",
    "aiokafka",
    "confluent_kafka",
    "pymongo",
    "bson",
    "grpc",
    "starlette",
    "uvicorn",
}


def imported(file: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            yield node.module or ""
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def modules(*parts: str) -> list[Path]:
    return sorted((ROOT / Path(*parts)).rglob("*.py"))


@pytest.mark.parametrize("service", NAMES)
def test_a_domain_imports_the_standard_library_numpy_and_itself_only(service: str) -> None:
    files = modules(service, "domain")
    assert files
    own = f"services.{service}.domain"
    for file in files:
        for name in imported(file):
            allowed = name.split(".")[0] in {*sys.stdlib_module_names, "numpy"} or f"{name}.".startswith(f"{own}.")
            assert allowed, f"{file.relative_to(ROOT)} imports {name}"


@pytest.mark.parametrize("service", NAMES)
def test_only_the_edge_of_a_service_touches_kafka_mongodb_grpc_and_http(service: str) -> None:
    for file in modules(service):
        part = file.relative_to(ROOT / service).parts[0].removesuffix(".py")
        if part not in AT_THE_EDGE:
            touched = {name.split(".")[0] for name in imported(file)} & EDGE_PACKAGES
            assert not touched, f"{file.relative_to(ROOT)} imports {touched}"


def test_the_database_of_the_embedded_stack_is_never_imported() -> None:
    """SecantusDB is GPL-2.0-only: a process spoken to over TCP."""
    for file in modules():
        assert not any(name.split(".")[0].startswith("secantus") for name in imported(file)), file
