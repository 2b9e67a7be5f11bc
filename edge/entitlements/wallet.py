"""What is left of one metric, in memory: asked before each use, never waits."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

from edge.entitlements.lease import Lease, QuotaWord
from edge.usage.counts import LeaseSpan
from rights.catalog.model import WhenUnknown
from rights.quantity import UNITS_PER_ONE, format_quantity
from rights.steps import Refusal, Rule, Step


class Hold:
    """An amount set aside, until `close`."""

    __slots__ = ("_amount_e5", "_open", "_wallet", "counted", "lease")

    def __init__(self, wallet: "Wallet", lease: LeaseSpan | None, amount_e5: int) -> None:
        """`lease` is what the use has to be counted under. `counted` is set as soon as it may be:
        then the amount does not come back."""
        self._amount_e5 = amount_e5
        self._wallet = wallet
        self._open = True
        self.lease = lease
        self.counted = False

    def close(self) -> None:
        """Gives the amount back unless it was counted; a second call does nothing."""
        if self._open and self.lease is not None:
            self._wallet.put_back(self.lease, self._amount_e5, counted=self.counted)
        self._open = False


class Wallet:
    """One metric of this node. `policy` counts until the cloud was ever heard about it."""

    def __init__(self, metric: str, policy: WhenUnknown, now: Callable[[], datetime]) -> None:
        """`now` is the forward clock (aware)."""
        self.metric = metric
        self.policy = policy
        self.word: QuotaWord | None = None
        self.lease: Lease | None = None
        self.left_e5 = 0
        self.taken_e5 = 0
        self.refusals = 0
        self.out: dict[UUID, int] = {}  # what is set aside, by lease, in units of 0.00001
        self._span: LeaseSpan | None = None
        self._now = now

    def take(self, amount_e5: int = UNITS_PER_ONE) -> Hold | None:
        """Sets an amount aside, in units of 0.00001; None when too little is left."""
        hold = self._set_aside(amount_e5)
        if hold is not None:
            return hold
        if self.lease is None and self.step().passed:
            return Hold(self, None, amount_e5)
        self.refusals += 1
        return None

    def spend(self, amount_e5: int) -> Hold:
        """Sets aside what was used already, of the lease where it has so much left."""
        return self._set_aside(amount_e5) or Hold(self, None, amount_e5)

    def has(self, amount_e5: int) -> bool:
        """Whether `take` would set so much aside."""
        lease = self.lease
        if lease is None:
            return self.step().passed
        return self.left_e5 >= amount_e5 and self._now() < lease.expires_at

    def _set_aside(self, amount_e5: int) -> Hold | None:
        lease = self.lease
        if lease is None or self.left_e5 < amount_e5 or self._now() >= lease.expires_at:
            return None
        self.left_e5 -= amount_e5
        self.taken_e5 += amount_e5
        self.out[lease.lease_id] = self.out.get(lease.lease_id, 0) + amount_e5
        return Hold(self, self._span, amount_e5)

    def put_back(self, lease: LeaseSpan, amount_e5: int, *, counted: bool) -> None:
        """Ends a hold; what a former lease lent stays with it."""
        self.out[lease.lease_id] -= amount_e5
        if not self.out[lease.lease_id]:
            del self.out[lease.lease_id]
        if not counted and self.lease is not None and lease.lease_id == self.lease.lease_id:
            self.left_e5 += amount_e5
            self.taken_e5 -= amount_e5

    def hold_lease(self, lease: Lease | None, spent_e5: int) -> None:
        """Takes a lease of which so much is spent already, holds included."""
        self.lease = lease
        self._span = lease.span if lease is not None else None
        self.left_e5 = lease.granted_e5 - spent_e5 if lease is not None else 0

    def grow(self, lease: Lease) -> None:
        """The lease that is held has another size or end."""
        assert self.lease is not None
        self.left_e5 += lease.granted_e5 - self.lease.granted_e5
        self.lease, self._span = lease, lease.span

    def step(self) -> Step:
        """Whether one more may be used now, and why: the rule that `take` keeps to."""
        lease, word = self.lease, self.word
        if lease is not None:
            return self._of(lease)
        if word is None:
            return self._unknown()
        if not word.limited:
            text = f"{self.metric} had no limit at {word.answered_at.isoformat()}"
            return Step(Rule.QUOTA, None, text)
        reset = f"; it resets at {word.resets_at.isoformat()}" if word.resets_at else ""
        limit = f" of {word.limit}" if word.limit is not None else ""
        text = f"nothing{limit} {self.metric} is left for this node{reset}"
        return Step(Rule.QUOTA, Refusal.QUOTA_EXHAUSTED, text)

    def _of(self, lease: Lease) -> Step:
        ends = lease.expires_at.isoformat()
        if self._now() >= lease.expires_at:
            text = f"the lease of {self.metric} ended at {ends}, and no other could be had"
            return Step(Rule.LEASE, Refusal.QUOTA_EXHAUSTED, text)
        granted = format_quantity(lease.granted_e5)
        if self.left_e5 < UNITS_PER_ONE:
            text = f"the lease of {granted} {self.metric} is spent, and no more could be had"
            return Step(Rule.LEASE, Refusal.QUOTA_EXHAUSTED, text)
        left = format_quantity(self.left_e5)
        text = f"{left} of the {granted} {self.metric} lent until {ends} are left"
        return Step(Rule.LEASE, None, text)

    def _unknown(self) -> Step:
        text = f"the cloud never said how much {self.metric} there is"
        if self.policy is WhenUnknown.OPEN:
            return Step(Rule.QUOTA, None, f"{text}; it is open then")
        return Step(Rule.QUOTA, Refusal.DECISION_UNAVAILABLE, f"{text}; it is closed then")
