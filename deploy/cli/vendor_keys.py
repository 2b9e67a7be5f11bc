"""`brinkbyte vendor-keys`: the vendor's own API keys."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from deploy.cli.cloud import ApiAddr, CaCert, Cloud, VendorKey

if TYPE_CHECKING:
    from brinkbyte.vendor.v1.vendor_key_service_pb2 import VendorKey as Shown

app = typer.Typer(no_args_is_help=True, help="The vendor's own API keys.")

KeyId = Annotated[str, typer.Argument(help="The key's id, as `list` shows it.")]
Name = Annotated[str, typer.Option("--name", help="A name for people.")]
Overlap = Annotated[
    int, typer.Option("--overlap-seconds", min=60, help="How long the old key goes on working.")
]
Life = Annotated[
    int, typer.Option("--expires-in-seconds", min=0, help="Its life; 0: it does not expire.")
]


@app.command()
def create(
    name: Name = "",
    expires_in: Life = 0,
    api_addr: ApiAddr = "",
    ca_cert: CaCert = None,
    api_key: VendorKey = "",
) -> None:
    """Make a key. Prints its id and the key, which is shown this once."""
    from brinkbyte.vendor.v1.vendor_key_service_pb2 import CreateVendorKeyRequest
    from brinkbyte.vendor.v1.vendor_key_service_pb2_grpc import VendorKeyServiceStub

    request = CreateVendorKeyRequest(display_name=name, expires_in_seconds=expires_in)
    cloud = Cloud(api_addr, ca_cert, api_key)
    made = cloud.ask(lambda api: VendorKeyServiceStub(api).CreateVendorKey(request))
    typer.echo(f"{made.key_id}  {made.api_key}")


@app.command("list")
def list_keys(api_addr: ApiAddr = "", ca_cert: CaCert = None, api_key: VendorKey = "") -> None:
    """List the keys, the oldest first: id, first characters, name, last use, end."""
    from brinkbyte.vendor.v1.vendor_key_service_pb2 import ListVendorKeysRequest
    from brinkbyte.vendor.v1.vendor_key_service_pb2_grpc import VendorKeyServiceStub

    request = ListVendorKeysRequest(page_size=1000)
    cloud = Cloud(api_addr, ca_cert, api_key)
    answer = cloud.ask(lambda api: VendorKeyServiceStub(api).ListVendorKeys(request))
    for key in answer.keys:
        typer.echo(_line(key))


@app.command()
def rotate(
    key_id: KeyId,
    overlap: Overlap = 3600,
    api_addr: ApiAddr = "",
    ca_cert: CaCert = None,
    api_key: VendorKey = "",
) -> None:
    """Put another key in a key's place. Prints the new id and key, then the old one's end."""
    from brinkbyte.vendor.v1.vendor_key_service_pb2 import RotateVendorKeyRequest
    from brinkbyte.vendor.v1.vendor_key_service_pb2_grpc import VendorKeyServiceStub

    request = RotateVendorKeyRequest(key_id=key_id, overlap_seconds=overlap)
    cloud = Cloud(api_addr, ca_cert, api_key)
    made = cloud.ask(lambda api: VendorKeyServiceStub(api).RotateVendorKey(request))
    typer.echo(f"{made.key_id}  {made.api_key}")
    typer.echo(f"{key_id}  works until {made.old_key_expires_at.ToJsonString()}")


@app.command()
def revoke(
    key_id: KeyId, api_addr: ApiAddr = "", ca_cert: CaCert = None, api_key: VendorKey = ""
) -> None:
    """End a key; refused for the last one that works and does not expire."""
    from brinkbyte.vendor.v1.vendor_key_service_pb2 import RevokeVendorKeyRequest
    from brinkbyte.vendor.v1.vendor_key_service_pb2_grpc import VendorKeyServiceStub

    request = RevokeVendorKeyRequest(key_id=key_id)
    cloud = Cloud(api_addr, ca_cert, api_key)
    answer = cloud.ask(lambda api: VendorKeyServiceStub(api).RevokeVendorKey(request))
    typer.echo(f"{key_id}  revoked {answer.revoked_at.ToJsonString()}")


@app.command()
def register(
    url: Annotated[
        str,
        typer.Option(envvar="BRINKBYTE_DATABASE_VENDOR_URL", help="The cloud's database."),
    ],
    api_key: Annotated[
        str, typer.Option(envvar="BRINKBYTE_VENDOR_API_KEY", help="32 random characters or more.")
    ],
) -> None:
    """Register a key in the database: the vendor's first, or when every other one was lost."""
    import asyncio

    new = asyncio.run(_register(url, api_key))
    typer.echo("registered" if new else "registered before; nothing changed")


async def _register(url: str, api_key: str) -> bool:
    from billing.access.bootstrap import ensure_vendor_key
    from mesh.database import Database, Role

    database = await Database.open({Role.VENDOR: url}, pool_size=1)
    try:
        return await ensure_vendor_key(database, api_key)
    finally:
        await database.close()


def _line(key: Shown) -> str:
    used = key.last_used_at.ToJsonString() if key.HasField("last_used_at") else "never"
    line = f"{key.key_id}  {key.prefix or '-'}  {key.display_name or '-'}  used {used}"
    if key.HasField("revoked_at"):
        return f"{line}  revoked {key.revoked_at.ToJsonString()}"
    if key.HasField("expires_at"):
        return f"{line}  ends {key.expires_at.ToJsonString()}"
    return line
