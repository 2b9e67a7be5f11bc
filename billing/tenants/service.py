"""Rules of tenants."""

from collections.abc import Sequence
from dataclasses import replace

from billing.accounts.service import AccountsService
from billing.audit.actions import Action
from billing.licenses.service import LicensesService
from billing.paging import Page, PageRequest, Position, page_of
from billing.subscriptions.service import SubscriptionsService
from billing.tenants import store
from billing.tenants.store import TenantRow
from billing.unit import Unit, VendorUnit
from mesh.clock import Clock
from mesh.errors import AlreadyExists, InvalidArgument, NotFound, Violation
from mesh.ids import uuid7
from rights.ids import parse_tenant


class TenantsService:
    """Creates and shows tenants."""

    def __init__(
        self,
        accounts: AccountsService,
        licenses: LicensesService,
        subscriptions: SubscriptionsService,
        clock: Clock,
    ) -> None:
        """`accounts`, `licenses` and `subscriptions` give a new tenant its billing account and
        its trials; `clock` dates ids."""
        self._accounts = accounts
        self._licenses = licenses
        self._subscriptions = subscriptions
        self._clock = clock

    async def create(
        self, unit: VendorUnit, email: str, company_name: str, aliases: Sequence[str]
    ) -> TenantRow:
        """A tenant with the vision trial, whose 90 days begin at its first camera, the platform
        trial, and metered free.

        Raises AlreadyExists naming `email` or `alias`, InvalidArgument naming `aliases`.
        """
        _check_aliases(aliases)
        tenant_id = uuid7(self._clock)
        address = email.lower()
        if not await store.add(unit.conn, tenant_id, address, company_name, unit.now):
            raise AlreadyExists("email", address, "a tenant with this email exists already")
        added = await store.add_aliases(unit.conn, tenant_id, aliases)
        for alias in aliases:
            if alias not in added:
                raise AlreadyExists("alias", alias, "a tenant with this alias exists already")
        await self._accounts.open(unit, tenant_id)
        trial = await self._licenses.offer_trial(unit, tenant_id)
        await self._subscriptions.begin(unit, tenant_id)
        unit.audit(
            Action.TENANT_CREATED,
            f"tenant/{tenant_id}",
            tenant_id=tenant_id,
            license_mode=trial.license_mode,
            cameras_allowed=trial.cameras_allowed,
        )
        return TenantRow(
            tenant_id, address, company_name, tuple(sorted(aliases)), unit.now, unit.now
        )

    async def get(self, unit: Unit) -> TenantRow:
        """The unit's tenant. Raises NotFound."""
        found = await store.get(unit.conn, unit.tenant_id)
        if found is None:
            raise NotFound("tenant", str(unit.tenant_id))
        return found

    async def update(self, unit: Unit, email: str | None, company_name: str | None) -> TenantRow:
        """Changes what is not None. Raises NotFound, AlreadyExists naming `email`."""
        before = await self.get(unit)
        address = email.lower() if email is not None else before.email
        name = company_name if company_name is not None else before.company_name
        if (address, name) == (before.email, before.company_name):
            return before
        if not await store.update(unit.conn, unit.tenant_id, address, name, unit.now):
            raise AlreadyExists("email", address, "a tenant with this email exists already")
        changed = ",".join(
            word
            for word, differs in (
                ("email", address != before.email),
                ("company_name", name != before.company_name),
            )
            if differs
        )
        unit.audit(Action.TENANT_CHANGED, f"tenant/{unit.tenant_id}", fields=changed)
        return replace(before, email=address, company_name=name, updated_at=unit.now)

    async def page(self, unit: Unit | VendorUnit, request: PageRequest) -> Page[TenantRow]:
        """The tenants that the unit sees, oldest first."""
        rows = await store.page(unit.conn, request)
        return page_of(request, rows, lambda row: Position(row.created_at, str(row.tenant_id)))


def _check_aliases(aliases: Sequence[str]) -> None:
    wrong = [
        Violation(f"aliases[{index}]", "reads as a tenant's own id, so it cannot be an alias")
        for index, alias in enumerate(aliases)
        if parse_tenant(alias) is not None
    ]
    if wrong:
        raise InvalidArgument(wrong)
