"""One gRPC channel factory for every client of the mesh."""

import os
from collections.abc import Callable, Sequence
from typing import Any

import grpc

from mesh.address import is_loopback
from mesh.call import find_call
from mesh.errors import ConfigError
from mesh.limits import ChannelLimits
from mesh.retry import service_config

_AUTHORIZATION = "authorization"
_REQUEST_ID = "x-request-id"

Metadata = Sequence[tuple[str, str | bytes]]
BearerSource = Callable[[], str]


def channel(
    addr: str,
    *,
    root_ca: bytes | None = None,
    cert: bytes | None = None,
    key: bytes | None = None,
    bearer: str | BearerSource | None = None,
    plaintext: bool = False,
    server_name: str | None = None,
    services: Sequence[str] = (),
    limits: ChannelLimits | None = None,
) -> "MeshChannel":
    """A channel that adds the bearer key, a request id and a default unary deadline.

    `addr` is host:port or a gRPC target. PEM inputs; without `root_ca` the system's roots
    count. `server_name` is expected in the certificate instead of the host. `bearer` may be
    a function, asked at each call; metadata given to a call wins over it. `services` are the
    full names whose safe methods are retried. A call served by the running task passes its
    request id on.
    Raises ConfigError for plaintext to another machine, or a certificate without its key.
    """
    bounds = limits or ChannelLimits()
    options = _options(bounds, services, server_name)
    if plaintext:
        if not is_loopback(addr.removeprefix("dns:///")):
            raise ConfigError(f"refusing plaintext to {addr}; use TLS beyond this machine")
        inner = grpc.aio.insecure_channel(addr, options=options)
    else:
        if (cert is None) != (key is None):
            raise ConfigError(f"the client certificate for {addr} needs both certificate and key")
        credentials = grpc.ssl_channel_credentials(root_ca, key, cert)
        inner = grpc.aio.secure_channel(addr, credentials, options=options)
    return MeshChannel(inner, bearer, bounds.deadline_s)


class MeshChannel(grpc.aio.Channel):
    """Wraps the calls themselves; gRPC's client interceptors cost far more and, on streams,
    change how cancellation behaves.
    """

    def __init__(
        self, inner: grpc.aio.Channel, bearer: str | BearerSource | None, deadline_s: float
    ) -> None:
        """`deadline_s` counts for unary calls that name no timeout."""
        self._inner = inner
        self._bearer = bearer
        self._deadline_s = deadline_s

    def unary_unary(self, *args: Any, **kwargs: Any) -> Any:
        """As gRPC's, with a default deadline."""
        return self._unary(self._inner.unary_unary(*args, **kwargs))

    def stream_unary(self, *args: Any, **kwargs: Any) -> Any:
        """As gRPC's."""
        return self._stream(self._inner.stream_unary(*args, **kwargs))

    def unary_stream(self, *args: Any, **kwargs: Any) -> Any:
        """As gRPC's; a stream has no default deadline."""
        return self._stream(self._inner.unary_stream(*args, **kwargs))

    def stream_stream(self, *args: Any, **kwargs: Any) -> Any:
        """As gRPC's; a stream has no default deadline."""
        return self._stream(self._inner.stream_stream(*args, **kwargs))

    async def close(self, grace: float | None = None) -> None:
        """Closes; running calls get `grace` seconds."""
        await self._inner.close(grace)

    def get_state(self, try_to_connect: bool = False) -> grpc.ChannelConnectivity:
        """As gRPC's."""
        return self._inner.get_state(try_to_connect)

    async def wait_for_state_change(self, last_observed_state: grpc.ChannelConnectivity) -> None:
        """As gRPC's."""
        await self._inner.wait_for_state_change(last_observed_state)

    async def channel_ready(self) -> None:
        """Returns when connected."""
        await self._inner.channel_ready()

    async def __aenter__(self) -> "MeshChannel":
        """The channel, closed at the end of the block."""
        return self

    async def __aexit__(self, *_: object) -> None:
        """Closes."""
        await self.close()

    def _unary(self, multicallable: Any) -> Callable[..., Any]:
        def call(
            request: Any, *, timeout: float | None = None, metadata: Any = None, **others: Any
        ) -> Any:
            return multicallable(
                request,
                timeout=self._deadline_s if timeout is None else timeout,
                metadata=self._metadata(metadata),
                **others,
            )

        return call

    def _stream(self, multicallable: Any) -> Callable[..., Any]:
        def call(request: Any = None, *, metadata: Any = None, **others: Any) -> Any:
            return multicallable(request, metadata=self._metadata(metadata), **others)

        return call

    def _metadata(self, given: Metadata | None) -> Metadata:
        metadata = list(given or ())
        names = {name for name, _ in metadata}
        if self._bearer is not None and _AUTHORIZATION not in names:
            key = self._bearer if isinstance(self._bearer, str) else self._bearer()
            metadata.append((_AUTHORIZATION, f"Bearer {key}"))
        if _REQUEST_ID not in names:
            call = find_call()
            metadata.append((_REQUEST_ID, call.request_id if call else os.urandom(8).hex()))
        return tuple(metadata)


def _options(
    limits: ChannelLimits, services: Sequence[str], server_name: str | None
) -> list[tuple[str, str | int]]:
    options: list[tuple[str, str | int]] = [
        ("grpc.service_config", service_config(services)),
        ("grpc.max_receive_message_length", limits.max_message_bytes),
        ("grpc.max_send_message_length", limits.max_message_bytes),
        ("grpc.keepalive_time_ms", int(limits.keepalive_time_s * 1000)),
        ("grpc.keepalive_timeout_ms", int(limits.keepalive_timeout_s * 1000)),
        ("grpc.keepalive_permit_without_calls", 1),
        ("grpc.http2.max_pings_without_data", 0),
        ("grpc.initial_reconnect_backoff_ms", int(limits.min_reconnect_s * 1000)),
        # despite its name, how long an attempt may take: gRPC's MIN_CONNECT_TIMEOUT
        ("grpc.min_reconnect_backoff_ms", int(limits.connect_timeout_s * 1000)),
        ("grpc.max_reconnect_backoff_ms", int(limits.max_reconnect_s * 1000)),
        ("grpc.enable_channelz", 1),
    ]
    if server_name is not None:
        options.append(("grpc.ssl_target_name_override", server_name))
    return options
