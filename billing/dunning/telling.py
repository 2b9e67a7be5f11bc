"""What a tenant is told of a payment that is late."""

from billing.dunning.late import OpenInvoice
from billing.notifications.kinds import Kind
from billing.notifications.service import NotificationsService
from billing.unit import Unit
from rights.dunning import DunningStage, Ladder


class DunningTelling:
    """Tells in the transaction that moves the tenant to a stage, once for each invoice."""

    def __init__(self, notifications: NotificationsService, ladder: Ladder) -> None:
        """`ladder` says when what follows."""
        self._notifications = notifications
        self._ladder = ladder

    async def reached(self, unit: Unit, late: OpenInvoice, stage: DunningStage) -> None:
        """Grace is part of what the first telling said; the end is told by `ended`."""
        facts = {"invoice_id": "", "number": late.invoice, "total": ""}
        if stage is DunningStage.PAST_DUE:
            at = self._ladder.begin(DunningStage.SUSPENDED, late.due_since).isoformat()
            kind, facts = Kind.SUBSCRIPTION_PAST_DUE, {**facts, "suspends_at": at}
        elif stage is DunningStage.SUSPENDED:
            at = self._ladder.begin(DunningStage.CANCELED, late.due_since).isoformat()
            kind, facts = Kind.SUSPENDED, {**facts, "cancels_at": at}
        else:
            return
        await self._notifications.tell(unit, kind, late.invoice, facts)

    async def ended(self, unit: Unit, late: OpenInvoice, plans: list[str]) -> None:
        """The plans that ended with the last stage, by name."""
        facts = {"plan": ", ".join(plans), "ends_at": unit.now.isoformat()}
        await self._notifications.tell(unit, Kind.CANCELED, late.invoice, facts)
