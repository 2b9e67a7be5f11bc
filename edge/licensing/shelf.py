"""The licences that a node keeps: the layers between memory and the cloud."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from typing import Protocol
from uuid import UUID

import structlog

from edge.licensing import store
from edge.licensing.store import StoredLicense
from mesh.clock import Clock
from mesh.database import Database, Role
from mesh.errors import MeshError
from rights.claims import Epoch
from rights.feature_rules import FeatureRules

_EPOCH = "rights_epoch"


@dataclass(frozen=True, slots=True)
class Kept:
    """Rows and the layer that they are from: redis, postgres, cloud or bundle. `rules`, where
    known, say which pack holds a feature."""

    rows: Sequence[StoredLicense]
    source: str
    rules: FeatureRules | None = None


class LicenseShelf(Protocol):
    """What every layer offers. A layer that is away costs persistence or time, no decision."""

    async def load(self, camera_ids: Sequence[str]) -> Sequence[Kept]:
        """What is kept about these cameras, by layer."""
        ...

    async def epoch(self) -> Epoch | None:
        """The epoch of what was saved last; None before that and when it cannot be told."""
        ...

    async def save(self, kept: Kept, epoch: Epoch) -> None:
        """Keeps answers of the cloud or of a bundle, and logs each."""
        ...

    async def log_use(self, kept: Kept, epoch: Epoch) -> None:
        """Logs answers that were taken from here."""
        ...

    async def forget(self, camera_ids: Sequence[str]) -> None:
        """Drops what is kept about these cameras."""
        ...


class Shelf:
    """Keeps the last answers in PostgreSQL. Implements LicenseShelf."""

    def __init__(self, database: Database, tenant_id: UUID, clock: Clock) -> None:
        """`tenant_id` is the device's own."""
        self._database = database
        self._tenant_id = tenant_id
        self._clock = clock
        self._log = structlog.get_logger()

    async def load(self, camera_ids: Sequence[str]) -> Sequence[Kept]:
        """As LicenseShelf.load."""
        try:
            async with self._database.transaction(Role.APP) as conn:
                rows = await store.load_licenses(conn, self._tenant_id, camera_ids)
        except MeshError as error:
            self._log.warning("licences cannot be read", reason=error.reason)
            rows = []
        return [Kept(rows, "postgres")]

    async def epoch(self) -> Epoch | None:
        """As LicenseShelf.epoch."""
        try:
            async with self._database.transaction(Role.APP) as conn:
                kept = await store.read_setting(conn, _EPOCH)
        except MeshError as error:
            self._log.warning("the epoch cannot be read", reason=error.reason)
            kept = None
        return None if kept is None else Epoch(kept["incarnation"], kept["number"])

    async def save(self, kept: Kept, epoch: Epoch) -> None:
        """As LicenseShelf.save."""
        try:
            async with self._database.transaction(Role.APP) as conn:
                if kept.rules is not None:
                    await store.save_features(conn, kept.rules.pack_of)
                await store.save_licenses(conn, self._tenant_id, kept.rows)
                await store.write_setting(conn, _EPOCH, asdict(epoch))
                await store.log_validations(conn, kept.rows, kept.source, epoch, self._clock.now())
        except MeshError as error:
            self._log.warning("licences cannot be kept", reason=error.reason)

    async def log_use(self, kept: Kept, epoch: Epoch) -> None:
        """As LicenseShelf.log_use."""
        try:
            async with self._database.transaction(Role.APP) as conn:
                await store.log_validations(conn, kept.rows, kept.source, epoch, self._clock.now())
        except MeshError as error:
            self._log.warning("validations cannot be logged", reason=error.reason)

    async def forget(self, camera_ids: Sequence[str]) -> None:
        """As LicenseShelf.forget."""
        try:
            async with self._database.transaction(Role.APP) as conn:
                await store.drop_licenses(conn, self._tenant_id, camera_ids)
                await store.write_setting(conn, _EPOCH, None)
        except MeshError as error:
            self._log.warning("licences cannot be dropped", reason=error.reason)
