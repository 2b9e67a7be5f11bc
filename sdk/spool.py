"""Usage events on disk until the cloud answered for them: one SQLite file, the only SQL here."""

import sqlite3
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from mesh.errors import MeshError, StartError, StorageFull, Unavailable

FILE = "usage.sqlite3"
_SCHEMA = """
create table if not exists events (
    seq integer primary key autoincrement, event_id text not null unique, payload blob not null
);
create table if not exists owner (customer_id text not null);
create table if not exists operations (
    event_id text primary key, held integer not null
) without rowid;
update operations set held = 0 where held;
"""
_READ = """
select seq, events.event_id, payload, operations.held is not null
from events left join operations using (event_id)
where coalesce(operations.held, 0) = 0 order by seq limit ?
"""


@dataclass(frozen=True, slots=True)
class Spooled:
    """One event: its place in the order of writing, its id and its bytes on the wire.

    `operation` says that it is the use of a quota's operation, whose commit may have arrived.
    """

    seq: int
    event_id: str
    payload: bytes
    operation: bool = False


class Spool:
    """Blocks for the length of a disk write; used by one thread at a time.

    What `append` returned from survives SIGKILL and power loss (write-ahead log, synced at
    each commit).
    """

    def __init__(self, directory: Path, customer_id: str) -> None:
        """Opens or makes the file. Raises StartError, also when the unsent usage in it is
        another customer's."""
        path = directory / FILE
        try:
            self._db = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        except sqlite3.Error as error:
            raise _unopened(path, error) from error
        try:
            path.chmod(0o600)
            self._db.execute("pragma journal_mode = wal")
            self._db.execute("pragma synchronous = full")
            self._db.executescript(_SCHEMA)
            self._own(path, customer_id)
        except (sqlite3.Error, OSError) as error:
            self._db.close()
            raise _unopened(path, error) from error
        except StartError:
            self._db.close()
            raise

    def size(self) -> tuple[int, int]:
        """Number of events and bytes of their payloads."""
        row = self._db.execute(
            "select count(*), coalesce(sum(length(payload)), 0) from events"
        ).fetchone()
        return int(row[0]), int(row[1])

    def append(self, events: Sequence[tuple[str, bytes]], operations: Sequence[str] = ()) -> None:
        """Keeps events (id, payload), all or none. Raises StorageFull, Unavailable.

        Those whose ids are among `operations` are not read before `unhold`, or the next run.
        """
        self._change(
            ("insert into events (event_id, payload) values (?, ?)", events),
            ("insert into operations values (?, 1)", [(each,) for each in operations]),
        )

    def unhold(self, event_id: str) -> None:
        """Lets an operation's event be read. Raises StorageFull, Unavailable."""
        self._change(("update operations set held = 0 where event_id = ?", [(event_id,)]))

    def read(self, limit: int, max_bytes: int) -> list[Spooled]:
        """The oldest events, at most `limit` and `max_bytes` of payload, at least one if any.

        Raises Unavailable.
        """
        found: list[Spooled] = []
        size = 0
        try:
            for seq, event_id, payload, operation in self._db.execute(_READ, (limit,)):
                size += len(payload)
                if found and size > max_bytes:
                    break
                found.append(Spooled(seq, event_id, payload, bool(operation)))
        except sqlite3.Error as error:
            raise _typed(error) from error
        return found

    def remove(self, event_ids: Sequence[str]) -> None:
        """Forgets these events. Raises StorageFull, Unavailable."""
        ids = [(each,) for each in event_ids]
        self._change(
            ("delete from events where event_id = ?", ids),
            ("delete from operations where event_id = ?", ids),
        )

    def close(self) -> None:
        """Closes the file."""
        self._db.close()

    def _change(self, *statements: tuple[str, Sequence[tuple[object, ...]]]) -> None:
        try:
            self._db.execute("begin immediate")
            try:
                for statement, rows in statements:
                    self._db.executemany(statement, rows)
                self._db.execute("commit")
            except sqlite3.Error:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise
        except sqlite3.Error as error:
            raise _typed(error) from error

    def _own(self, path: Path, customer_id: str) -> None:
        row = self._db.execute("select customer_id from owner").fetchone()
        unsent = self.size()[0]
        if row is not None and row[0] != customer_id and unsent:
            raise StartError(
                f"{path} holds {unsent} unsent events of the customer {row[0]}; "
                "report them as that customer first, or move the file away and keep it"
            )
        self._db.execute("begin immediate")
        self._db.execute("delete from owner")
        self._db.execute("insert into owner (customer_id) values (?)", (customer_id,))
        self._db.execute("commit")


def _unopened(path: Path, error: Exception) -> StartError:
    return StartError(
        f"the unsent usage in {path} cannot be opened ({error}); free space on its disk, "
        "let this user write it, or move the file away and keep it"
    )


def _typed(error: sqlite3.Error) -> MeshError:
    if getattr(error, "sqlite_errorcode", None) == sqlite3.SQLITE_FULL:
        return StorageFull("the disk of the usage spool is full")
    return Unavailable("usage spool")
