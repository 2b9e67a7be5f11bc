"""The account that servers run under when the stack is started by root."""

import os
import pwd
import stat
from dataclasses import dataclass
from pathlib import Path

from deploy.local.errors import StartError

# Above what distributions give to people and services, below the 16-bit "nobody".
DEDICATED_ID = 64321


@dataclass(frozen=True, slots=True)
class Account:
    """Numeric user and group; they need no entry in the user database."""

    uid: int
    gid: int


def server_account() -> Account | None:
    """The dedicated unprivileged account when root, None (stay as we are) otherwise.

    In a user namespace that does not map the dedicated id, the account is one with a name.
    """
    if os.geteuid() != 0:
        return None
    if _mapped(DEDICATED_ID, "uid") and _mapped(DEDICATED_ID, "gid"):
        return Account(DEDICATED_ID, DEDICATED_ID)
    return named_account()


def named_account() -> Account:
    """An unprivileged account with an entry in the user database, which initdb insists on."""
    for name in ("nobody", "daemon"):
        try:
            entry = pwd.getpwnam(name)
        except KeyError:
            continue
        if _mapped(entry.pw_uid, "uid") and _mapped(entry.pw_gid, "gid"):
            return Account(entry.pw_uid, entry.pw_gid)
    raise StartError(
        "postgres",
        "PostgreSQL does not run as root and there is no unprivileged user",
        "start the stack as an ordinary user",
    )


def can_reach(path: Path, account: Account | None) -> bool:
    """Whether the account may walk down to `path` (which need not exist yet)."""
    if account is None:
        return True
    path = path.resolve()
    for directory in (path, *path.parents):
        if directory.is_dir() and not _may_enter(directory.stat(), account):
            return False
    return True


def _may_enter(status: os.stat_result, account: Account) -> bool:
    if status.st_uid == account.uid:
        return bool(status.st_mode & stat.S_IXUSR)
    if status.st_gid == account.gid:
        return bool(status.st_mode & stat.S_IXGRP)
    return bool(status.st_mode & stat.S_IXOTH)


def _mapped(number: int, kind: str) -> bool:
    """Whether this user namespace maps the id; user_namespaces(7)."""
    for line in Path(f"/proc/self/{kind}_map").read_text().splitlines():
        first, _, count = (int(field) for field in line.split())
        if first <= number < first + count:
            return True
    return False
