"""Quotas on the wire, and operations from it."""

from datetime import datetime, timedelta

from brinkbyte.entitlement.v1 import entitlement_service_pb2 as pb

from billing.decimals import plain
from billing.quotas.operations import Commit, Operation, Outcome, Release, Reserve
from billing.quotas.store import AlertRow
from billing.wire import reason, stamp
from rights.catalog.model import Cap
from rights.quotas import Balance
from rights.terms import Origin

_CAPS = {Cap.HARD: pb.QUOTA_CAP_HARD, Cap.SOFT: pb.QUOTA_CAP_SOFT, None: pb.QUOTA_CAP_NONE}
_DEFAULT_TTL_S = 300


def status(balance: Balance, now: datetime) -> pb.QuotaStatus:
    """How a metric stands at `now` (aware)."""
    terms, limit, remaining = balance.terms, balance.limit(now), balance.remaining(now)
    return pb.QuotaStatus(
        metric=balance.metric,
        unit=balance.unit,
        cap=_CAPS[terms.cap if terms is not None else None],
        included=plain(balance.included),
        carried_over=plain(balance.carried),
        limit=plain(limit) if limit is not None else None,
        used=plain(balance.used),
        reserved=plain(balance.reserved),
        leased=plain(balance.leased),
        remaining=plain(remaining) if remaining is not None else None,
        used_percent=balance.used_percent,
        period_start=stamp(balance.period.start),
        resets_at=stamp(balance.resets_at),
        grace_until=stamp(balance.grace_until()),
        over_cap=plain(balance.over_cap),
        origin=(terms.origin if terms is not None else Origin.PLAN).value,
    )


def reserve(asked: pb.Reservation) -> Reserve:
    """A reservation from the wire."""
    ttl = timedelta(seconds=asked.ttl_seconds or _DEFAULT_TTL_S)
    return Reserve(asked.operation_id, asked.metric, asked.quantity, ttl)


def commit(asked: pb.Commitment) -> Commit:
    """A commitment from the wire."""
    return Commit(
        asked.operation_id,
        asked.quantity,
        asked.resource_id,
        asked.request_id,
        dict(asked.dimensions),
    )


def operation(asked: pb.QuotaOperation) -> Operation:
    """One of many from the wire."""
    match asked.WhichOneof("operation"):
        case "reserve":
            return reserve(asked.reserve)
        case "commit":
            return commit(asked.commit)
        case _:
            return Release(asked.release)


def result(outcome: Outcome, now: datetime) -> pb.QuotaOperationResult:
    """What became of one of many, at `now` (aware)."""
    answer = pb.QuotaOperationResult(done=outcome.error is None)
    balance = outcome.balance
    if balance is not None:
        _amounts(answer, balance, now)
    if outcome.held is not None and outcome.held.over_cap:
        answer.over_cap = plain(outcome.held.over_cap)
    if outcome.error is not None:
        answer.reason = reason(outcome.error.reason)
        answer.message = outcome.error.message
    return answer


def _amounts(answer: pb.QuotaOperationResult, balance: Balance, now: datetime) -> None:
    limit, remaining = balance.limit(now), balance.remaining(now)
    answer.used = plain(balance.used)
    answer.resets_at.FromDatetime(balance.resets_at)
    if limit is not None:
        answer.limit = plain(limit)
    if remaining is not None:
        answer.remaining = plain(remaining)


def alert(row: AlertRow) -> pb.QuotaAlert:
    """A threshold that was crossed."""
    return pb.QuotaAlert(
        metric=row.metric,
        percent=row.percent,
        used=plain(row.used),
        included=plain(row.included),
        period_start=stamp(row.period_start),
        raised_at=stamp(row.raised_at),
    )
