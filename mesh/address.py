"""Addresses as host:port text."""

import ipaddress

from mesh.errors import ConfigError

_MAX_PORT = 65535


def split_address(addr: str) -> tuple[str, int]:
    """Host (without brackets) and port of `host:port` or `[v6]:port`.

    Raises ConfigError for anything else.
    """
    host, separator, port = addr.rpartition(":")
    if not separator or not host or not port.isdigit() or int(port) > _MAX_PORT:
        raise ConfigError(f"{addr!r} is no address; write host:port")
    return host.removeprefix("[").removesuffix("]"), int(port)


def is_loopback(addr: str) -> bool:
    """Whether `addr` can be reached from this machine only."""
    if addr.startswith("unix:"):
        return True
    host, _ = split_address(addr)
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False
