"""Brings one tenant's items at the payment provider to what it holds."""

import hashlib
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from uuid import UUID

from billing.catalog.live import Catalogs
from billing.holdings.service import HoldingsService
from billing.payments.checkout import store as customers
from billing.payments.checkout.truth import BASE_CAMERA
from billing.payments.items import store
from billing.payments.items.changes import changes, written
from billing.payments.objects import names
from billing.payments.objects.service import ObjectsService
from billing.payments.provider import PaymentProvider
from billing.payments.values import Subscription, WantedItem
from billing.subscriptions.rules import VISION
from billing.unit import Unit, Units
from mesh.faults import Faults
from mesh.retry import delay_after
from rights.rating.card import PieceKind

_FIRST_RETRY = timedelta(seconds=2)
_LONGEST_RETRY = timedelta(minutes=10)


class ItemSender:
    """What is wanted is committed before it is asked for, and what was sent after: whatever dies
    between asks how things stand first, and changes only what differs."""

    def __init__(
        self,
        units: Units,
        catalogs: Catalogs,
        holdings: HoldingsService,
        objects: ObjectsService,
        *,
        provider: PaymentProvider,
        faults: Faults,
    ) -> None:
        """`holdings` tell what is held, `objects` the provider's prices."""
        self._units = units
        self._catalogs = catalogs
        self._holdings = holdings
        self._objects = objects
        self._provider = provider
        self._faults = faults

    async def send(self, tenant_id: UUID) -> None:
        """Changes what differs. Raises MeshError as the provider does."""
        async with self._units.working(tenant_id) as unit:
            await customers.hold(unit.conn, tenant_id)
            known = await customers.link(unit.conn, tenant_id)
            held = await self._held(unit)
            wanted = written(held)
            round_ = await store.want(
                unit.conn,
                tenant_id,
                known.subscription_id,
                wanted,
                cameras_only=VISION not in known.families,
                now=unit.now,
            )
        async with self._units.working(tenant_id) as unit:
            await customers.hold(unit.conn, tenant_id)
            if await customers.link(unit.conn, tenant_id) != known or not known.subscription_id:
                return
            sold = await self._provider.subscriptions.get(known.subscription_id)
            keep = BASE_CAMERA if VISION in known.families else ""
            items = await self._changes(unit, sold, held, keep)
            if items and sold.ended_at is None:
                digest = hashlib.sha256(repr(items).encode()).hexdigest()[:32]
                await self._provider.subscriptions.change_items(
                    sold.subscription_id,
                    items,
                    prorate=True,
                    key=f"held-{sold.subscription_id}-{round_}-{digest}",
                )
            self._faults.hit("stripe.after_items_before_record")
            await store.sent(unit.conn, tenant_id, wanted)

    async def failed(self, tenant_id: UUID, reason: str) -> None:
        """It is tried again, ever later."""
        async with self._units.working(tenant_id) as unit:
            count = await store.attempts(unit.conn, tenant_id)
            wait = delay_after(count, _FIRST_RETRY, _LONGEST_RETRY)
            await store.failed(unit.conn, tenant_id, unit.now + wait, reason)

    async def _held(self, unit: Unit) -> dict[str, int]:
        held = await self._holdings.now(unit)
        return {
            name: count
            for (kind, family, name), count in held.items()
            if kind is PieceKind.ITEM and family == VISION
        }

    async def _changes(
        self, unit: Unit, sold: Subscription, held: Mapping[str, int], keep: str
    ) -> tuple[WantedItem, ...]:
        catalog = await self._catalogs.current(unit.conn)
        every = {*catalog.family(VISION).items, *held}
        keys = {name: names.item_price(VISION, name, sold.currency) for name in every}
        found = changes(sold, held, keys, keep=keep)
        fresh = [keys[name] for name, item in found.items() if not item.item_id]
        ids = await self._objects.price_ids(unit.conn, fresh)
        return tuple(
            item if item.item_id else replace(item, price_id=ids[keys[name]])
            for name, item in found.items()
        )
