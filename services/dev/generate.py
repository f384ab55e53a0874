"""Generates services/gen from protos: `python -m services.dev.generate`; with --check it only says what is stale."""

from __future__ import annotations

import argparse
import filecmp
import sys
import tempfile
from importlib import resources
from pathlib import Path

from grpc_tools import protoc

from services.dev.environment import REPOSITORY

PROTOS = REPOSITORY / "protos"
GENERATED = REPOSITORY / "services" / "gen"
INGRESS = "attune/clinic/v1"
# Descriptors with the comments of what clinics publish: `attune schema` shows them.
COMMENTED = f"{INGRESS}/descriptors.binpb"


class GenerationFailed(RuntimeError):
    """protoc refused; it has said why on stderr."""


def generate(target: Path) -> None:
    """Writes the code of every .proto below `target`."""
    sources = sorted(str(file.relative_to(PROTOS)) for file in PROTOS.rglob("*.proto"))
    include = [f"-I{PROTOS}", f"-I{resources.files('grpc_tools') / '_proto'}"]
    outputs = [f"--{kind}_out={target}" for kind in ("python", "pyi", "grpc_python")]
    _run(*include, *outputs, *sources)
    ingress = [source for source in sources if source.startswith(INGRESS)]
    _run(*include, "--include_source_info", f"--descriptor_set_out={target / COMMENTED}", *ingress)


def stale(target: Path) -> list[str]:
    """Files below services/gen that are missing, differ or are left over, compared with those just made in `target`."""
    made, kept = _files(target), _files(GENERATED)
    differing = {name for name in made & kept if not filecmp.cmp(target / name, GENERATED / name, shallow=False)}
    return sorted(differing | (made ^ kept))


def main() -> None:
    """Command line: generates, or with --check compares and fails when something is stale."""
    parser = argparse.ArgumentParser(prog="python -m services.dev.generate", description=__doc__)
    parser.add_argument("--check", action="store_true", help="change nothing; fail when the generated code is stale")
    if not parser.parse_args().check:
        for name in _files(GENERATED):
            (GENERATED / name).unlink()
        generate(GENERATED)
        return
    with tempfile.TemporaryDirectory() as scratch:
        directory = Path(scratch)
        generate(directory)
        found = stale(directory)
    if found:
        sys.exit(
            "generated code is stale, run `make protos`:\n" + "\n".join(f"  services/gen/{name}" for name in found)
        )


def _files(root: Path) -> set[str]:
    return {str(f.relative_to(root)) for f in (root / "attune").rglob("*") if f.is_file() and f.suffix != ".pyc"}


def _run(*arguments: str) -> None:
    if protoc.main(["protoc", *arguments]) != 0:
        raise GenerationFailed("protoc failed")


if __name__ == "__main__":
    main()
