"""Calls of EdgeService against the quota of api_call: asked before, counted after."""

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

from edge.entitlements.wallet import Wallet
from edge.usage.counts import LeaseSpan
from mesh.call import current_call
from mesh.errors import MeshError, QuotaExhausted, StorageFull, Unavailable
from rights.quantity import UNITS_PER_ONE, format_quantity
from rights.steps import Refusal

CountCall = Callable[[str, LeaseSpan | None], Awaitable[None]]


class CallMeter:
    """Counts answered calls, each before its answer leaves."""

    def __init__(self, calls: Wallet, count_call: CountCall) -> None:
        """`count_call` returns once a call of a method is durably counted."""
        self._calls = calls
        self._count_call = count_call

    @asynccontextmanager
    async def metered(self, *, always: bool = False) -> AsyncIterator[None]:
        """Around one call. What keeps a node manageable is answered `always`: beyond the quota, or
        without room for its count, it is not counted.

        Raises QuotaExhausted, StorageFull; Unavailable (DECISION_UNAVAILABLE) when nobody can say.
        """
        hold = self._calls.take()
        if hold is None:
            if not always:
                raise refusal(self._calls)
            yield
            return
        try:
            yield
            hold.counted = True
            try:
                await self._count_call(current_call().method, hold.lease)
            except MeshError as error:
                hold.counted = False
                if not (always and isinstance(error, StorageFull)):
                    raise
        finally:
            hold.close()


def refusal(wallet: Wallet, amount_e5: int = UNITS_PER_ONE) -> MeshError:
    """What a caller is told who finds less left than `amount_e5`, in units of 0.00001."""
    step, word = wallet.step(), wallet.word
    if step.refusal is Refusal.DECISION_UNAVAILABLE:
        error = Unavailable("quota")
        error.reason, error.message = "DECISION_UNAVAILABLE", step.text
        return error
    known = {"limit": word.limit, "used": word.used} if word is not None else {}
    metadata = {name: value for name, value in known.items() if value is not None}
    reset = word.resets_at if word is not None else None
    left = format_quantity(max(0, wallet.left_e5))
    text = step.text
    if step.passed:
        asked = format_quantity(amount_e5)
        text = f"{asked} {wallet.metric} are asked for; {step.text}, and no more could be had"
    return QuotaExhausted(wallet.metric, text, reset, metadata={**metadata, "remaining": left})
