"""Creates the roles and databases that billing and an edge node expect on a fresh server.

The role names are fixed by the migrations; none of them may bypass row-level security. On a managed
PostgreSQL an administrator runs the same statements (docs/operations.md).
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from urllib.parse import quote

import asyncpg

from deploy.local.postgres import PostgresServer
from mesh.database import Role

CLOUD_ROLES: dict[Role, str] = {
    Role.OWNER: "brinkbyte_owner",
    Role.APP: "brinkbyte_app",
    Role.WORKER: "brinkbyte_worker",
    Role.VENDOR: "brinkbyte_vendor",
}
EDGE_ROLE = "brinkbyte_edge"


def _dsn(server: PostgresServer, database: str, user: str, password: str) -> str:
    return f"postgresql://{user}:{quote(password)}@{server.host}:{server.port}/{database}"


async def _create_role(connection: asyncpg.Connection, name: str, password: str) -> None:
    exists = await connection.fetchval("select 1 from pg_roles where rolname = $1", name)
    verb = "alter" if exists else "create"
    await connection.execute(
        f"{verb} role {name} login nosuperuser nocreatedb nocreaterole nobypassrls "
        f"password '{password}'"
    )


async def _create_database(connection: asyncpg.Connection, name: str, owner: str) -> None:
    if not await connection.fetchval("select 1 from pg_database where datname = $1", name):
        await connection.execute(f'create database "{name}" owner {owner}')
        await connection.execute(f'revoke all on database "{name}" from public')


def cloud_dsns(
    server: PostgresServer, passwords: Mapping[Role, str], name: str = "brinkbyte"
) -> dict[Role, str]:
    """One DSN a role of a cloud database that has these passwords."""
    return {role: _dsn(server, name, user, passwords[role]) for role, user in CLOUD_ROLES.items()}


def edge_dsn(server: PostgresServer, password: str, name: str = "brinkbyte_edge") -> str:
    """The DSN of a node's database that has this password."""
    return _dsn(server, name, EDGE_ROLE, password)


async def create_cloud_database(
    server: PostgresServer, name: str = "brinkbyte", passwords: Mapping[Role, str] | None = None
) -> dict[Role, str]:
    """Makes the four roles and the database; returns one DSN a role. Idempotent.

    Passwords that are not given are made at random, and replace the former ones.
    """
    secret = {role: secrets.token_urlsafe(24) for role in CLOUD_ROLES} | dict(passwords or {})
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        for role, user in CLOUD_ROLES.items():
            await _create_role(connection, user, secret[role])
        await _create_database(connection, name, CLOUD_ROLES[Role.OWNER])
        for user in CLOUD_ROLES.values():
            await connection.execute(f'grant connect on database "{name}" to {user}')
    finally:
        await connection.close()
    return cloud_dsns(server, secret, name)


async def create_edge_database(
    server: PostgresServer, name: str = "brinkbyte_edge", password: str | None = None
) -> str:
    """Makes the node's role and database; returns the DSN. Idempotent."""
    secret = password or secrets.token_urlsafe(24)
    connection = await asyncpg.connect(server.dsn("postgres"))
    try:
        await _create_role(connection, EDGE_ROLE, secret)
        await _create_database(connection, name, EDGE_ROLE)
    finally:
        await connection.close()
    return edge_dsn(server, secret, name)
