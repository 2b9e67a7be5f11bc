"""What would make leases safe after a cloud was restored from a backup.

The server does not keep to these rules yet: docs/decisions/leases.md says what it lacks.
"""

from dataclasses import replace
from decimal import Decimal

from rights.leases import NOTHING, Lease, LeaseState, Report, give_back


def adopt(known: Lease | None, told: Lease) -> Lease:
    """What a cloud restored from a backup knows of a lease that its device holds.

    The device may hold one that the backup lacks, or one that grew since; what was freed stays
    freed. Only for a device that was not heard since the restore.
    """
    if known is None:
        return replace(told, settled=NOTHING, over_cap=NOTHING)
    if known.state in (LeaseState.CLOSED, LeaseState.RELEASED):
        return known
    granted = max(known.granted, told.granted)
    return replace(known, granted=granted, expires_at=max(known.expires_at, told.expires_at))


def unclaimed(lease: Lease, through_seq: int, recorded_seq: int) -> Lease:
    """A lease from a backup that its device, telling all that it holds, does not tell.

    It was given back in the lost time, and may be lent to others since: it is never renewed.
    Only for a device that was not heard since the restore.
    """
    return give_back(lease, Report(lease.settled, through_seq), recorded_seq)


def heard(through_seq: int, recorded_seq: int) -> bool:
    """Whether a device that told every lease that it holds, and its journal's last number, is
    known again after a restore: what it used before is recorded, too."""
    return through_seq <= recorded_seq


def possible_slice(remaining: Decimal, unheard: int) -> Decimal:
    """What devices in service that were not heard since a restore may hold, together.

    Slices of the lost time are forgotten, and each of them could be renewed as often as anything
    was left: so all that is left is counted as lent until every one of them was heard.
    """
    return remaining if unheard > 0 else NOTHING
