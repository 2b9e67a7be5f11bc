"""Takes an offline bundle into the database of a node that does not run."""

from collections.abc import Sequence
from importlib.resources import files

from edge.config import EdgeConfig
from edge.licensing.answers import Answers
from edge.licensing.bundles import BundleReader, Imported
from edge.licensing.clock import ForwardClock
from edge.licensing.revocations import Holder
from edge.licensing.shelf import Kept, Shelf
from edge.licensing.timekeeping import keep_clock, read_clock
from edge.licensing.trust import Trust
from edge.uplink.identity import Identity, StateDirectory
from mesh.clock import Clock
from mesh.database import Database, Role
from mesh.errors import StartError, Unavailable
from mesh.migrate import migrate
from rights.ids import render_tenant
from rights.trust import PublishedKeys


class _NoCloud:
    """The source of a node that asks nobody."""

    async def validate(self, camera_ids: Sequence[str]) -> Answers:  # noqa: ARG002
        raise Unavailable("cloud")

    async def public_keys(self) -> PublishedKeys:
        raise Unavailable("cloud")

    async def revocation_list(self) -> str:
        raise Unavailable("cloud")


async def import_bundle(config: EdgeConfig, text: str, clock: Clock) -> Imported:
    """Keeps what the bundle allows, for the node's next start.

    Raises StartError for a node that was never enrolled, FailedPrecondition as BundleReader.
    """
    identity = StateDirectory(config.edge_state_dir).load()
    if identity is None:
        raise StartError(
            f"{config.edge_state_dir} holds no identity; start the node once with an enrolment "
            "token"
        )
    dsn = config.edge_database_url.get_secret_value()
    await migrate(dsn, files("edge") / "migrations")
    database = await Database.open({Role.APP: dsn}, pool_size=2, application_name="edge")
    try:
        return await _take(config, database, identity, text, clock)
    finally:
        await database.close()


async def _take(
    config: EdgeConfig, database: Database, identity: Identity, text: str, clock: Clock
) -> Imported:
    time = ForwardClock(clock, await read_clock(database))
    trust = Trust(database, _NoCloud(), time, holder_of(config, identity))
    await trust.load(config.license_key_set)
    imported = await BundleReader(trust, time).take(text)
    shelf = Shelf(database, identity.tenant_id, time)
    await shelf.save(Kept(imported.rows, "bundle", imported.rules), imported.epoch)
    await shelf.forget(())  # what a Redis has from the same epoch is not looked at
    await keep_clock(database, time, imported.epoch)
    return imported


def holder_of(config: EdgeConfig, identity: Identity) -> Holder:
    """Whose tokens the node believes."""
    return Holder(
        render_tenant(identity.tenant_id),
        str(identity.device_id),
        identity.key_thumbprint,
        config.license_issuer,
    )
