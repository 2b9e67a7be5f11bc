"""`brinkbyte keys`: the RSA keys that sign licence tokens, the authorities that sign devices."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from deploy.cli import authorities
from deploy.cli.cloud import ApiAddr, CaCert, Cloud, VendorKey

if TYPE_CHECKING:
    from rights.keys import KeySet

app = typer.Typer(
    no_args_is_help=True, help="The keys that sign licence tokens, the CAs that sign devices."
)
app.add_typer(authorities.app)

Folder = Annotated[
    Path,
    typer.Option("--dir", envvar="BRINKBYTE_LICENSE_KEYS_DIR", help="The servers' key directory."),
]
FilesInstead = Annotated[
    Path | None, typer.Option("--dir", help="Read this key directory instead of asking the cloud.")
]


@app.command()
def create(folder: Folder) -> None:
    """Make a key file: the first of a cloud signs, a later one is next. Prints its kid."""
    from deploy.local.identity import add_signing_key

    typer.echo(add_signing_key(folder))


@app.command("list")
def list_keys(
    folder: FilesInstead = None,
    api_addr: ApiAddr = "",
    ca_cert: CaCert = None,
    api_key: VendorKey = "",
) -> None:
    """List the keys, the newest first, and where each stands in its life."""
    if folder is not None:
        found = _files(folder)
        for kid in found.public:
            typer.echo(f"{kid}  {'private' if kid in found.private else 'public'}")
        return
    from brinkbyte.license.v1.key_service_pb2 import ListSigningKeysRequest
    from brinkbyte.license.v1.key_service_pb2_grpc import KeyServiceStub

    request = ListSigningKeysRequest(page_size=1000)
    cloud = Cloud(api_addr, ca_cert, api_key)
    answer = cloud.ask(lambda api: KeyServiceStub(api).ListSigningKeys(request))
    for key in answer.keys:
        typer.echo(_line(key))
    typer.echo(f"trust epoch {answer.trust.epoch}")


@app.command()
def rotate(
    kid: Annotated[str, typer.Option(help="The next key; by default the oldest.")] = "",
    at_once: Annotated[
        bool, typer.Option("--at-once", help="Do not wait until verifiers know the key.")
    ] = False,
    api_addr: ApiAddr = "",
    ca_cert: CaCert = None,
    api_key: VendorKey = "",
) -> None:
    """Let the next key sign; the one before goes on verifying."""
    from brinkbyte.license.v1.key_service_pb2 import RotateSigningKeyRequest
    from brinkbyte.license.v1.key_service_pb2_grpc import KeyServiceStub

    request = RotateSigningKeyRequest(kid=kid, at_once=at_once)
    cloud = Cloud(api_addr, ca_cert, api_key)
    answer = cloud.ask(lambda api: KeyServiceStub(api).RotateSigningKey(request))
    typer.echo(_line(answer.signing))
    if answer.HasField("former"):
        typer.echo(_line(answer.former))


@app.command()
def retire(
    kid: Annotated[str, typer.Argument(help="The key that leaked.")],
    api_addr: ApiAddr = "",
    ca_cert: CaCert = None,
    api_key: VendorKey = "",
) -> None:
    """Trust a key no longer: whatever it signed is refused everywhere from now on."""
    from brinkbyte.license.v1.key_service_pb2 import RetireSigningKeyRequest
    from brinkbyte.license.v1.key_service_pb2_grpc import KeyServiceStub

    request = RetireSigningKeyRequest(kid=kid)
    cloud = Cloud(api_addr, ca_cert, api_key)
    answer = cloud.ask(lambda api: KeyServiceStub(api).RetireSigningKey(request))
    typer.echo(_line(answer.retired))
    typer.echo(_line(answer.signing))
    typer.echo(f"trust epoch {answer.trust.epoch}")


@app.command()
def jwks(folder: FilesInstead = None, api_addr: ApiAddr = "", ca_cert: CaCert = None) -> None:
    """Print the keys that verify licences as a JWK set (RFC 7517)."""
    import json

    typer.echo(json.dumps(_public(folder, Cloud(api_addr, ca_cert)).jwks(), indent=2))


@app.command()
def pem(folder: FilesInstead = None, api_addr: ApiAddr = "", ca_cert: CaCert = None) -> None:
    """Print the keys that verify licences in PEM."""
    typer.echo(_public(folder, Cloud(api_addr, ca_cert)).pem(), nl=False)


def _public(folder: Path | None, cloud: Cloud) -> KeySet:
    import json

    from brinkbyte.license.v1.license_service_pb2 import GetPublicKeysRequest
    from brinkbyte.license.v1.license_service_pb2_grpc import LicenseServiceStub

    from rights.keys import KeySet

    if folder is not None:
        return KeySet(_files(folder).public.values())
    answer = cloud.ask(lambda api: LicenseServiceStub(api).GetPublicKeys(GetPublicKeysRequest()))
    return KeySet.from_jwks(json.loads(answer.jwks))


def _files(folder: Path) -> Any:
    from billing.keys.files import KeyDirectory

    return KeyDirectory(folder).read()


def _line(key: Any) -> str:
    from brinkbyte.license.v1.key_service_pb2 import SigningKeyState

    state = SigningKeyState.Name(key.state).removeprefix("SIGNING_KEY_STATE_").lower()
    since = key.retired_at if state == "retired" else key.signing_from
    when = f"  since {since.ToJsonString()}" if since.seconds else ""
    return f"{key.kid}  {state}{when}"
