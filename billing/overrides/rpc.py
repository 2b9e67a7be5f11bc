"""OverrideService on the wire."""

import re
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from brinkbyte.entitlement.v1 import override_service_pb2 as pb
from brinkbyte.entitlement.v1 import override_service_pb2_grpc as rpc

from billing.decimals import plain
from billing.overrides.service import OverridesService
from billing.overrides.values import OverrideRow
from billing.paging import PageRequest
from billing.unit import Units
from billing.wire import epoch, moment, stamp
from mesh.errors import InvalidArgument
from rights.errors import QuantityInvalid
from rights.overrides import (
    FeatureOverride,
    Override,
    PriceOf,
    PriceOverride,
    PriceTarget,
    QuotaOverride,
)
from rights.quantity import parse_quantity

_PRICE = re.compile(r"[0-9]{1,15}(\.[0-9]{1,12})?")
_OF = {
    pb.PRICED_KIND_METRIC: PriceOf.METRIC,
    pb.PRICED_KIND_ITEM: PriceOf.ITEM,
    pb.PRICED_KIND_PLAN: PriceOf.PLAN,
}
_KIND = {of: kind for kind, of in _OF.items()}


class OverrideServicer(rpc.OverrideServiceServicer):
    """Unpacks, calls, packs."""

    def __init__(self, units: Units, overrides: OverridesService) -> None:
        """Transactions and rules."""
        self._units = units
        self._overrides = overrides

    async def SetOverride(self, request: pb.SetOverrideRequest, _: Any) -> pb.SetOverrideResponse:
        """See the contract."""
        until = moment("expires_at", request.expires_at) if request.HasField("expires_at") else None
        async with self._units.tenant(request.tenant_id) as unit:
            row, known = await self._overrides.set(unit, _read(request, until))
            packed = _pack(row, unit.now)
        return pb.SetOverrideResponse(override=packed, epoch=epoch(known))

    async def RemoveOverride(
        self, request: pb.RemoveOverrideRequest, _: Any
    ) -> pb.RemoveOverrideResponse:
        """See the contract."""
        async with self._units.tenant(request.tenant_id) as unit:
            removed, known = await self._overrides.remove(unit, UUID(request.override_id))
        return pb.RemoveOverrideResponse(removed=removed, epoch=epoch(known))

    async def ListOverrides(
        self, request: pb.ListOverridesRequest, _: Any
    ) -> pb.ListOverridesResponse:
        """See the contract."""
        wanted = PageRequest.read(request.page_size, request.page_token, UUID)
        async with self._units.tenant(request.tenant_id) as unit:
            page = await self._overrides.page(unit, wanted)
            packed = [_pack(row, unit.now) for row in page.rows]
        return pb.ListOverridesResponse(overrides=packed, next_page_token=page.next_token)


def _read(request: pb.SetOverrideRequest, until: datetime | None) -> Override:
    named = [name for name in ("feature", "quota", "price") if request.HasField(name)]
    match named:
        case ["feature"]:
            about = request.feature
            camera_id = about.camera_id or None
            return FeatureOverride(about.feature, about.allowed, camera_id, request.reason, until)
        case ["quota"]:
            quota = request.quota
            included = _amount("included", quota.included) if quota.HasField("included") else None
            ceiling = _amount("ceiling", quota.ceiling) if quota.HasField("ceiling") else None
            return QuotaOverride(quota.metric, included, ceiling, request.reason, until)
        case ["price"]:
            return _read_price(request, until)
        case _:
            field = named[-1] if named else "feature"
            raise InvalidArgument.field(field, "name one of a feature, a quota and a price")


def _read_price(request: pb.SetOverrideRequest, until: datetime | None) -> PriceOverride:
    about, prices = request.price, dict[str, Decimal]()
    for index, each in enumerate(about.prices):
        field = f"price.prices[{index}]"
        if each.currency in prices:
            raise InvalidArgument.field(f"{field}.currency", "named twice")
        if _PRICE.fullmatch(each.price) is None:
            raise InvalidArgument.field(f"{field}.price", f"{each.price!r} is no plain decimal")
        prices[each.currency] = Decimal(each.price)
    target = PriceTarget(_OF[about.kind], about.family, about.name)
    return PriceOverride(target, prices, request.reason, until)


def _amount(name: str, text: str) -> Decimal:
    try:
        return parse_quantity(text)
    except QuantityInvalid as error:
        raise InvalidArgument.field(f"quota.{name}", str(error)) from None


def _pack(row: OverrideRow, now: datetime) -> pb.Override:
    override = row.override
    packed = pb.Override(
        override_id=str(row.override_id),
        reason=override.reason,
        created_at=stamp(row.created_at),
        expires_at=stamp(override.until),
        expired=override.until is not None and override.until <= now,
    )
    match override:
        case FeatureOverride():
            packed.feature.feature = override.feature
            packed.feature.allowed = override.allowed
            packed.feature.camera_id = override.camera_id or ""
        case QuotaOverride():
            packed.quota.metric = override.metric
            if override.included is not None:
                packed.quota.included = plain(override.included)
            if override.ceiling is not None:
                packed.quota.ceiling = plain(override.ceiling)
        case PriceOverride():
            target = override.target
            packed.price.kind = _KIND[target.of]
            packed.price.family, packed.price.name = target.family, target.name
            for currency, price in override.prices.items():
                packed.price.prices.add(currency=currency, price=plain(price))
    return packed
