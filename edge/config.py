"""The node's configuration; docs/configuration lists every variable."""

import json
from collections.abc import Mapping
from pathlib import Path

from pydantic import AliasChoices, Field, SecretStr, field_validator, model_validator

from edge.usage.counts import ALL_METRICS
from mesh.settings import Address, Settings
from rights.catalog.model import WhenUnknown
from rights.errors import KeyRefused
from rights.keys import KeySet


class EdgeConfig(Settings):
    """Read with mesh.settings.load. Each variable is BRINKBYTE_<FIELD>."""

    edge_state_dir: Path = Field(description="directory of the node's key and certificate")
    edge_database_url: SecretStr = Field(description="the node's own PostgreSQL")
    edge_database_pool_size: int = Field(10, ge=2, le=100, description="connections")

    edge_redis_url: SecretStr | None = Field(
        None,
        validation_alias=AliasChoices("BRINKBYTE_EDGE_REDIS_URL", "REDIS_URL"),
        description="a cache of licences; without it they come from PostgreSQL",
    )
    redis_host: str | None = Field(
        None,
        validation_alias=AliasChoices("REDIS_HOST"),
        description="the same, where there is no URL",
    )
    redis_port: int = Field(
        6379,
        validation_alias=AliasChoices("REDIS_PORT"),
        ge=1,
        le=65535,
        description="port at REDIS_HOST",
    )
    edge_license_keys: str = Field(
        "", description="JWK set to trust until the cloud's keys were fetched: air-gapped nodes"
    )

    billing_addr: Address = Field("127.0.0.1:50051", description="the cloud's host:port, mTLS")
    billing_api_addr: Address = Field(
        "127.0.0.1:50053", description="the cloud's host:port, server TLS: enrolment"
    )
    ca_cert: Path = Field(description="PEM file of the CA of the cloud's server certificate")
    license_issuer: str = Field("brinkbyte-billing", description="`iss` of licence tokens")

    edge_enrollment_token: SecretStr | None = Field(
        None, description="single-use token, needed until the node is enrolled"
    )
    edge_hardware_id: str | None = Field(
        None,
        min_length=1,
        max_length=255,
        description="the hardware's UUID; by default the DMI product UUID, else one made here",
    )
    edge_display_name: str = Field("", max_length=200, description="a name for people")

    triton_addr: Address = Field("127.0.0.1:8001", description="Triton's host:port, gRPC")
    edge_when_unknown: str = Field(
        "",
        description="what happens to uses of a metric that the cloud never spoke of, for example "
        "`api_call=open inference_frame=closed`; by default as docs/enforcement says",
    )

    edge_model: str = Field("scene_detector", description="the detector's name in Triton")
    edge_cameras_file: Path | None = Field(
        None, description="YAML file of cameras; without it those in the database run"
    )
    edge_output_dir: Path | None = Field(
        None,
        description="directory of the sinks' files; by default `output` in the state directory",
    )

    edge_addr: Address = Field("127.0.0.1:50061", description="host:port of EdgeService")
    edge_tls_cert: Path | None = Field(None, description="PEM file; needed beyond loopback")
    edge_tls_key: Path | None = Field(None, description="PEM file of its key")
    edge_api_key_sha256: str = Field(
        "", description="SHA-256 of each accepted API key in hex, separated by commas"
    )

    edge_usage_max_bytes: int = Field(
        8 * 1024**3,
        ge=1024**2,
        description="bytes of disk for usage events: 30 days of 100 cameras without a cloud and "
        "the 35 days before; beyond it nothing more is counted, and so nothing runs",
    )
    edge_media_dirs: str = Field(
        "",
        description="directories whose files count as storage, separated by commas; by default "
        "that of the sinks' files",
    )
    sync_batch: int = Field(1000, ge=1, le=1000, description="usage events sent at once")
    metrics_addr: Address | None = Field(None, description="host:port for Prometheus")
    log_level: str = Field("info", pattern=r"^(debug|info|warning|error)$")
    log_json: bool = Field(True, description="logs as JSON lines")
    drain_seconds: float = Field(10, ge=0, le=600, description="time for running work to end")

    @field_validator("edge_api_key_sha256")
    @classmethod
    def _check_hashes(cls, value: str) -> str:
        for digest in _split(value):
            if len(digest) != 64 or not set(digest) <= set("0123456789abcdef"):
                raise ValueError("each entry is 64 hex digits, lower case")
        return value

    @field_validator("edge_when_unknown")
    @classmethod
    def _check_policies(cls, value: str) -> str:
        _policies(value)
        return value

    @field_validator("edge_license_keys")
    @classmethod
    def _check_keys(cls, value: str) -> str:
        try:
            _key_set(value)
        except (ValueError, AttributeError, KeyRefused) as error:
            raise ValueError(f"not a JWK set: {error}") from None
        return value

    @model_validator(mode="after")
    def _check_tls(self) -> "EdgeConfig":
        if (self.edge_tls_cert is None) != (self.edge_tls_key is None):
            raise ValueError(
                "BRINKBYTE_EDGE_TLS_CERT and BRINKBYTE_EDGE_TLS_KEY are set together or not at all"
            )
        return self

    @property
    def api_key_hashes(self) -> frozenset[bytes]:
        """The accepted keys' SHA-256 digests."""
        return frozenset(bytes.fromhex(digest) for digest in _split(self.edge_api_key_sha256))

    @property
    def output_dir(self) -> Path:
        """The directory of the sinks' files."""
        return self.edge_output_dir or self.edge_state_dir / "output"

    @property
    def media_dirs(self) -> tuple[Path, ...]:
        """The directories whose files count as storage."""
        named = [part.strip() for part in self.edge_media_dirs.split(",") if part.strip()]
        return tuple(Path(name) for name in named) or (self.output_dir,)

    @property
    def redis(self) -> str | None:
        """The URL of the node's Redis."""
        if self.edge_redis_url is not None:
            return self.edge_redis_url.get_secret_value()
        return f"redis://{self.redis_host}:{self.redis_port}/0" if self.redis_host else None

    @property
    def when_unknown(self) -> Mapping[str, WhenUnknown]:
        """The policies that the configuration states, by metric."""
        return _policies(self.edge_when_unknown)

    @property
    def license_key_set(self) -> KeySet:
        """The keys that are trusted before the cloud's were fetched."""
        return _key_set(self.edge_license_keys)


def _key_set(text: str) -> KeySet:
    return KeySet.from_jwks(json.loads(text)) if text else KeySet([])


def _policies(text: str) -> dict[str, WhenUnknown]:
    """Raises ValueError."""
    found = {}
    for entry in _split(text):
        metric, _, word = entry.partition("=")
        if metric not in ALL_METRICS or word not in list(WhenUnknown):
            metrics = " or ".join(ALL_METRICS)
            raise ValueError(f"each entry is {metrics}, then =open or =closed; {entry!r} is not")
        found[metric] = WhenUnknown(word)
    return found


def _split(value: str) -> list[str]:
    return value.replace(",", " ").split()
