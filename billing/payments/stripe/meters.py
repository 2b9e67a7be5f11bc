"""Stripe's meters: what is sent to them and what they have summed."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from stripe.params.billing import MeterListEventSummariesParams

from billing.payments.stripe import read
from billing.payments.stripe.client import StripeConnection, once

_PAGE = 100


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

    async def summed(
        self, *, meter_id: str, customer_id: str, start: datetime, end: datetime
    ) -> Decimal:
        """See the protocol."""
        call = self._billing.meters.event_summaries.list_async(
            meter_id, _between(customer_id, start, end)
        )
        found = [each async for each in self._connection.pages(call)]
        return sum((_value(each) for each in found), Decimal(0))

    async def summed_by_hour(
        self, *, meter_id: str, customer_id: str, start: datetime, end: datetime
    ) -> Mapping[datetime, Decimal]:
        """See the protocol."""
        params = _between(customer_id, start, end)
        params["value_grouping_window"] = "hour"
        params["limit"] = _PAGE
        call = self._billing.meters.event_summaries.list_async(meter_id, params)
        found: dict[datetime, Decimal] = {}
        async for each in self._connection.pages(call):
            hour = read.moment(each["start_time"])
            found[hour] = found.get(hour, Decimal(0)) + _value(each)
        return {hour: value for hour, value in found.items() if value}


def _between(customer_id: str, start: datetime, end: datetime) -> MeterListEventSummariesParams:
    return {
        "customer": customer_id,
        "start_time": read.seconds(start),
        "end_time": read.seconds(end),
    }


def _value(summary: Mapping[str, Any]) -> Decimal:
    return Decimal(str(summary["aggregated_value"]))
