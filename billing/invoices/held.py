"""What a tenant would be charged for if it held the same all the time."""

from decimal import Decimal

from billing.invoices.composer import Held
from billing.licenses.billable import BillableItems
from rights.catalog.model import BASE_PACK
from rights.claims import SubscriptionStatus
from rights.rating.card import Piece, PieceKind
from rights.terms import Terms

_FAMILY = "vision"
_DEVICE = "edge_device_basic"
_CHARGED = {SubscriptionStatus.ACTIVE, SubscriptionStatus.PAST_DUE}


def held_throughout(
    terms: Terms, items: BillableItems | None, devices: int, days: int
) -> tuple[Held, ...]:
    """Plans that are charged and what is licensed, for so many days; a trial is free, and with a
    licence that ended (no items) devices are too."""
    pieces: dict[Piece, int] = {
        (PieceKind.PLAN, family, held.plan): 1
        for family, held in terms.subscriptions.items()
        if held.status in _CHARGED
    }
    if items is not None:
        packs = {**items.camera_packs, **dict.fromkeys(items.tenant_packs, 1)}
        packs[BASE_PACK] = items.cameras
        for item in terms.catalog.family(_FAMILY).items.values():
            if item.pack in packs:
                pieces[PieceKind.ITEM, _FAMILY, item.name] = packs[item.pack]
        pieces[PieceKind.ITEM, _FAMILY, _DEVICE] = devices
    return tuple(Held(piece, Decimal(count * days)) for piece, count in pieces.items())
