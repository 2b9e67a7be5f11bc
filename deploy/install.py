"""Makes the project's virtual environments: `python3 deploy/install.py runtime dev triton …`.

Runs under the system's own python3 with nothing but the standard library. Each part is installed
from its hash-locked list once, and again only when that list changes. A part is its own file in
requirements/; `runtime` and `dev` share `.venv/`, `triton` and `train` have environments of their
own because they need other versions of numpy and protobuf.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
REQUIREMENTS = ROOT / "requirements"
ENVIRONMENTS = {
    "runtime": ".venv",
    "dev": ".venv",
    "triton": ".venv-triton",
    "train": ".venv-train",
}
OLDEST_PYTHON = (3, 11)


class InstallError(Exception):
    """A step failed; the text says what to do."""


def say(text: str) -> None:
    """Prints one line of progress at once."""
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def run(command: list[str], remedy: str) -> None:
    """Runs a command quietly; its output is shown only when it fails.

    Raises:
        InstallError: the command failed.
    """
    done = subprocess.run(command, capture_output=True, text=True, check=False, cwd=ROOT)
    if done.returncode:
        tail = "\n".join((done.stdout + done.stderr).strip().splitlines()[-15:])
        raise InstallError(f"{' '.join(command[:4])} … failed:\n{tail}\n{remedy}")


def digest(*files: Path) -> str:
    """SHA-256 over files and the interpreter's version, in hex."""
    total = hashlib.sha256(sys.version.encode())
    for file in files:
        total.update(file.read_bytes())
    return total.hexdigest()


def done_already(stamp: Path, expected: str) -> bool:
    """Whether the stamp says that exactly this was installed."""
    return stamp.exists() and stamp.read_text() == expected


def ensure_environment(folder: Path) -> Path:
    """Makes an empty virtual environment where there is none, or one that was left half made;
    returns its interpreter."""
    python = folder / "bin" / "python"
    if not (python.exists() and (folder / "bin" / "pip").exists()):
        run(
            [sys.executable, "-m", "venv", str(folder)],
            "Install the venv module of python3 (on Debian and Ubuntu: python3-venv).",
        )
    return python


def ensure_installer() -> list[str]:
    """Installs uv and the build back end by pip; returns the install command of uv."""
    python = ensure_environment(ROOT / ".venv")
    wanted = REQUIREMENTS / "setup.txt"
    stamp, expected = ROOT / ".venv" / ".setup", digest(wanted)
    if not done_already(stamp, expected):
        run(
            [str(python), "-m", "pip", "install", "-q", "--require-hashes", "-r", str(wanted)],
            "Check that this machine reaches its Python package index, then try again.",
        )
        stamp.write_text(expected)
    return [str(ROOT / ".venv" / "bin" / "uv"), "pip", "install", "-q", "--python"]


def install(part: str) -> None:
    """Installs one part where its list changed.

    Raises:
        InstallError: a step failed.
    """
    folder = ROOT / ENVIRONMENTS[part]
    wanted = REQUIREMENTS / f"{part}.txt"
    stamp, expected = folder / f".{part}", digest(wanted, ROOT / "pyproject.toml")
    if done_already(stamp, expected):
        return
    began = time.monotonic()
    say(f"installing {part} into {folder.name}/ …")
    uv_install = ensure_installer()
    python = str(ensure_environment(folder))
    run(
        [*uv_install, python, "--require-hashes", "-r", str(wanted)],
        "Check that this machine reaches its Python package index, then try again.",
    )
    if folder.name == ".venv":
        run(
            [*uv_install, python, "--no-deps", "--no-build-isolation", "-e", "."],
            "The project itself could not be installed; is pyproject.toml complete?",
        )
    stamp.write_text(expected)
    say(f"installed {part} in {time.monotonic() - began:.0f} s")


def main() -> int:
    """Installs the named parts."""
    if sys.version_info < OLDEST_PYTHON:
        say(f"python3 is {sys.version.split()[0]}; 3.11 or newer is needed")
        return 1
    os.environ.setdefault("UV_SYSTEM_CERTS", "true")
    try:
        for part in sys.argv[1:]:
            install(part)
    except InstallError as error:
        say(str(error))
        return 1
    except OSError as error:
        say(f"{error.filename or ROOT}: {error.strerror}; free space or let this user write there")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
