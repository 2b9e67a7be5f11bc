"""Stripe's events on their way to the cloud: doubled, shuffled, forged among them."""

import asyncio
from dataclasses import dataclass, field
from datetime import timedelta
from random import Random
from typing import Any

import asyncpg
import grpc
from brinkbyte.payment.v1 import webhook_service_pb2 as pb
from brinkbyte.payment.v1 import webhook_service_pb2_grpc

from tests.chaos.calls import Caller
from tests.chaos.checks import Unequal
from tests.chaos.world import World

_AT_ONCE = 8
_AGES_S = (-900, 900)
_STATES = """
select count(*) filter (where state = 'waiting') as waiting,
    count(*) filter (where state = 'waiting' and next_try_at <= $1) as due,
    count(*) filter (where state = 'dead') as dead
from webhook_events
"""


@dataclass(slots=True)
class PostOffice:
    """Delivers as Stripe does: until it is answered, at least once."""

    world: World
    random: Random
    caller: Caller
    duplicates: int = 0
    refused: int = 0
    _new: set[str] = field(default_factory=set)

    async def deliver(self) -> None:
        """Everything that waits, and waits until the cloud is done with it."""
        letters = list(self.world.stripe.deliveries.waiting()) * 2
        self.random.shuffle(letters)
        for at in range(0, len(letters), _AT_ONCE):
            some = letters[at : at + _AT_ONCE]
            await asyncio.gather(*(self._send(each) for each in some), self._forge(some[0]))
        await self._worked()

    async def waits(self) -> str:
        """What is not done yet."""
        row = await self._states()
        return f"the cloud has {row['waiting']} events to work on, {row['due']} of them now"

    async def _send(self, event: dict[str, Any]) -> None:
        body = self.world.stripe.deliveries.payload(event)
        signature = self.world.stripe.deliveries.signature(body)
        if (await self._post(body, signature)).duplicate:
            self.duplicates += 1
        elif event["id"] in self._new:
            raise Unequal(f"{event['type']} was taken for a new event twice")
        else:
            self._new.add(event["id"])

    async def _forge(self, event: dict[str, Any]) -> None:
        """Under an id that nobody knows, so that it would be kept if it were believed."""
        stripe = self.world.stripe
        forged = {**event, "id": f"evt_forged_{self.random.random()}"}
        body = stripe.deliveries.payload(forged)
        age = self.random.choice(_AGES_S)
        signatures = (
            stripe.deliveries.signature(body, secret="whsec_wrong"),
            stripe.deliveries.signature(body, at=stripe.world.now + age),
            stripe.deliveries.signature(stripe.deliveries.payload(event)),
        )
        try:
            await self._post(body, self.random.choice(signatures))
        except grpc.aio.AioRpcError as error:
            if error.code() is not grpc.StatusCode.INVALID_ARGUMENT:
                raise
            self.refused += 1
            return
        raise Unequal("a forged event was believed")

    async def _post(self, body: bytes, signature: str) -> pb.ReceiveStripeEventResponse:
        request = pb.ReceiveStripeEventRequest(payload=body, signature=signature)
        stub = webhook_service_pb2_grpc.WebhookServiceStub
        answer: pb.ReceiveStripeEventResponse = await self.caller.insist(
            stub, "ReceiveStripeEvent", request
        )
        return answer

    async def _worked(self) -> None:
        while (row := await self._states())["waiting"]:
            if row["dead"]:
                raise Unequal(f"{row['dead']} events are dead")
            if not row["due"]:
                await self.world.advance(timedelta(seconds=5))
            await asyncio.sleep(0.02)

    async def _states(self) -> asyncpg.Record:
        conn = await asyncpg.connect(self.world.cloud_store.dsn("chaos"))
        try:
            (row,) = await conn.fetch(_STATES, self.world.now())
            return row
        finally:
            await conn.close()
