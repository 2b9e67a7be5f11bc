"""The words of the contracts: comments of the proto sources by full name."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from google.protobuf import descriptor_pb2


def read_comments(proto: Path) -> dict[str, str]:
    """The comment above each service, method, message, field, enum and value under `proto`.

    Comments are not in generated code, so this runs protoc (a development dependency).

    Raises:
        RuntimeError: protoc refused the sources; the text is its own.
    """
    sources = sorted(
        str(path.relative_to(proto)) for path in (proto / "brinkbyte").rglob("*.proto")
    )
    with tempfile.TemporaryDirectory() as scratch:
        out = Path(scratch) / "contracts.binpb"
        arguments = [f"-I{proto}", "--include_source_info", f"--descriptor_set_out={out}"]
        command = [sys.executable, "-m", "grpc_tools.protoc", *arguments, *sources]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode:
            raise RuntimeError(done.stderr)
        contracts = descriptor_pb2.FileDescriptorSet.FromString(out.read_bytes())
    return dict(pair for file in contracts.file for pair in _of_file(file))


def _of_file(file: descriptor_pb2.FileDescriptorProto) -> Iterator[tuple[str, str]]:
    for location in file.source_code_info.location:
        if location.leading_comments:
            name = _name(file, tuple(location.path))
            if name:
                yield f"{file.package}.{name}", _tidy(location.leading_comments)


def _name(file: descriptor_pb2.FileDescriptorProto, path: tuple[int, ...]) -> str:
    """The name at a path of field numbers and indexes (SourceCodeInfo.Location.path)."""
    here: Any = file
    names: list[str] = []
    for number, index in zip(path[::2], path[1::2], strict=False):
        field = here.DESCRIPTOR.fields_by_number.get(number)
        if field is None or not field.is_repeated:
            return ""
        here = getattr(here, field.name)[index]
        names.append(getattr(here, "name", ""))
    return ".".join(names) if len(path) % 2 == 0 else ""


def _tidy(comment: str) -> str:
    return " ".join(comment.split())
