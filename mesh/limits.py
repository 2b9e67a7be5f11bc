"""Bounds of servers, calls and channels; every one has a default that fits most."""

from dataclasses import dataclass

MIB = 1024 * 1024


@dataclass(frozen=True, slots=True)
class ServerLimits:
    """What a connection may ask of a server; sizes in bytes, times in seconds.

    `max_concurrent_rpcs` bounds all connections together, calls that have sent no request yet
    and belong to nobody included.
    """

    max_message_bytes: int = 4 * MIB
    max_metadata_bytes: int = 16 * 1024
    max_concurrent_streams: int = 1000
    max_concurrent_rpcs: int = 16_000
    keepalive_time_s: float = 30
    keepalive_timeout_s: float = 10
    min_ping_interval_s: float = 10
    max_connection_age_s: float = 1800
    max_connection_age_grace_s: float = 300


@dataclass(frozen=True, slots=True)
class CallLimits:
    """What one process serves at once, and for how long; times in seconds."""

    max_unary_in_flight: int = 1000
    max_streams: int = 10_000
    max_health_watches: int = 1000
    default_deadline_s: float = 30
    slow_s: float = 1


@dataclass(frozen=True, slots=True)
class ChannelLimits:
    """How a client talks to a server; sizes in bytes, times in seconds.

    `connect_timeout_s` is what one attempt gets for TCP, the TLS handshake and the server's first
    HTTP/2 settings; the next attempt follows a failed one after min to max_reconnect_s.
    """

    max_message_bytes: int = 4 * MIB
    deadline_s: float = 30
    connect_timeout_s: float = 10
    keepalive_time_s: float = 30
    keepalive_timeout_s: float = 10
    min_reconnect_s: float = 0.1
    max_reconnect_s: float = 5
