"""What a tenant is told of its devices' journals."""

from collections.abc import Sequence
from uuid import UUID

from billing.notifications.kinds import Kind
from billing.notifications.service import NotificationsService
from billing.unit import Unit


class JournalTelling:
    """Tells in the transaction that found it, of the calling device."""

    def __init__(self, notifications: NotificationsService) -> None:
        """Plain constructor."""
        self._notifications = notifications

    async def forked(self, unit: Unit, journal_id: UUID) -> None:
        """A journal contradicts what is on record: told once for each journal."""
        facts = {"device_id": str(unit.principal.device_id), "journal_id": str(journal_id)}
        await self._notifications.tell(unit, Kind.JOURNAL_FORKED, str(journal_id), facts)

    async def uncounted(self, unit: Unit, reasons: Sequence[str]) -> None:
        """Events cannot be counted: told once a UTC day for each device, with the first reason."""
        device_id = str(unit.principal.device_id)
        facts = {"device_id": device_id, "problem": reasons[0], "events": str(len(reasons))}
        key = f"{device_id}/{unit.now.date().isoformat()}"
        await self._notifications.tell(unit, Kind.USAGE_PROBLEM, key, facts)
