"""The configuration of an instance; docs/sdk.md lists every variable."""

from pathlib import Path
from urllib.parse import urlsplit

from pydantic import AliasChoices, Field, SecretStr, field_validator

from mesh.address import is_loopback, split_address
from mesh.errors import ConfigError
from mesh.settings import Settings

_TLS = {"https", "grpcs"}
_PLAINTEXT = {"http", "grpc"}
_TLS_PORT = 443


class InstanceConfig(Settings):
    """Read with mesh.settings.load."""

    customer_id: str = Field(
        validation_alias=AliasChoices(
            "BRINKBYTE_CUSTOMER_ID", "CUSTOMER_ID", "BRINKBYTE_TENANT_ID", "TENANT_ID"
        ),
        min_length=1,
        max_length=255,
        description="the customer's id, cust_… or the one of an older system",
    )
    api_key: SecretStr = Field(
        validation_alias=AliasChoices(
            "BRINKBYTE_BILLING_API_KEY", "BILLING_API_KEY", "BRINKBYTE_TENANT_API_KEY"
        ),
        min_length=1,
        description="an API key of the customer; to report usage it has the role tenant_admin",
    )
    billing_api_addr: str = Field(
        "127.0.0.1:50053",
        validation_alias=AliasChoices("BRINKBYTE_BILLING_API_ADDR", "BILLING_SERVICE_URL"),
        description="the cloud's host:port or https URL; plaintext (http) on this machine only",
    )
    billing_server_name: str | None = Field(
        None, description="the name in the cloud's certificate, where it is not the host"
    )
    ca_cert: Path | None = Field(
        None, description="PEM file of the CA of the cloud's certificate; by default the system's"
    )
    license_jwt: SecretStr = Field(
        SecretStr(""),
        validation_alias=AliasChoices("BRINKBYTE_LICENSE_JWT", "LICENSE_JWT"),
        description="the first licence token; newer ones are fetched",
    )
    license_public_key: str = Field(
        "",
        validation_alias=AliasChoices("BRINKBYTE_LICENSE_PUBLIC_KEY", "LICENSE_PUBLIC_KEY"),
        description="the keys that verify tokens: one or several in PEM, or a JWK set",
    )
    revocation_list: str = Field(
        "", description="a revocation list for an instance without a network; newer ones replace it"
    )
    license_issuer: str = Field("brinkbyte-billing", description="`iss` of licence tokens")
    license_refresh_seconds: float = Field(
        300, ge=1, le=86_400, description="between two licences fetched, a fifth more or less"
    )
    instance_state_dir: Path = Field(
        description="directory of this instance's licence and unsent usage, of no other process"
    )
    instance_id: str = Field(
        "",
        validation_alias=AliasChoices("BRINKBYTE_INSTANCE_ID", "INSTANCE_ID"),
        max_length=255,
        pattern=r"^[^\x00]*$",
        description="a name of this instance for people",
    )
    usage_spool_bytes: int = Field(
        256 * 1024 * 1024, ge=4096, description="bytes of unsent usage; what is above is refused"
    )

    @field_validator("billing_api_addr")
    @classmethod
    def _check_address(cls, value: str) -> str:
        try:
            addr, plaintext = read_address(value)
            if plaintext and not is_loopback(addr):
                raise ValueError("plaintext leaves this machine; write https")
        except ConfigError as error:
            raise ValueError(error.message) from None
        return value


def read_address(value: str) -> tuple[str, bool]:
    """host:port and whether without TLS, of `host:port` or a URL.

    An https URL without a port means 443. Raises ConfigError.
    """
    if "://" not in value:
        split_address(value)
        return value, False
    try:
        url = urlsplit(value)
        port = url.port or (_TLS_PORT if url.scheme in _TLS else None)
    except ValueError:
        raise ConfigError(f"{value!r} is no address; write host:port") from None
    known = url.scheme in _TLS | _PLAINTEXT
    if not known or url.hostname is None or url.username is not None or port is None:
        raise ConfigError(f"{value!r} is no address; write host:port or https://host:port")
    if url.path not in {"", "/"} or url.query or url.fragment:
        raise ConfigError(f"{value!r} has a path; gRPC is spoken at the host itself")
    host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
    return f"{host}:{port}", url.scheme in _PLAINTEXT
