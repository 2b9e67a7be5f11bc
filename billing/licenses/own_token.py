"""The tenant's own licence token."""

from billing.audit.actions import Action
from billing.licenses.service import LicensesService
from billing.licenses.tokens import SignedToken, TokenIssuer
from billing.subscriptions.terms import TermsReader
from billing.unit import Unit
from mesh.errors import FailedPrecondition


class OwnTokens:
    """Issues it, and has the audit log count that."""

    def __init__(self, licenses: LicensesService, terms: TermsReader, issuer: TokenIssuer) -> None:
        """What it says, and who signs."""
        self._licenses = licenses
        self._terms = terms
        self._issuer = issuer

    async def issue(self, unit: Unit) -> SignedToken:
        """Raises NotFound, and FailedPrecondition as `TokenIssuer.for_tenant` does."""
        row = await self._licenses.row(unit)
        terms = await self._terms.read(unit)
        named = f"tenant/{unit.tenant_id}"
        try:
            signed = self._issuer.for_tenant(unit.tenant_id, row, terms, unit.now)
        except FailedPrecondition as refusal:
            unit.refused(Action.TOKEN_REFUSED, named, refusal.reason)
            raise
        unit.counted(Action.TOKEN_ISSUED, named)
        return signed
