"""The cloud as the source of leases."""

from datetime import datetime
from decimal import Decimal
from uuid import UUID

import grpc

from edge.entitlements.lease import Lease, LeaseAnswer, QuotaWord, Settlement
from edge.uplink.calls import call
from edge.uplink.link import CloudLink
from gen.betterproto.brinkbyte.entitlement import v1
from mesh.clock import Clock
from mesh.errors import Internal, InvalidArgument
from rights.quantity import UNITS_PER_ONE, format_quantity

_SERVICE = "/brinkbyte.entitlement.v1.EntitlementService"
_MOST = 2**62


class CloudLeases:
    """Implements `edge.entitlements.lease.LeaseSource` over the link."""

    def __init__(self, link: CloudLink, clock: Clock) -> None:
        """The device's own certificate says who asks."""
        self._link = link
        self._clock = clock

    async def acquire(
        self, metric: str, journal_id: UUID, wanted_e5: int | None, settlement: Settlement | None
    ) -> LeaseAnswer:
        """As LeaseSource.acquire. A cloud that knows no such metric or no leases limits nothing."""
        request = v1.AcquireLeaseRequest(
            metric=metric,
            journal_id=str(journal_id),
            wanted="" if wanted_e5 is None else format_quantity(wanted_e5),
            settlement=_settlement(settlement) if settlement is not None else None,
        )
        try:
            response = await call(
                self._link.channel, f"{_SERVICE}/AcquireLease", request, v1.AcquireLeaseResponse
            )
        except InvalidArgument as error:
            if [each.field for each in error.violations] != ["metric"]:
                raise
            return LeaseAnswer(None, self._unlimited(metric))
        except Internal as error:
            if not _unimplemented(error):
                raise
            return LeaseAnswer(None, self._unlimited(metric))
        return self._answer(metric, response)

    async def give_back(self, settlement: Settlement) -> bool:
        """As LeaseSource.give_back."""
        request = v1.ReturnLeaseRequest(settlement=_settlement(settlement))
        method = f"{_SERVICE}/ReturnLease"
        answer = await call(self._link.channel, method, request, v1.ReturnLeaseResponse)
        lease = answer.lease
        if lease is None or lease.state == v1.LeaseState.ENDED:
            return lease is None
        counted = Decimal(lease.settled or "0") + Decimal(lease.over_cap or "0")
        return counted >= Decimal(settlement.spent_e5) / UNITS_PER_ONE

    def _answer(self, metric: str, response: v1.AcquireLeaseResponse) -> LeaseAnswer:
        lease, quota = response.lease, response.quota
        if lease is None or lease.granted is None:
            return LeaseAnswer(None, self._unlimited(metric))
        word = QuotaWord(
            metric,
            limited=True,
            limit=quota.limit if quota is not None else None,
            used=quota.used if quota is not None else None,
            resets_at=quota.resets_at if quota is not None else None,
            answered_at=self._clock.now(),
        )
        held = Lease(
            UUID(lease.lease_id),
            metric,
            UUID(lease.journal_id),
            min(_MOST, int(Decimal(lease.granted) * UNITS_PER_ONE)),
            _moment(lease.granted_at),
            _moment(lease.expires_at),
        )
        return LeaseAnswer(held, word)

    def _unlimited(self, metric: str) -> QuotaWord:
        return QuotaWord(metric, False, None, None, None, self._clock.now())


def _settlement(settlement: Settlement) -> v1.LeaseSettlement:
    return v1.LeaseSettlement(
        lease_id=str(settlement.lease_id),
        spent=format_quantity(settlement.spent_e5),
        through_seq=settlement.through_seq,
    )


def _moment(moment: datetime | None) -> datetime:
    if moment is None:
        raise Internal("the cloud lent something without saying for how long")
    return moment


def _unimplemented(error: Internal) -> bool:
    cause = error.__cause__
    unknown = grpc.StatusCode.UNIMPLEMENTED
    return isinstance(cause, grpc.aio.AioRpcError) and cause.code() is unknown
