"""A thing of ours at the payment provider, as it stands."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum


class ObjectState(StrEnum):
    """Where it stands: to be made or changed, as the catalogue says, or no longer sold."""

    WANTED = "wanted"
    CURRENT = "current"
    ARCHIVED = "archived"


@dataclass(frozen=True, slots=True)
class ObjectRow:
    """`stripe_id` is empty before it was made. `fingerprint` is of what the provider was told,
    `changes` how often that was another, `retired` are ids still to be archived. Time: UTC."""

    kind: str
    name: str
    stripe_id: str
    fingerprint: str
    state: ObjectState
    changes: int
    retired: tuple[str, ...]
    attempts: int
    last_error: str
    changed_at: datetime
