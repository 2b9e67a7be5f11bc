"""What an instance keeps of its licence between two runs: one file, whole or not at all."""

import fcntl
import json
import os
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import structlog

from mesh.errors import StartError
from rights.errors import KeyRefused
from rights.keys import KeySet
from rights.trust import NEVER_TOLD, Trust

_FILE = "license.json"
_LOCK = "lock"


@dataclass(frozen=True, slots=True)
class Denial:
    """That the cloud refused a licence: ErrorReason, words, and when (aware, UTC)."""

    reason: str
    why: str
    at: datetime


@dataclass(frozen=True, slots=True)
class Kept:
    """The last good token, the keys the cloud published, the kids it no longer does, what it said
    is trusted no longer, and the revocation list honoured ("" for none).

    `high_water` (aware, UTC) is the latest time seen; `asked_for` the configured customer id
    and `customer_id` the one in the tokens that it got.
    """

    token: str = ""
    keys: KeySet | None = None
    withdrawn: frozenset[str] = frozenset()
    high_water: datetime | None = None
    asked_for: str = ""
    customer_id: str = ""
    denial: Denial | None = None
    trust: Trust = NEVER_TOLD
    revocation_list: str = ""


class StateDirectory:
    """A directory of one running process, readable by its user alone."""

    def __init__(self, path: Path) -> None:
        """Nothing is touched before `hold`."""
        self.path = path
        self._lock: int | None = None

    def hold(self) -> None:
        """Makes the directory and keeps other processes out, until `release` or death.

        Raises StartError.
        """
        try:
            self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
            lock = os.open(self.path / _LOCK, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        except OSError as error:
            raise StartError(
                f"cannot write {self.path}: {(error.strerror or '').lower()}; "
                "let this user write it or set another BRINKBYTE_INSTANCE_STATE_DIR"
            ) from error
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            os.close(lock)
            raise StartError(
                f"{self.path} is in use by another process; give each process its own "
                "BRINKBYTE_INSTANCE_STATE_DIR"
            ) from error
        self._lock = lock

    def release(self) -> None:
        """Lets others in."""
        if self._lock is not None:
            os.close(self._lock)
            self._lock = None


class Shelf:
    """Reads and replaces the file; it blocks for the length of a disk write."""

    def __init__(self, directory: Path) -> None:
        """`directory` is there."""
        self._path = directory / _FILE
        self._log = structlog.get_logger()

    def load(self) -> Kept:
        """What an earlier run kept; nothing when there is none or it cannot be read."""
        try:
            return _unpack(json.loads(self._path.read_bytes()))
        except FileNotFoundError:
            return Kept()
        except (OSError, ValueError, KeyError, TypeError, AttributeError, KeyRefused) as error:
            self._log.error("the kept licence cannot be read", path=str(self._path), why=str(error))
            return Kept()

    def save(self, kept: Kept) -> None:
        """Replaces the file (mode 0600), synced. Raises OSError."""
        temporary = self._path.with_name(f".{_FILE}.new")
        temporary.unlink(missing_ok=True)
        descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
        with os.fdopen(descriptor, "w") as file:
            json.dump(_pack(kept), file)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(self._path)
        directory = os.open(self._path.parent, os.O_RDONLY)
        try:
            os.fsync(directory)
        finally:
            os.close(directory)


def _pack(kept: Kept) -> dict[str, Any]:
    return {
        "token": kept.token,
        "keys": kept.keys.jwks() if kept.keys is not None else None,
        "withdrawn": sorted(kept.withdrawn),
        "trust": {"epoch": kept.trust.epoch, "retired": sorted(kept.trust.retired)},
        "revocation_list": kept.revocation_list,
        "high_water": kept.high_water.isoformat() if kept.high_water is not None else None,
        "asked_for": kept.asked_for,
        "customer_id": kept.customer_id,
        "denial": None
        if (denial := kept.denial) is None
        else {"reason": denial.reason, "why": denial.why, "at": denial.at.isoformat()},
    }


def _unpack(document: Any) -> Kept:
    keys, high_water, denial = document["keys"], document["high_water"], document["denial"]
    trust = document.get("trust", {"epoch": 0, "retired": []})
    return Kept(
        token=str(document["token"]),
        keys=None if keys is None else KeySet.from_jwks(keys),
        withdrawn=frozenset(map(str, document["withdrawn"])),
        trust=Trust(int(trust["epoch"]), frozenset(map(str, trust["retired"]))),
        revocation_list=str(document.get("revocation_list", "")),
        high_water=None if high_water is None else _moment(high_water),
        asked_for=str(document["asked_for"]),
        customer_id=str(document["customer_id"]),
        denial=None
        if denial is None
        else Denial(str(denial["reason"]), str(denial["why"]), _moment(denial["at"])),
    )


def _moment(text: str) -> datetime:
    moment = datetime.fromisoformat(text)
    if moment.tzinfo is None:
        raise ValueError("a moment without its offset")
    return moment.astimezone(UTC)
