"""Calls that known callers may not make, counted in the audit log."""

from billing.audit.actions import Action
from billing.audit.entry import Actor, Tally
from billing.audit.tallies import TallyLog
from mesh.principal import Principal
from rights.audit_chain import VENDOR_CHAIN


class DenialLog:
    """Counts in the chain of the caller's tenant, or in the vendor's own for one without."""

    def __init__(self, tallies: TallyLog) -> None:
        """Where it is counted."""
        self._tallies = tallies

    async def denied(self, principal: Principal, method: str, reason: str, request_id: str) -> None:
        """As mesh.denials.Denials.denied."""
        tenant_id = principal.tenant_id or VENDOR_CHAIN
        tally = Tally(tenant_id, Action.CALL_REFUSED, f"rpc{method}", reason)
        actor = Actor(principal.kind.value, principal.subject, request_id)
        await self._tallies.note([tally], actor)
