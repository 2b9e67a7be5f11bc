"""The licences kept in PostgreSQL: the layer between memory and the cloud."""

from collections.abc import Sequence
from uuid import UUID

import structlog

from edge.licensing import store
from edge.licensing.store import StoredLicense
from mesh.clock import Clock
from mesh.database import Database, Role
from mesh.errors import MeshError
from rights.claims import Epoch


class Shelf:
    """Keeps the last answers. A database that is away costs their persistence, no decision."""

    def __init__(self, database: Database, tenant_id: UUID, clock: Clock) -> None:
        """`tenant_id` is the device's own."""
        self._database = database
        self._tenant_id = tenant_id
        self._clock = clock
        self._log = structlog.get_logger()

    async def load(self, camera_ids: Sequence[str]) -> list[StoredLicense]:
        """What is kept about these cameras; nothing when the database is away."""
        try:
            async with self._database.transaction(Role.APP) as conn:
                return await store.load_licenses(conn, self._tenant_id, camera_ids)
        except MeshError as error:
            self._log.warning("licences cannot be read", reason=error.reason)
            return []

    async def save(self, rows: Sequence[StoredLicense], epoch: Epoch) -> None:
        """Keeps answers of the cloud and logs each."""
        try:
            async with self._database.transaction(Role.APP) as conn:
                await store.save_licenses(conn, self._tenant_id, rows)
                await store.log_validations(conn, rows, "cloud", epoch, self._clock.now())
        except MeshError as error:
            self._log.warning("licences cannot be kept", reason=error.reason)

    async def log_use(self, rows: Sequence[StoredLicense], epoch: Epoch) -> None:
        """Logs answers that were taken from here."""
        try:
            async with self._database.transaction(Role.APP) as conn:
                await store.log_validations(conn, rows, "postgres", epoch, self._clock.now())
        except MeshError as error:
            self._log.warning("validations cannot be logged", reason=error.reason)

    async def forget(self, camera_ids: Sequence[str]) -> None:
        """Drops what is kept about these cameras."""
        try:
            async with self._database.transaction(Role.APP) as conn:
                await store.drop_licenses(conn, self._tenant_id, camera_ids)
        except MeshError as error:
            self._log.warning("licences cannot be dropped", reason=error.reason)
