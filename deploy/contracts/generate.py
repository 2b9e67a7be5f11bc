"""Writes gen/ from proto/: `python -m deploy.contracts.generate [--check]`.

With `--check` nothing is written: the code is generated beside gen/ and compared, and the exit
status is 1 when a file is missing, stale or left over.
"""

from __future__ import annotations

import filecmp
import json
import os
import shutil
import subprocess
import sys
import sysconfig
import tempfile
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PROTO = ROOT / "proto"
GEN = ROOT / "gen"


class GenerationError(Exception):
    """A generator failed; the text is its own output."""


def _protoc(arguments: Sequence[str], files: Sequence[Path]) -> None:
    scripts = sysconfig.get_path("scripts")
    environment = {**os.environ, "PATH": f"{scripts}{os.pathsep}{os.environ.get('PATH', '')}"}
    command = [sys.executable, "-m", "grpc_tools.protoc", f"-I{PROTO}", *arguments]
    command += [str(file.relative_to(PROTO)) for file in files]
    done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
    if done.returncode:
        raise GenerationError(done.stderr)


def _python(out: Path, messages: Sequence[Path], services: Sequence[Path]) -> None:
    _protoc([f"--python_out={out}", f"--pyi_out={out}"], messages)
    _protoc([f"--grpc_python_out={out}", f"--mypy_grpc_out=quiet,only_async:{out}"], services)
    for folder in (path for path in out.rglob("*") if path.is_dir()):
        (folder / "__init__.py").touch()
    (out / "brinkbyte" / "py.typed").touch()


def _openapi(out: Path, python_root: Path) -> None:
    """Runs in a process of its own, so that it describes the code just generated."""
    script = (
        "import json, sys; from gateway.openapi import build_openapi; "
        "json.dump(build_openapi(), sys.stdout, indent=2, ensure_ascii=False)"
    )
    environment = {**os.environ, "PYTHONPATH": f"{python_root}{os.pathsep}{ROOT}"}
    done = subprocess.run(
        [sys.executable, "-c", script],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise GenerationError(done.stderr)
    json.loads(done.stdout)
    (out / "openapi.json").write_text(done.stdout + "\n")


def generate(target: Path) -> None:
    """Writes every kind of generated code under `target`.

    Raises:
        GenerationError: a generator failed.
    """
    ours = sorted((PROTO / "brinkbyte").rglob("*.proto"))
    services = [file for file in ours if file.name.endswith("_service.proto")]
    validate = PROTO / "buf" / "validate" / "validate.proto"
    for name in ("python", "betterproto", "openapi"):
        (target / name).mkdir(parents=True)
    _python(target / "python", [*ours, validate], services)
    _protoc(
        [
            f"--python_betterproto2_out={target / 'betterproto'}",
            "--python_betterproto2_opt=client_generation=async",
        ],
        ours,
    )
    _openapi(target / "openapi", target / "python")


def differences(left: Path, right: Path) -> list[str]:
    """Names the files that differ between two trees, relative to their roots."""

    def files(root: Path) -> set[Path]:
        return {
            path.relative_to(root)
            for path in root.rglob("*")
            if path.is_file() and "__pycache__" not in path.parts
        }

    one, other = files(left), files(right)
    changed = [
        path for path in one & other if not filecmp.cmp(left / path, right / path, shallow=False)
    ]
    return sorted(str(path) for path in (one ^ other) | set(changed))


def _take_over(fresh: Path, target: Path) -> None:
    if fresh.exists():
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(fresh, target)
    else:
        target.unlink()


def main() -> int:
    """Writes gen/, or with `--check` compares it."""
    with tempfile.TemporaryDirectory() as scratch:
        fresh = Path(scratch) / "gen"
        try:
            generate(fresh)
        except GenerationError as error:
            sys.stderr.write(f"{error}\n")
            return 1
        stale = differences(fresh, GEN)
        if "--check" in sys.argv:
            for name in stale:
                sys.stderr.write(f"gen/{name} is not what proto/ says: run `make gen`\n")
            return 1 if stale else 0
        for name in stale:
            _take_over(fresh / name, GEN / name)
        sys.stdout.write(f"gen/ is fresh ({len(stale)} files changed)\n")
    return 0


if __name__ == "__main__":
    sys.exit(main())
