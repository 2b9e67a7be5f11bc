"""Reads and locks the accounts of a tenant's metrics, and writes what became of them."""

from collections.abc import Collection, Mapping
from dataclasses import replace
from decimal import Decimal

from billing.quotas import store
from billing.quotas.alerts import AlertRow
from billing.quotas.carrying import Carrying
from billing.quotas.store import AccountRow, Key
from billing.quotas.telling import QuotaTelling
from billing.unit import Unit
from billing.usage.service import UsageService
from rights.periods import Period
from rights.quotas import NOTHING, Balance, account_key, period_of
from rights.terms import Terms


class Accounts:
    """The one place where a metric's use, reservations and leases come together.

    Use is the sum of usage, read after the account's lock is held: whoever takes from a quota
    sees everything that was taken before.
    """

    def __init__(self, usage: UsageService, carrying: Carrying, telling: QuotaTelling) -> None:
        """`usage` sums what was used, `carrying` what is left to a period that begins, `telling`
        hears of thresholds."""
        self._usage = usage
        self._carrying = carrying
        self._telling = telling

    async def read(self, unit: Unit, terms: Terms, metrics: Collection[str]) -> dict[str, Balance]:
        """How metrics stand now, by name, without a lock."""
        running = _running(unit, terms, metrics)
        rows = await store.accounts(
            unit.conn, unit.tenant_id, [key for key, _ in running.values()], unit.now
        )
        missing = {name: period for name, (key, period) in running.items() if key not in rows}
        carried = await self._carrying.left_to(unit, terms, missing)
        return await self._balances(unit, terms, running, rows, carried)

    async def lock(
        self, unit: Unit, terms: Terms, metrics: Collection[str], others: Collection[Key] = ()
    ) -> tuple[dict[str, Key], dict[Key, Balance]]:
        """The accounts of metrics in their running period, made where they are missing, and
        `others` of former ones, all locked until the transaction ends.

        Returns the key of each metric's running account, and the accounts.
        """
        conn, tenant_id = unit.conn, unit.tenant_id
        running = _running(unit, terms, metrics)
        keys = {key for key, _ in running.values()} | set(others)
        found = await store.lock(conn, tenant_id, keys)
        missing = {name: period for name, (key, period) in running.items() if key not in found}
        if missing:
            carried = await self._carrying.left_to(unit, terms, missing)
            amounts = [(running[name][0], carried.get(name, NOTHING)) for name in missing]
            await store.open_accounts(conn, tenant_id, amounts)
            await store.lock(conn, tenant_id, keys)
        for key in sorted(keys):
            await store.expire(conn, tenant_id, key, unit.now)
        rows = await store.locked_accounts(conn, tenant_id, keys)
        by_name = await self._balances(unit, terms, running, rows, {})
        balances = {running[name][0]: balance for name, balance in by_name.items()}
        for key in keys - balances.keys():
            balances[key] = await self._former(unit, terms, rows[key])
        return {name: key for name, (key, _) in running.items()}, balances

    async def news(self, unit: Unit, balances: Mapping[str, Balance]) -> list[str]:
        """Metrics of which `write` would tell something that is not on record yet."""
        crossed = {name: each for name, each in balances.items() if each.crossed()}
        if not crossed:
            return []
        keys = {
            name: (name, account_key(each.terms, each.period)) for name, each in crossed.items()
        }
        asked = list(keys.values())
        told = await store.told(unit.conn, unit.tenant_id, asked)
        rows = await store.accounts(unit.conn, unit.tenant_id, asked, unit.now)
        dated = {key for key, row in rows.items() if row.full_since is not None}
        return [
            name
            for name, each in crossed.items()
            if not set(each.crossed()) <= told.get(keys[name], set())
            or (each.full and keys[name] not in dated)
        ]

    async def write(self, unit: Unit, balances: Mapping[Key, Balance]) -> None:
        """Keeps locked accounts as they are now, and raises the thresholds that they crossed, of
        which the tenant is told."""
        rows, alerts = [], []
        for (metric, start), each in balances.items():
            full_since = each.full_since or (unit.now if each.full else None)
            rows.append(
                AccountRow(
                    metric, start, each.carried, each.reserved, each.over_cap, full_since, NOTHING
                )
            )
            alerts += [
                AlertRow(metric, percent, each.used, each.included, start, unit.now)
                for percent in each.crossed()
            ]
        await store.keep_accounts(unit.conn, unit.tenant_id, rows)
        if not alerts:
            return
        for fresh in await store.raise_alerts(unit.conn, unit.tenant_id, alerts):
            await self._telling.crossed(unit, fresh, balances[fresh.metric, fresh.period_start])

    async def _balances(
        self,
        unit: Unit,
        terms: Terms,
        running: Mapping[str, tuple[Key, Period]],
        rows: Mapping[Key, AccountRow],
        carried: Mapping[str, Decimal],
    ) -> dict[str, Balance]:
        used = await self._usage.sums(
            unit, [(name, period) for name, (_, period) in running.items()]
        )
        found = {}
        for name, (key, period) in running.items():
            row = rows.get(key) or AccountRow(
                name, key[1], carried.get(name, NOTHING), NOTHING, NOTHING, None, NOTHING
            )
            balance = _balance(unit, terms, row, period, used[name, period.start])
            since = balance.full_since or (unit.now if balance.full else None)
            found[name] = replace(balance, full_since=since)
        return found

    async def _former(self, unit: Unit, terms: Terms, row: AccountRow) -> Balance:
        """An account of a period that is over: nothing more is taken from it, only settled."""
        period = period_of(terms.quota(row.metric, unit.now), row.period_start)
        used = await self._usage.sums(unit, [(row.metric, period)])
        return _balance(unit, terms, row, period, used[row.metric, period.start])


def _balance(unit: Unit, terms: Terms, row: AccountRow, period: Period, used: Decimal) -> Balance:
    return Balance(
        metric=row.metric,
        unit=terms.catalog.metric(row.metric).unit,
        terms=terms.quota(row.metric, unit.now),
        period=period,
        carried=row.carried,
        used=used,
        reserved=row.reserved,
        leased=row.leased,
        over_cap=row.over_cap,
        full_since=row.full_since,
    )


def _running(unit: Unit, terms: Terms, metrics: Collection[str]) -> dict[str, tuple[Key, Period]]:
    found = {}
    for name in sorted(metrics):
        quota = terms.quota(name, unit.now)
        period = period_of(quota, unit.now)
        found[name] = ((name, account_key(quota, period)), period)
    return found
