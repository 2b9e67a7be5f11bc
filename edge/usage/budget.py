"""How much of the disk usage may take: what is over it is refused, never dropped."""

from mesh.errors import StorageFull

ROW_BYTES = 500
"""What an event takes beside its payload: its columns, its indexes, the room that updates leave."""

MAX_BYTES_VARIABLE = "BRINKBYTE_EDGE_USAGE_MAX_BYTES"
_ENOUGH = 0.95


class Budget:
    """Bytes of events that are held, against the most that may be.

    Kept by the one writer of the journal; callers ask it in memory before anything is counted.
    """

    def __init__(self, max_bytes: int) -> None:
        """Nothing is held yet."""
        self.max_bytes = max_bytes
        self.held_bytes = 0
        self.pending = 0
        self.refused = 0

    @property
    def full(self) -> bool:
        """Whether nothing more is taken."""
        return self.held_bytes >= self.max_bytes

    @property
    def tight(self) -> bool:
        """Whether acknowledged events have to go early."""
        return self.held_bytes >= self.max_bytes * _ENOUGH

    def admit(self) -> None:
        """Raises StorageFull, which says what to do, when nothing more is taken."""
        if self.held_bytes < self.max_bytes:
            return
        self.refused += 1
        raise StorageFull(
            f"usage takes {self.held_bytes} of the {self.max_bytes} bytes that it may take here, "
            f"and {self.pending} events wait for the cloud: bring back the link to the cloud, or "
            f"raise {MAX_BYTES_VARIABLE}; nothing that was counted is lost"
        )
