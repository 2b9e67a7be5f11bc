"""Wake-ups between replicas: a hint that something changed, which may be lost.

Whoever waits re-reads the truth on its own schedule as well, so that everything stays
right, only slower, when wake-ups vanish.
"""

import asyncio
from collections import defaultdict
from types import TracebackType
from typing import Self

import redis.exceptions
import structlog

from mesh.cache import Redis
from mesh.circuit import Circuit
from mesh.clock import Clock, SystemClock
from mesh.retry import Backoff

_CHANNEL = "mesh:wakeups"
_POLL_S = 5.0
_STABLE_S = 1.0
_CANCEL_AGAIN_S = 0.1


class Subscription:
    """Waits for wake-ups of one topic; several in a row count as one."""

    def __init__(self, owner: "Wakeups", topic: str) -> None:
        """Made by `Wakeups.subscribe`."""
        self._owner = owner
        self._event = asyncio.Event()
        self.topic = topic

    async def wait(self, timeout_s: float | None = None) -> bool:
        """True on a wake-up, False after `timeout_s` seconds without one."""
        try:
            async with asyncio.timeout(timeout_s):
                await self._event.wait()
        except TimeoutError:
            return False
        self._event.clear()
        return True

    def wake(self) -> None:
        """Ends the current wait, or the next one at once."""
        self._event.set()

    def close(self) -> None:
        """Stops receiving."""
        self._owner.forget(self)

    def __enter__(self) -> Self:
        """The subscription, closed at the end of the block."""
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        """Closes."""
        self.close()


class Wakeups:
    """Publishes and receives wake-ups; within the process alone when it has no Redis."""

    def __init__(self, client: Redis | None, *, clock: Clock | None = None) -> None:
        """All topics share one Redis channel, which also works on a cluster."""
        self._redis = client
        self._topics: defaultdict[str, set[Subscription]] = defaultdict(set)
        self._listener: asyncio.Task[None] | None = None
        self._log = structlog.get_logger()
        self._circuit = Circuit("redis", clock or SystemClock(), self._log)

    async def publish(self, topic: str) -> None:
        """Wakes the subscribers of `topic` here and, where Redis answers, elsewhere."""
        self._wake(topic)
        if self._redis is None or not self._circuit.closed:
            return
        try:
            await self._redis.publish(_CHANNEL, topic)
        except (redis.exceptions.RedisError, OSError) as error:
            self._circuit.failed(error)
        else:
            self._circuit.succeeded()

    def subscribe(self, topic: str) -> Subscription:
        """Starts receiving wake-ups of `topic`; close the subscription when done."""
        subscription = Subscription(self, topic)
        self._topics[topic].add(subscription)
        if self._redis is not None and self._listener is None:
            self._listener = asyncio.create_task(self._listen(self._redis))
        return subscription

    def forget(self, subscription: Subscription) -> None:
        """Ends a subscription."""
        subscribers = self._topics.get(subscription.topic, set())
        subscribers.discard(subscription)
        if not subscribers:
            self._topics.pop(subscription.topic, None)

    async def close(self) -> None:
        """Stops listening; the Redis client stays the caller's."""
        listener, self._listener = self._listener, None
        while listener is not None and not listener.done():
            listener.cancel()  # again and again: asyncio.wait_for of 3.11 can swallow one
            await asyncio.wait([listener], timeout=_CANCEL_AGAIN_S)

    def _wake(self, topic: str) -> None:
        for subscription in self._topics.get(topic, ()):
            subscription.wake()

    async def _listen(self, client: Redis) -> None:
        backoff = Backoff(0.05, cap=2.0)
        while True:
            started = asyncio.get_running_loop().time()
            try:
                await self._receive(client)
            except (redis.exceptions.RedisError, OSError) as error:
                self._circuit.failed(error)
            if asyncio.get_running_loop().time() - started > _STABLE_S:
                backoff.reset()
            await asyncio.sleep(next(backoff))

    async def _receive(self, client: Redis) -> None:
        async with client.pubsub() as pubsub:
            await pubsub.subscribe(_CHANNEL)
            self._circuit.succeeded()
            for topic in list(self._topics):
                self._wake(topic)
            pinged = False
            while True:
                message = await pubsub.get_message(timeout=_POLL_S)
                if message is None and pinged:
                    raise redis.exceptions.ConnectionError("no answer to a ping")
                if message is None:
                    await pubsub.ping()
                    pinged = True
                    continue
                pinged = False
                if message["type"] == "message":
                    self._wake(message["data"].decode(errors="replace"))
