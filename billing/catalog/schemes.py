"""Price schemes as messages."""

from collections.abc import Sequence

from brinkbyte.catalog.v1 import catalog_service_pb2 as pb

from rights.rating.scheme import Flat, Graduated, Package, PerUnit, Scheme, Tier, Volume
from rights.rating.written import Model


def unit_price(scheme: Scheme, currency: str) -> str:
    """What each unit costs; empty where units cost differently."""
    return f"{scheme.prices[currency]:f}" if isinstance(scheme, PerUnit) else ""


def price_scheme(scheme: Scheme, currency: str) -> pb.PriceScheme | None:
    """What a quantity costs; None where each unit costs the same."""
    match scheme:
        case PerUnit():
            return None
        case Graduated():
            tiers = _tiers(scheme.tiers, currency)
            return pb.PriceScheme(model=Model.GRADUATED, tiers=tiers)
        case Volume():
            return pb.PriceScheme(model=Model.VOLUME, tiers=_tiers(scheme.tiers, currency))
        case Package():
            size, price = f"{scheme.size:f}", f"{scheme.prices[currency]:f}"
            return pb.PriceScheme(model=Model.PACKAGE, size=size, price=price)
        case Flat():
            return pb.PriceScheme(model=Model.FLAT, price=f"{scheme.prices[currency]:f}")


def _tiers(tiers: Sequence[Tier], currency: str) -> list[pb.PriceTier]:
    return [
        pb.PriceTier(
            up_to="" if tier.up_to is None else f"{tier.up_to:f}",
            unit_price=f"{tier.unit_prices[currency]:f}",
            flat=f"{tier.flat[currency]:f}" if tier.flat else "",
        )
        for tier in tiers
    ]
