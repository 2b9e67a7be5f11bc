"""Stripe's meters: what is sent to them and what they have summed."""

from datetime import datetime, timedelta
from decimal import Decimal

from billing.payments.stripe import read
from billing.payments.stripe.client import StripeConnection, once

_MINUTE = timedelta(minutes=1)


class StripeMeters:
    """`Meters` of the provider."""

    def __init__(self, connection: StripeConnection) -> None:
        """Calls go through `connection`."""
        self._connection = connection
        self._billing = connection.v1.billing

    async def send(
        self, *, meter: str, customer_id: str, value: int, minute: datetime, identifier: str
    ) -> None:
        """See the protocol. The identifier is the idempotency key as well."""
        await self._connection.ask(
            self._billing.meter_events.create_async(
                {
                    "event_name": meter,
                    "payload": {"stripe_customer_id": customer_id, "value": str(value)},
                    "timestamp": read.seconds(minute),
                    "identifier": identifier,
                },
                once(identifier),
            )
        )

    async def landed(self, *, meter_id: str, customer_id: str, minute: datetime) -> Decimal:
        """See the protocol."""
        call = self._billing.meters.event_summaries.list_async(
            meter_id,
            {
                "customer": customer_id,
                "start_time": read.seconds(minute),
                "end_time": read.seconds(minute + _MINUTE),
            },
        )
        found = [each async for each in self._connection.pages(call)]
        return sum((Decimal(str(each["aggregated_value"])) for each in found), Decimal(0))
