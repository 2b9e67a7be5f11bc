"""Places that an unprivileged server can reach when the run directory or the virtual
environment lies under a closed home directory. Only a stack started by root needs them."""

import hashlib
import shutil
import tempfile
from pathlib import Path

from deploy.local.account import Account, can_reach
from deploy.local.errors import StartError

# Not /var/tmp: distributions empty that by age, and databases lie here.
BASE = Path("/var/lib/brinkbyte")


def reachable_directory(path: Path, account: Account | None) -> Path:
    """`path` itself, or a stand-in under /var/lib with a link at `path` that points to it.

    The next start follows the link. The last component is left for the caller to create.
    """
    if path.is_symlink():
        target = path.resolve()
        if BASE in target.parents:
            _directory(target.parent)
        return target
    if can_reach(path.parent, account):
        return path
    target = _directory(BASE / f"run-{_digest(str(path))}") / path.name
    shutil.rmtree(target, ignore_errors=True)  # of a run directory that was removed by hand
    path.symlink_to(target)
    return target


def remove_stand_in(link: Path) -> None:
    """Delete what a link of `reachable_directory` points to; another link's target stays."""
    target = link.resolve()
    if BASE in target.parents:
        shutil.rmtree(target.parent, ignore_errors=True)


def reachable_copy(source: Path, parts: tuple[str, ...], account: Account | None) -> Path:
    """`source`, or a copy of its `parts` (relative paths) that the account can execute.

    The copy is made once per version of the source and appears whole or not at all.
    """
    if can_reach(source, account):
        return source
    stamp = "".join(f"{part}:{(source / part).stat().st_mtime_ns}" for part in parts)
    target = _directory(BASE) / f"tree-{_digest(f'{source}:{stamp}')}"
    if target.is_dir():
        return target
    staging = Path(tempfile.mkdtemp(dir=BASE))
    for part in parts:
        (staging / part).parent.mkdir(parents=True, exist_ok=True)
        if (source / part).is_dir():
            shutil.copytree(source / part, staging / part)
        else:
            shutil.copy2(source / part, staging / part)
    for directory in (staging, *(entry for entry in staging.rglob("*") if entry.is_dir())):
        directory.chmod(0o755)
    try:
        staging.rename(target)
    except OSError:
        shutil.rmtree(staging)  # another process was first
    return target


def _directory(path: Path) -> Path:
    try:
        for directory in dict.fromkeys((BASE, path)):
            directory.mkdir(exist_ok=True)
            directory.chmod(0o711)
    except OSError as error:
        raise StartError(
            "stack",
            f"cannot make {path}, needed because an unprivileged user cannot reach the run "
            f"directory or the virtual environment: {error.strerror}",
            "set BRINKBYTE_RUN_DIR to a directory that everybody may enter",
        ) from error
    return path


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
