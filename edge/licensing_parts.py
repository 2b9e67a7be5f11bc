"""Puts the licences of a node together."""

from contextlib import suppress
from random import Random
from uuid import UUID

from edge.bundle_import import holder_of
from edge.config import EdgeConfig
from edge.licensing import redis_shelf
from edge.licensing.clock import ForwardClock
from edge.licensing.records import LONGEST_CACHE
from edge.licensing.schedule import RefreshSchedule
from edge.licensing.service import Licenses
from edge.licensing.shelf import LicenseShelf, Shelf
from edge.licensing.trust import Trust
from edge.uplink.licenses import CloudLicenses
from edge.uplink.link import CloudLink
from mesh.cache import CountedCache, Redis, RedisCache
from mesh.database import Database
from mesh.errors import MeshError
from mesh.telemetry import Metrics
from rights.catalog.model import Catalog


async def open_licenses(
    config: EdgeConfig,
    database: Database,
    link: CloudLink,
    time: ForwardClock,
    *,
    catalog: Catalog,
    redis: Redis | None,
    metrics: Metrics,
) -> Licenses:
    """The gate with the keys that the node trusts; where it has none yet the cloud is asked.

    Raises ConfigError, Unavailable.
    """
    return Licenses(
        _shelf(database, link.identity.tenant_id, time, redis, metrics),
        await _trust(config, database, link, time),
        CloudLicenses(link),
        catalog=catalog,
        clock=time,
        schedule=RefreshSchedule(time, Random()),  # noqa: S311 - it spreads a fleet
    )


async def _trust(
    config: EdgeConfig, database: Database, link: CloudLink, time: ForwardClock
) -> Trust:
    trust = Trust(database, CloudLicenses(link), time, holder_of(config, link.identity))
    await trust.load(config.license_key_set)
    if not trust.has_keys:
        with suppress(MeshError):  # the cloud is away; they come with its first answer
            await trust.refresh_keys()
    return trust


def _shelf(
    database: Database, tenant_id: UUID, time: ForwardClock, redis: Redis | None, metrics: Metrics
) -> LicenseShelf:
    """PostgreSQL, with Redis over it where there is one."""
    shelf = Shelf(database, tenant_id, time)
    if redis is None:
        return shelf
    prefix = f"edge:license:{tenant_id}:"
    cache = RedisCache(redis, prefix, LONGEST_CACHE, redis_shelf.encode, redis_shelf.decode)
    return redis_shelf.RedisShelf(shelf, CountedCache(cache, metrics, "edge_license_redis"))
