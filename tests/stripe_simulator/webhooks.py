"""Events as Stripe delivers them: signed, on demand, as often and in which order a test likes."""

import hashlib
import hmac
import json
import random
from collections.abc import Sequence

import httpx

from tests.stripe_simulator.app import plain
from tests.stripe_simulator.world import Object, World


class Deliveries:
    """Posts events to an address; nothing goes by itself."""

    def __init__(self, world: World, secret: str) -> None:
        """`secret` signs unless another is given."""
        self._world = world
        self._secret = secret
        self._http = httpx.AsyncClient()
        self._delivered = 0

    def payload(self, event: Object) -> bytes:
        """The event's body."""
        return json.dumps(event, default=plain).encode()

    def signature(self, payload: bytes, *, secret: str | None = None, at: int | None = None) -> str:
        """The Stripe-Signature header for a body, at unix seconds."""
        moment = self._world.now if at is None else at
        signed = f"{moment}.".encode() + payload
        digest = hmac.new((secret or self._secret).encode(), signed, hashlib.sha256).hexdigest()
        return f"t={moment},v1={digest}"

    def waiting(self) -> list[Object]:
        """The events that were not taken yet, oldest first; they are taken now."""
        found = self._world.events[self._delivered :]
        self._delivered = len(self._world.events)
        return found

    async def post(
        self, url: str, event: Object, *, secret: str | None = None, at: int | None = None
    ) -> httpx.Response:
        """Delivers one event once."""
        body = self.payload(event)
        headers = {
            "content-type": "application/json",
            "stripe-signature": self.signature(body, secret=secret, at=at),
        }
        return await self._http.post(url, content=body, headers=headers)

    async def deliver(
        self,
        url: str,
        events: Sequence[Object] | None = None,
        *,
        times: int = 1,
        shuffle: random.Random | None = None,
    ) -> list[int]:
        """Delivers those that wait, or the given ones; returns the statuses."""
        chosen = list(self.waiting() if events is None else events) * times
        if shuffle is not None:
            shuffle.shuffle(chosen)
        return [(await self.post(url, each)).status_code for each in chosen]

    async def aclose(self) -> None:
        """Closes connections."""
        await self._http.aclose()
