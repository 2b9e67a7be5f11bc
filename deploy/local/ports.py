"""Which port each part of the stack listens on, and ports for tests."""

import dataclasses
import fcntl
import os
import secrets
import socket
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Self

import psutil

from deploy.local.errors import StartError

VARIABLE = "BRINKBYTE_PORT_BASE"
# Below Linux's range for outgoing connections (32768 up), which would take them at random.
TEST_RANGE = range(20000, 32000)


@dataclass(frozen=True, slots=True)
class PortPlan:
    """The ports of one stack, all on 127.0.0.1, in the order in which a base lays them out."""

    gateway: int = 8080
    billing: int = 50051
    billing_plaintext: int = 50052
    billing_api: int = 50053
    edge: int = 50061
    triton_grpc: int = 8001
    triton_http: int = 8000
    triton_metrics: int = 8002
    postgres_cloud: int = 55432
    postgres_edge: int = 55433
    redis_cloud: int = 56379
    metrics_billing: int = 9464
    metrics_edge: int = 9465
    metrics_gateway: int = 9466
    redis_edge: int = 56380

    @classmethod
    def from_base(cls, base: int) -> Self:
        """Consecutive ports from `base`; StartError when they do not fit below 65536."""
        count = len(dataclasses.fields(cls))
        if not 1024 <= base <= 65536 - count:
            raise _bad_base(str(base), count)
        return cls(*range(base, base + count))

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """The plan that BRINKBYTE_PORT_BASE asks for, the defaults without it."""
        text = environment.get(VARIABLE, "").strip()
        if not text:
            return cls()
        if not text.isdecimal():
            raise _bad_base(text, len(dataclasses.fields(cls)))
        return cls.from_base(int(text))

    @classmethod
    def on_free_ports(cls) -> Self:
        """Consecutive free ports, as `free_base`."""
        return cls.from_base(free_base(len(dataclasses.fields(cls))))

    def require_free(self) -> None:
        """StartError naming the first port that something already listens on."""
        for item in dataclasses.fields(self):
            require_free(item.name.replace("_", "-"), getattr(self, item.name))


def require_free(service: str, port: int) -> None:
    """StartError naming the port, who holds it and what moves it, when it is taken."""
    if not is_free(port):
        raise in_use(service, port)


def in_use(service: str, port: int) -> StartError:
    """The error for a port that somebody else listens on."""
    return StartError(
        service,
        f"port {port} on 127.0.0.1 is in use{_listener(port)}",
        f"stop that program, or set {VARIABLE} to move the whole stack",
    )


def is_free(port: int) -> bool:
    """Whether a server could listen on the port now (lingering connections do not count)."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
            probe.listen(1)
        except OSError:
            return False
    return True


def free_port() -> int:
    """A free port, as `free_base`."""
    return free_base(1)


def free_base(count: int) -> int:
    """The first of `count` consecutive free ports that no other test process is given.

    Each is reserved by a lock file held open until this process ends, on purpose: a port
    that was handed out must not be handed out again while its server may come back.
    """
    directory = Path(tempfile.gettempdir()) / f"brinkbyte-ports-{os.geteuid()}"
    directory.mkdir(mode=0o700, exist_ok=True)
    for _ in range(200):
        base = TEST_RANGE.start + secrets.randbelow(len(TEST_RANGE) - count)
        if _reserve_all(directory, range(base, base + count)):
            return base
    raise StartError("tests", f"no {count} free ports in a row", "stop other test runs")


def _reserve_all(directory: Path, wanted: range) -> bool:
    held: list[int] = []
    for port in wanted:
        descriptor = os.open(directory / str(port), os.O_RDWR | os.O_CREAT, 0o600)
        held.append(descriptor)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            break
        if not is_free(port):
            break
    else:
        return True
    for descriptor in held:
        os.close(descriptor)
    return False


def _listener(port: int) -> str:
    """Who listens, as far as this user may see."""
    try:
        for connection in psutil.net_connections("tcp4"):
            _, bound = connection.laddr or ("", 0)
            listens = connection.status == psutil.CONN_LISTEN and bound == port
            if listens and connection.pid:
                return f" by {psutil.Process(connection.pid).name()} (pid {connection.pid})"
    except psutil.Error:
        return ""
    return ""


def _bad_base(text: str, count: int) -> StartError:
    return StartError(
        "stack",
        f"{VARIABLE}={text} is not a port from 1024 to {65536 - count}",
        f"choose a base with {count} free ports from it on, e.g. 21000",
    )
