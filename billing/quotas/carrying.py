"""What a quota's period takes over from the one before: one answer for decisions and invoices.

The account of the new period settles it, once. Until there is one it is what the period before
leaves as things stand.
"""

from collections.abc import Collection, Mapping
from decimal import Decimal

from billing.quotas import store
from billing.unit import Unit
from billing.usage.service import UsageService
from rights.periods import Period
from rights.quotas import NOTHING, begun_in, carried_over, period_before, period_of
from rights.terms import QuotaTerms, Terms


class Carrying:
    """Reads and settles what is carried over. Spans are of full hours."""

    def __init__(self, usage: UsageService) -> None:
        """`usage` sums what was used."""
        self._usage = usage

    async def into(self, unit: Unit, terms: Terms, span: Period) -> dict[str, Decimal]:
        """What quotas whose period begins in the span took over, by metric."""
        periods = _begun(_quotas(unit, terms), span)
        held = await self._held(unit, periods)
        return held | await self.left_to(unit, terms, _without(periods, held))

    async def settle_into(self, unit: Unit, terms: Terms, span: Period) -> dict[str, Decimal]:
        """As `into`, and nothing that comes later changes it."""
        await self._settle(unit, terms, _begun(_carrying(unit, terms), span))
        return await self.into(unit, terms, span)

    async def settle(self, unit: Unit, terms: Terms) -> None:
        """Nothing that comes later changes what the periods that run took over."""
        await self._settle(unit, terms, _running(unit, terms))

    async def take_nothing(self, unit: Unit, terms: Terms) -> None:
        """Periods that run and are not settled took nothing over: the terms are new, and did not
        hold in the period before."""
        await self._open(unit, _running(unit, terms), {})

    async def left_to(
        self, unit: Unit, terms: Terms, missing: Mapping[str, Period]
    ) -> dict[str, Decimal]:
        """What is left, as things stand, to periods that have no account, by metric."""
        asked = {}
        for name, period in missing.items():
            quota = terms.quota(name, unit.now)
            before = period_before(quota, period) if quota is not None else None
            if quota is not None and before is not None:
                asked[name] = (quota, before)
        if not asked:
            return {}
        used = await self._usage.sums(unit, [(name, each) for name, (_, each) in asked.items()])
        keys = [(name, before.start) for name, (_, before) in asked.items()]
        rows = await store.accounts(unit.conn, unit.tenant_id, keys, unit.now)
        aside = {key: row.reserved + row.leased for key, row in rows.items()}
        return {
            name: carried_over(quota, used[name, before.start], aside.get((name, before.start)))
            for name, (quota, before) in asked.items()
        }

    async def _settle(self, unit: Unit, terms: Terms, periods: Mapping[str, Period]) -> None:
        missing = _without(periods, await self._held(unit, periods))
        await self._open(unit, missing, await self.left_to(unit, terms, missing))

    @staticmethod
    async def _held(unit: Unit, periods: Mapping[str, Period]) -> dict[str, Decimal]:
        if not periods:
            return {}
        keys = [(name, period.start) for name, period in periods.items()]
        rows = await store.accounts(unit.conn, unit.tenant_id, keys, unit.now)
        return {name: row.carried for (name, _), row in rows.items()}

    @staticmethod
    async def _open(
        unit: Unit, periods: Mapping[str, Period], amounts: Mapping[str, Decimal]
    ) -> None:
        if periods:
            opened = [
                ((name, period.start), amounts.get(name, NOTHING))
                for name, period in periods.items()
            ]
            await store.open_accounts(unit.conn, unit.tenant_id, opened)


def _quotas(unit: Unit, terms: Terms) -> dict[str, QuotaTerms]:
    quotas = {name: terms.quota(name, unit.now) for name in terms.catalog.metrics}
    return {name: quota for name, quota in quotas.items() if quota is not None}


def _carrying(unit: Unit, terms: Terms) -> dict[str, QuotaTerms]:
    quotas = _quotas(unit, terms)
    return {name: quota for name, quota in quotas.items() if quota.carry_over_percent}


def _running(unit: Unit, terms: Terms) -> dict[str, Period]:
    return {name: period_of(quota, unit.now) for name, quota in _carrying(unit, terms).items()}


def _begun(quotas: Mapping[str, QuotaTerms], span: Period) -> dict[str, Period]:
    found = {name: begun_in(quota, span) for name, quota in quotas.items()}
    return {name: period for name, period in found.items() if period is not None}


def _without(periods: Mapping[str, Period], names: Collection[str]) -> dict[str, Period]:
    return {name: period for name, period in periods.items() if name not in names}
