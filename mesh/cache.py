"""Caches that wrap what they cache; never the truth, always allowed to be empty."""

from collections import OrderedDict
from collections.abc import Callable
from datetime import timedelta
from typing import Any, Generic, Protocol, TypeVar

import redis.asyncio
import redis.exceptions
import structlog
from redis.asyncio.retry import Retry
from redis.backoff import NoBackoff

from mesh.circuit import Circuit
from mesh.clock import Clock, SystemClock
from mesh.telemetry import Metrics

Redis = redis.asyncio.Redis

K = TypeVar("K")
V = TypeVar("V")
K_contra = TypeVar("K_contra", contravariant=True)

_TIMEOUT_S = 0.2
_MAX_UNDELETED = 10_000


class Cache(Protocol[K_contra, V]):
    """What every layer offers. The caller keeps tenants apart within the key."""

    async def get(self, key: K_contra) -> V | None:
        """The value, or None when it is unknown or too old."""
        ...

    async def put(self, key: K_contra, value: V) -> None:
        """Keeps `value` for the layer's time to live."""
        ...

    async def invalidate(self, key: K_contra) -> None:
        """Forgets `key`."""
        ...


class MemoryCache(Generic[K, V]):
    """Least-recently-used entries of this process."""

    def __init__(self, max_entries: int, ttl: timedelta, clock: Clock) -> None:
        """`ttl` counts from when a value was read, which is at its `put` unless stated."""
        self._max_entries = max_entries
        self._ttl_s = ttl.total_seconds()
        self._clock = clock
        self._entries: OrderedDict[K, tuple[float, V]] = OrderedDict()

    def __len__(self) -> int:
        """Entries held, stale ones included."""
        return len(self._entries)

    def peek(self, key: K) -> V | None:
        """As `get`, without awaiting: for paths that cannot."""
        entry = self._entries.get(key)
        if entry is None:
            return None
        if entry[0] <= self._clock.monotonic():
            del self._entries[key]
            return None
        self._entries.move_to_end(key)
        return entry[1]

    async def get(self, key: K) -> V | None:
        """The value, or None when it is unknown or too old."""
        return self.peek(key)

    async def put(self, key: K, value: V, *, read_at: float | None = None) -> None:
        """Keeps `value`, dropping the entry unused for longest when full.

        It was read at `read_at` of the monotonic clock, or just now: from then it ages.
        """
        since = self._clock.monotonic() if read_at is None else read_at
        self._entries[key] = (since + self._ttl_s, value)
        self._entries.move_to_end(key)
        if len(self._entries) > self._max_entries:
            self._entries.popitem(last=False)

    async def invalidate(self, key: K) -> None:
        """Forgets `key`."""
        self._entries.pop(key, None)

    def clear(self) -> None:
        """Forgets everything."""
        self._entries.clear()


class RedisCache(Generic[V]):
    """Entries shared by replicas. Redis being away is a miss, logged once, never raised.

    A value that could not be deleted or replaced while Redis was away is not served by this
    process when Redis is back.
    """

    def __init__(
        self,
        client: Redis | None,
        prefix: str,
        ttl: timedelta,
        encode: Callable[[V], bytes],
        decode: Callable[[bytes], V],
        *,
        clock: Clock | None = None,
    ) -> None:
        """Without a client every look-up misses. `decode` may raise ValueError: a miss."""
        self._redis = client
        self._prefix = prefix
        self._ttl_ms = int(ttl.total_seconds() * 1000)
        self._encode = encode
        self._decode = decode
        self._circuit = Circuit("redis", clock or SystemClock(), structlog.get_logger())
        self._undeleted: OrderedDict[str, None] = OrderedDict()

    async def get(self, key: str) -> V | None:
        """The value, or None when it is unknown, too old, unreadable or Redis is away."""
        if self._redis is None or not self._circuit.closed:
            return None
        if key in self._undeleted:
            await self.invalidate(key)
            return None
        try:
            data = await self._redis.get(self._prefix + key)
        except (redis.exceptions.RedisError, OSError) as error:
            self._circuit.failed(error)
            return None
        self._circuit.succeeded()
        if data is None:
            return None
        try:
            return self._decode(data if isinstance(data, bytes) else data.encode())
        except ValueError:
            return None

    async def put(self, key: str, value: V) -> None:
        """Keeps `value` where Redis answers."""
        if self._redis is None:
            return
        if self._circuit.closed:
            try:
                await self._redis.set(self._prefix + key, self._encode(value), px=self._ttl_ms)
            except (redis.exceptions.RedisError, OSError) as error:
                self._circuit.failed(error)
            else:
                self._circuit.succeeded()
                self._undeleted.pop(key, None)
                return
        self._remember(key)

    async def invalidate(self, key: str) -> None:
        """Forgets `key`, at the latest when Redis answers again."""
        if self._redis is None:
            return
        if self._circuit.closed:
            try:
                await self._redis.delete(self._prefix + key)
            except (redis.exceptions.RedisError, OSError) as error:
                self._circuit.failed(error)
            else:
                self._circuit.succeeded()
                self._undeleted.pop(key, None)
                return
        self._remember(key)

    def _remember(self, key: str) -> None:
        self._undeleted[key] = None
        if len(self._undeleted) > _MAX_UNDELETED:
            self._undeleted.popitem(last=False)


class CountedCache(Generic[K, V]):
    """Counts the hits and misses of the cache that it wraps."""

    def __init__(self, cache: Cache[K, V], metrics: Metrics, name: str) -> None:
        """`name` labels the counters."""
        self._cache = cache
        self._hits, self._misses = metrics.cache(name)

    async def get(self, key: K) -> V | None:
        """As the wrapped cache answers."""
        value = await self._cache.get(key)
        (self._misses if value is None else self._hits).inc()
        return value

    async def put(self, key: K, value: V) -> None:
        """As the wrapped cache does."""
        await self._cache.put(key, value)

    async def invalidate(self, key: K) -> None:
        """As the wrapped cache does."""
        await self._cache.invalidate(key)


class _EndingRedis(Redis):
    """Stays closed. A load that outlives its caller, and so its server, would make redis-py
    connect again, and nobody would end that connection."""

    _ended = False

    async def aclose(self, close_connection_pool: bool | None = None) -> None:
        self._ended = True
        await super().aclose(close_connection_pool)

    async def execute_command(self, *args: Any, **options: Any) -> Any:
        if self._ended:
            raise redis.exceptions.ConnectionError("closed")
        execute: Any = super().execute_command
        return await execute(*args, **options)


def open_redis(url: str | None) -> Redis | None:
    """A client that answers or fails within 0.2 s, and fails once it is closed; None without a URL.
    Connects on first use."""
    if not url:
        return None
    return _EndingRedis.from_url(
        url,
        socket_timeout=_TIMEOUT_S,
        socket_connect_timeout=_TIMEOUT_S,
        retry=Retry(NoBackoff(), 0),
        health_check_interval=0,
    )
