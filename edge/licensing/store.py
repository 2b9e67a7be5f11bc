"""SQL of licences, their log and the node's settings; every function takes a connection."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from mesh.database import Connection
from rights.claims import Epoch

_SAVE = """
insert into camera_licenses
    (camera_id, tenant_id, license_mode, trial_end_date, enabled_growth_packs, status,
     is_valid, reason, message, device_token, last_validated, cached_until)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12)
on conflict (camera_id, tenant_id) do update set
    license_mode = excluded.license_mode, trial_end_date = excluded.trial_end_date,
    enabled_growth_packs = excluded.enabled_growth_packs, status = excluded.status,
    is_valid = excluded.is_valid, reason = excluded.reason, message = excluded.message,
    device_token = excluded.device_token, last_validated = excluded.last_validated,
    cached_until = excluded.cached_until
"""

_LOG = """
insert into license_validation_log
    (validated_at, camera_id, source, is_valid, license_mode, reason, message,
     epoch_incarnation, epoch_number)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
"""

_ENTITLE = """
insert into feature_entitlements (tenant_id, camera_id, feature, cached_until)
select l.tenant_id, l.camera_id, f.feature_name, l.cached_until
from camera_licenses l
join growth_pack_features f
  on f.growth_pack_name = 'base' or f.growth_pack_name = any (l.enabled_growth_packs)
where l.tenant_id = $1 and l.camera_id = any ($2) and l.is_valid
"""


@dataclass(frozen=True, slots=True)
class StoredLicense:
    """The last answer about a camera as stored; only its token can be believed.

    `reason` is empty when valid; `trial_end_date` is set for a trial. Moments are aware.
    """

    camera_id: str
    license_mode: str
    trial_end_date: datetime | None
    growth_packs: tuple[str, ...]
    status: str
    is_valid: bool
    reason: str
    message: str
    device_token: str | None
    last_validated: datetime
    cached_until: datetime


async def load_licenses(
    conn: Connection, tenant_id: UUID, camera_ids: Sequence[str]
) -> list[StoredLicense]:
    """What is stored about these cameras."""
    rows = await conn.fetch(
        "select * from camera_licenses where tenant_id = $1 and camera_id = any ($2)",
        tenant_id,
        list(camera_ids),
    )
    return [
        StoredLicense(
            row["camera_id"],
            row["license_mode"],
            row["trial_end_date"],
            tuple(row["enabled_growth_packs"]),
            row["status"],
            row["is_valid"],
            row["reason"] or "",
            row["message"],
            row["device_token"],
            row["last_validated"],
            row["cached_until"],
        )
        for row in rows
    ]


async def save_licenses(
    conn: Connection, tenant_id: UUID, licenses: Sequence[StoredLicense]
) -> None:
    """Replaces the answers about these cameras and the features that follow from them."""
    await conn.executemany(
        _SAVE,
        [
            (
                found.camera_id,
                tenant_id,
                found.license_mode,
                found.trial_end_date,
                list(found.growth_packs),
                found.status,
                found.is_valid,
                found.reason or None,
                found.message,
                found.device_token,
                found.last_validated,
                found.cached_until,
            )
            for found in licenses
        ],
    )
    camera_ids = [found.camera_id for found in licenses]
    await conn.execute(
        "delete from feature_entitlements where tenant_id = $1 and camera_id = any ($2)",
        tenant_id,
        camera_ids,
    )
    await conn.execute(_ENTITLE, tenant_id, camera_ids)


async def drop_licenses(conn: Connection, tenant_id: UUID, camera_ids: Sequence[str]) -> None:
    """Forgets these cameras and the features that followed from their licences."""
    await conn.execute(
        "delete from camera_licenses where tenant_id = $1 and camera_id = any ($2)",
        tenant_id,
        list(camera_ids),
    )


async def log_validations(
    conn: Connection,
    licenses: Iterable[StoredLicense],
    source: str,
    epoch: Epoch,
    now: datetime,
) -> None:
    """One line per answer that was not a plain cache hit; `source` is redis, postgres, cloud or
    bundle."""
    await conn.executemany(
        _LOG,
        [
            (
                now,
                found.camera_id,
                source,
                found.is_valid,
                found.license_mode,
                found.reason or None,
                found.message,
                epoch.incarnation,
                epoch.number,
            )
            for found in licenses
        ],
    )


async def log_refusal(
    conn: Connection, source: str, reason: str, message: str, *, epoch: Epoch, now: datetime
) -> None:
    """One line about the whole node; `source` is keys, revocations or clock."""
    await conn.execute(
        _LOG,
        *(now, None, source, False, None, reason, message),
        *(epoch.incarnation, epoch.number),
    )


async def read_revocation_list(conn: Connection) -> str | None:
    """The list as it was signed, None before the first."""
    token: str | None = await conn.fetchval("select token from revocation_list")
    return token


async def write_revocation_list(conn: Connection, token: str, now: datetime) -> None:
    """Replaces the list."""
    await conn.execute(
        "insert into revocation_list (token, taken_at) values ($1, $2) "
        "on conflict (singleton) do update "
        "set token = excluded.token, taken_at = excluded.taken_at",
        token,
        now,
    )


async def forget_log(conn: Connection, before: datetime) -> None:
    """Drops lines older than `before` (aware)."""
    await conn.execute("delete from license_validation_log where validated_at < $1", before)


async def save_features(conn: Connection, pack_of: Mapping[str, str]) -> None:
    """Makes growth_pack_features hold exactly these features, each in its pack."""
    names = sorted(pack_of)
    await conn.execute("delete from growth_pack_features where not feature_name = any ($1)", names)
    await conn.execute(
        "insert into growth_pack_features (growth_pack_name, feature_name) "
        "select * from unnest($1::text[], $2::text[]) on conflict (feature_name) "
        "do update set growth_pack_name = excluded.growth_pack_name",
        [pack_of[name] for name in names],
        names,
    )


async def has_features(conn: Connection) -> bool:
    """Whether growth_pack_features holds anything."""
    found: bool = await conn.fetchval("select exists (select from growth_pack_features)")
    return found


async def read_setting(conn: Connection, key: str) -> Any:
    """A value of the node's own settings, None when it was never written."""
    text = await conn.fetchval("select value from config where key = $1", key)
    return None if text is None else json.loads(text)


async def write_setting(conn: Connection, key: str, value: Any) -> None:
    """Keeps a value that JSON can hold."""
    await conn.execute(
        "insert into config (key, value) values ($1, $2) "
        "on conflict (key) do update set value = excluded.value",
        key,
        json.dumps(value),
    )
