"""Numbers by which a cache of this process forgets a tenant at each change of its rights."""

from collections import OrderedDict
from uuid import UUID

from billing.watch import RightsWatch

_MAX_TENANTS = 10_000


class Generations:
    """A number per tenant, new after each hint that its rights changed. A hint may be lost."""

    def __init__(self, watch: RightsWatch) -> None:
        """`watch` hints."""
        self._watch = watch
        self._generations: OrderedDict[UUID, int] = OrderedDict()
        self._count = 0

    def of(self, tenant_id: UUID) -> int:
        """The tenant's number now; those unused for longest are forgotten, and are new then."""
        known = self._generations.get(tenant_id)
        if known is not None:
            self._generations.move_to_end(tenant_id)
            return known
        self._watch.follow(tenant_id, self._forget)
        if len(self._generations) >= _MAX_TENANTS:
            oldest, _ = self._generations.popitem(last=False)
            self._watch.leave(oldest, self._forget)
        return self._renew(tenant_id)

    def _forget(self, tenant_id: UUID) -> None:
        if tenant_id in self._generations:
            self._renew(tenant_id)

    def _renew(self, tenant_id: UUID) -> int:
        self._count += 1
        self._generations[tenant_id] = self._count
        return self._count
