"""What is sold, as Stripe's products, prices and meters.

A product's id is our name for it, a price is found by its lookup key, a meter by the name of its
events; the content that was written is told by a fingerprint beside it, of a meter by its title.
"""

from typing import Any

from stripe.params import PriceCreateParams, PriceCreateParamsTier, ProductCreateParams

from billing.payments.goods import (
    Good,
    MeterGood,
    PriceGood,
    ProductGood,
    StoredGood,
    Tier,
    fingerprint,
)
from billing.payments.stripe import read
from billing.payments.stripe.client import StripeConnection, once
from mesh.errors import NotFound

_PAGE = 100


class StripeGoods:
    """`Goods` of the provider."""

    def __init__(self, connection: StripeConnection) -> None:
        """Calls go through `connection`."""
        self._connection = connection
        self._ask = connection.ask
        self._v1 = connection.v1

    async def find(self, good: Good) -> StoredGood | None:
        """See the protocol."""
        match good:
            case ProductGood():
                return await self._find_product(good)
            case MeterGood():
                raw = await self._find_meter(good.name)
                return _meter(raw, good) if raw is not None else None
            case PriceGood():
                call = self._v1.prices.list_async({"lookup_keys": [good.name], "active": True})
                async for price in self._connection.pages(call):
                    return _stored(price)
                return None

    async def make(self, good: Good, *, key: str) -> StoredGood:
        """See the protocol."""
        match good:
            case ProductGood():
                call = self._v1.products.create_async(_product_params(good), once(key))
                return _stored(await self._ask(call))
            case MeterGood():
                return _meter(await self._make_meter(good, key), good)
            case PriceGood():
                params = await self._price_params(good)
                return _stored(await self._ask(self._v1.prices.create_async(params, once(key))))

    async def amend(self, stripe_id: str, good: ProductGood | MeterGood, *, key: str) -> StoredGood:
        """See the protocol."""
        if isinstance(good, MeterGood):
            meter = self._v1.billing.meters.update_async(
                stripe_id, {"display_name": good.title}, once(key)
            )
            return _meter(await self._ask(meter), good)
        product = self._v1.products.update_async(
            stripe_id,
            {
                "name": good.title,
                "active": True,
                "metadata": _metadata(good),
            },
            once(key),
        )
        return _stored(await self._ask(product))

    async def price(self, stripe_id: str) -> PriceGood:
        """See the protocol."""
        call = self._v1.prices.retrieve_async(stripe_id, {"expand": ["tiers"]})
        return read.price(await self._ask(call))

    async def archive(self, stripe_id: str, good: ProductGood | PriceGood, *, key: str) -> None:
        """See the protocol."""
        if isinstance(good, PriceGood):
            await self._ask(self._v1.prices.update_async(stripe_id, {"active": False}, once(key)))
            return
        await self._ask(self._v1.products.update_async(stripe_id, {"active": False}, once(key)))

    async def _find_product(self, good: ProductGood) -> StoredGood | None:
        try:
            raw = await self._ask(self._v1.products.retrieve_async(product_id(good.name)))
        except NotFound:
            return None
        return _stored(raw) if raw["active"] else StoredGood(raw["id"], "")

    async def _find_meter(self, name: str) -> dict[str, Any] | None:
        call = self._v1.billing.meters.list_async({"status": "active", "limit": _PAGE})
        async for meter in self._connection.pages(call):
            if meter["event_name"] == name:
                return meter
        return None

    async def _make_meter(self, good: MeterGood, key: str) -> dict[str, Any]:
        call = self._v1.billing.meters.create_async(
            {
                "display_name": good.title,
                "event_name": good.name,
                "default_aggregation": {"formula": "sum"},
                "customer_mapping": {"type": "by_id", "event_payload_key": "stripe_customer_id"},
                "value_settings": {"event_payload_key": "value"},
            },
            once(key),
        )
        return await self._ask(call)

    async def _price_params(self, good: PriceGood) -> PriceCreateParams:
        params: PriceCreateParams = {
            "product": product_id(good.product),
            "currency": good.currency.lower(),
            "recurring": {"interval": good.interval},
            "lookup_key": good.name,
            "transfer_lookup_key": True,
            "metadata": _metadata(good),
        }
        if good.meter:
            meter = await self._find_meter(good.meter)
            if meter is None:
                raise NotFound("meter", good.meter)
            params["recurring"] = {
                "interval": good.interval,
                "usage_type": "metered",
                "meter": meter["id"],
            }
        if good.tiers:
            params["billing_scheme"] = "tiered"
            params["tiers_mode"] = "volume" if good.volume else "graduated"
            params["tiers"] = [_tier(tier) for tier in good.tiers]
        else:
            params["unit_amount_decimal"] = good.unit_amount
        return params


def product_id(name: str) -> str:
    """The id that we give a product."""
    return f"brinkbyte_{name}"


def _product_params(good: ProductGood) -> ProductCreateParams:
    params: ProductCreateParams = {
        "id": product_id(good.name),
        "name": good.title,
        "metadata": _metadata(good),
    }
    if good.unit:
        params["unit_label"] = good.unit
    return params


def _metadata(good: Good) -> dict[str, str]:
    return {"name": good.name, "fingerprint": fingerprint(good)}


def _tier(tier: Tier) -> PriceCreateParamsTier:
    told: PriceCreateParamsTier = {
        "up_to": "inf" if tier.up_to is None else tier.up_to,
        "unit_amount_decimal": tier.unit_amount,
    }
    if tier.flat:
        told["flat_amount_decimal"] = tier.flat
    return told


def _stored(raw: dict[str, Any]) -> StoredGood:
    return StoredGood(raw["id"], (raw.get("metadata") or {}).get("fingerprint", ""))


def _meter(raw: dict[str, Any], good: MeterGood) -> StoredGood:
    same = raw["display_name"] == good.title
    return StoredGood(raw["id"], fingerprint(good) if same else "")
