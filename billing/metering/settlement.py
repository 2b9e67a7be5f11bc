"""Counts become usage events, and portions of the quota are set aside and given back."""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from billing.metering.purse import Purse, portion
from billing.metering.store import CallCount
from billing.quotas.book import exhausted
from billing.quotas.operations import Operation, Release, Reserve
from billing.quotas.service import QuotasService
from billing.unit import Unit
from billing.usage.events import EventStatus, ReportedEvent
from billing.usage.service import UsageService
from billing.usage.times import to_micros
from mesh.clock import Clock
from mesh.errors import Internal, InvalidArgument, NotFound
from mesh.ids import uuid7
from rights.quotas import Balance

API_CALL = "api_call"
REPORTER = "cloud"
"""What events of calls at the cloud name as their reporter."""


@dataclass(frozen=True, slots=True)
class Granted:
    """What is set aside once the transaction committed: `more` calls than before (fewer where it is
    negative), one `operation` more, or one in place of all former where it is `renewed`.
    `recorded` calls became events.
    """

    limited: bool
    more: int = 0
    operation: str = ""
    renewed: bool = False
    recorded: int = 0

    def keep(self, purse: Purse, until: float) -> None:
        """Writes it into the purse; it holds until a moment of the monotonic clock."""
        if self.renewed:
            purse.operations = []
        if self.operation:
            purse.operations.append(self.operation)
        purse.limited, purse.until, purse.refused = self.limited, until, None
        purse.left += self.more
        purse.counted -= self.recorded


class Settlement:
    """The part of metering that runs inside a tenant's transaction."""

    def __init__(self, quotas: QuotasService, usage: UsageService, clock: Clock) -> None:
        """`clock` dates ids."""
        self._quotas = quotas
        self._usage = usage
        self._clock = clock

    async def refill(self, unit: Unit) -> Granted:
        """Sets one portion more aside. Raises QuotaExhausted when nothing is left."""
        balance = await self._balance(unit)
        remaining = balance.remaining(unit.now) if balance is not None else None
        if balance is None or remaining is None:
            return Granted(limited=False)
        more = portion(int(remaining))
        if more < 1:
            raise exhausted(balance, Decimal(1), unit.now)
        return Granted(limited=True, more=more, operation=await self._reserve(unit, more))

    async def settle(
        self, unit: Unit, purse: Purse, counts: Sequence[CallCount], *, giving_up: bool
    ) -> Granted:
        """Makes events of counts, and sets aside what the purse still stands for, without what is
        left in it when `giving_up`."""
        left, in_use = purse.left, purse.out + purse.counted
        await self._release(unit, purse.operations)
        recorded = await self.record(unit, counts)
        balance = await self._balance(unit)
        remaining = balance.remaining(unit.now) if balance is not None else None
        if remaining is None:
            return Granted(limited=False, more=-left, renewed=True, recorded=recorded)
        kept = 0 if giving_up else left
        aside = min(in_use - recorded + kept, int(remaining))
        operation = await self._reserve(unit, aside) if aside > 0 else ""
        more = max(0, aside - (in_use - recorded)) - left
        return Granted(True, more, operation, renewed=True, recorded=recorded)

    async def record(self, unit: Unit, counts: Sequence[CallCount]) -> int:
        """Makes an event of each count; how many calls that were. Raises Internal for a count that
        is no event: then none is taken out."""
        events = [
            ReportedEvent(
                event_id=f"api:{each.count_id}",
                event_type=API_CALL,
                resource_id=each.route,
                quantity=str(each.calls),
                unit="",
                event_time_us=to_micros(each.minute),
                request_id="",
                dimensions={},
            )
            for each in counts
        ]
        for result in await self._usage.report(unit, REPORTER, events):
            if result.status is not EventStatus.ACCEPTED:
                raise Internal(f"{result.event_id} was not recorded: {result.reason}")
        return sum(each.calls for each in counts)

    async def _balance(self, unit: Unit) -> Balance | None:
        try:
            (balance,) = await self._quotas.status(unit, API_CALL)
        except InvalidArgument:  # the catalogue has no such metric any more
            return None
        return balance

    async def _reserve(self, unit: Unit, calls: int) -> str:
        """The operation that sets so many calls aside. Raises QuotaExhausted."""
        operation_id = f"api:{uuid7(self._clock)}"
        await self._apply(unit, [Reserve(operation_id, API_CALL, str(calls))])
        return operation_id

    async def _release(self, unit: Unit, operations: Sequence[str]) -> None:
        if operations:
            await self._apply(unit, [Release(each) for each in operations])

    async def _apply(self, unit: Unit, operations: Sequence[Operation]) -> None:
        for outcome in await self._quotas.apply(unit, operations):
            if outcome.error is not None and not isinstance(outcome.error, NotFound):
                raise outcome.error
