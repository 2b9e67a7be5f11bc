"""When and how often to try again: the one place."""

import json
from collections.abc import Iterator, Sequence
from datetime import timedelta
from random import Random
from typing import Literal

from google.protobuf import descriptor_pool
from google.protobuf.descriptor import MethodDescriptor
from google.protobuf.descriptor_pb2 import MethodOptions

_DOUBLINGS = 20
"""More would overflow, and any `longest` is reached before."""


class Backoff(Iterator[float]):
    """Endless delays in seconds: min(cap, base * factor**n), each with jitter.

    `full` jitter draws from 0 to the delay (Brooker, "Exponential Backoff And Jitter",
    2015), so that clients which failed together do not return together.
    """

    def __init__(
        self,
        base: float,
        factor: float = 2.0,
        cap: float = 30.0,
        *,
        jitter: Literal["full", "none"] = "full",
        rng: Random | None = None,
    ) -> None:
        """`base` and `cap` are seconds; `rng` makes the jitter repeatable."""
        self._base = base
        self._factor = factor
        self._cap = cap
        self._jitter = jitter
        self._rng = rng or Random()  # noqa: S311 - jitter is no secret
        self._next = base

    def __next__(self) -> float:
        """The next delay in seconds."""
        delay = min(self._cap, self._next)
        self._next = min(self._cap, self._next * self._factor)
        return self._rng.uniform(0, delay) if self._jitter == "full" else delay

    def reset(self) -> None:
        """Starts again from `base`; call it after a success."""
        self._next = self._base


def delay_after(failures: int, first: timedelta, longest: timedelta) -> timedelta:
    """The wait before the next try of what is kept with its number of failures (from 0): `first`,
    doubled for each, at most `longest`; without jitter."""
    return min(first * 2.0 ** min(failures, _DOUBLINGS), longest)


def service_config(services: Sequence[str] = ()) -> str:
    """The gRPC service config (gRFC A2, A6) for a client of `services` (full names).

    Calls spread over all addresses. Methods whose contract says that repeating is safe
    (`idempotency_level`, or a GET binding) are tried up to four times on UNAVAILABLE;
    all others only where gRPC knows that the request never left.
    Raises KeyError when the code generated for a service was not imported.
    """
    safe = [
        {"service": service, "method": method.name}
        for service in services
        for method in descriptor_pool.Default().FindServiceByName(service).methods
        if _safe_to_repeat(method)
    ]
    retry = {
        "maxAttempts": 4,
        "initialBackoff": "0.1s",
        "maxBackoff": "2s",
        "backoffMultiplier": 2,
        "retryableStatusCodes": ["UNAVAILABLE"],
    }
    config: dict[str, object] = {"loadBalancingConfig": [{"round_robin": {}}]}
    if safe:
        config["methodConfig"] = [{"name": safe, "retryPolicy": retry}]
    return json.dumps(config)


def _safe_to_repeat(method: MethodDescriptor) -> bool:
    if method.client_streaming:
        return False
    options = method.GetOptions()
    if options.idempotency_level != MethodOptions.IDEMPOTENCY_UNKNOWN:
        return True
    return any(
        extension.full_name == "google.api.http" and rule.WhichOneof("pattern") == "get"
        for extension, rule in options.ListFields()
        if extension.is_extension
    )
