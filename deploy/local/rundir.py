"""The layout of a run directory: everything that one local stack makes."""

import contextlib
import fcntl
import os
import secrets
import shlex
import shutil
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StartError
from deploy.local.outside import remove_stand_in

VARIABLE = "BRINKBYTE_RUN_DIR"
DEFAULT = ".run"


@dataclass(frozen=True, slots=True)
class RunDir:
    """A run directory; `root` is absolute. Nothing is created before `create()`."""

    root: Path

    @classmethod
    def from_environment(cls, environment: Mapping[str, str], base: Path) -> "RunDir":
        """The directory that BRINKBYTE_RUN_DIR names (relative to `base`), or `base`/.run."""
        return cls((base / (environment.get(VARIABLE) or DEFAULT)).absolute())

    @property
    def data(self) -> Path:
        """Databases, one directory per server; a link where it had to be put elsewhere."""
        return self.root / "data"

    @property
    def logs(self) -> Path:
        """One file per service."""
        return self.root / "logs"

    @property
    def keys(self) -> Path:
        """Private keys and passwords, readable by the owner alone."""
        return self.root / "keys"

    @property
    def certs(self) -> Path:
        """Certificates."""
        return self.root / "certs"

    @property
    def pids(self) -> Path:
        """One JSON file per running process."""
        return self.root / "pids"

    @property
    def env_file(self) -> Path:
        """What a shell sources to find a healthy stack."""
        return self.root / "mesh.env"

    def create(self) -> "RunDir":
        """Make the directories that are missing; the modes do not depend on the umask."""
        try:
            for path, mode in ((self.root, 0o711), (self.data, 0o711), (self.logs, 0o700)):
                _directory(path, mode)
            for path in (self.keys, self.certs, self.pids):
                _directory(path, 0o700)
        except OSError as error:
            raise StartError(
                "stack",
                f"cannot make the run directory {self.root}: {error.strerror}",
                f"set {VARIABLE} to a directory that you may write",
            ) from error
        return self

    def secret(self, name: str) -> str:
        """The password kept under `name`, made at random (256 bits) the first time."""
        path = self.keys / f"{name}.password"
        if not path.exists():
            write_private(path, secrets.token_urlsafe(32) + "\n")
        return path.read_text().strip()

    def write_env(self, values: Mapping[str, str]) -> Path:
        """Replace mesh.env at once with shell-quoted KEY=value lines, mode 0600."""
        for name, value in values.items():
            if not name.isidentifier() or "\0" in value or "\n" in value:
                raise ValueError(f"does not fit on a line of mesh.env: {name!r}")
        lines = [f"{name}={shlex.quote(value)}\n" for name, value in values.items()]
        write_private(self.env_file, "".join(lines))
        return self.env_file

    @contextlib.contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the directory for this process; a second holder gets a StartError.

        The kernel releases it with the process, however that ends.
        """
        path = self.root / "lock"
        with path.open("a+") as file:
            try:
                fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError as error:
                raise StartError(
                    "stack",
                    f"{self.root} is already used by process {_holder(path)}",
                    f"stop that stack with `make down`, or set {VARIABLE} and "
                    "BRINKBYTE_PORT_BASE to run a second one",
                ) from error
            file.truncate(0)
            file.write(f"{os.getpid()}\n")
            file.flush()
            yield
            file.truncate(0)

    def lock_holder(self) -> int | None:
        """Process id of the stack that holds the directory, or None."""
        path = self.root / "lock"
        if not path.exists():
            return None
        with path.open() as file:
            try:
                fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
            except BlockingIOError:
                return int(_holder(path)) if _holder(path).isdigit() else None
        return None

    def remove(self) -> None:
        """Delete the directory and the data that links in it point to. Nothing may run."""
        if self.data.is_dir():
            for entry in self.data.iterdir():
                if entry.is_symlink():
                    remove_stand_in(entry)
        shutil.rmtree(self.root, ignore_errors=True)


def write_private(path: Path, text: str) -> None:
    """Write a file that appears whole or not at all, mode 0600."""
    new = path.with_name(f".{path.name}.{os.getpid()}")
    new.unlink(missing_ok=True)
    with os.fdopen(os.open(new, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
    new.replace(path)


def _directory(path: Path, mode: int) -> None:
    if not path.is_dir():
        path.mkdir(parents=True)
        path.chmod(mode)


def _holder(path: Path) -> str:
    return path.read_text().strip() or "unknown"
