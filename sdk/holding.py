"""Which licence an instance holds, and why it may have none. No I/O."""

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

from rights.errors import TokenFault, TokenInvalid
from rights.ids import parse_tenant, render_tenant
from rights.keys import KeySet
from rights.revocations import RevocationList, check_newer, read_list
from rights.trust import PublishedKeys
from sdk.clock import ForwardClock
from sdk.license import License, stated_issue
from sdk.refusal import NotLicensed
from sdk.shelf import Denial, Kept

_REVOKED = "LICENSE_REVOKED"
_NEVER = NotLicensed(
    "NEVER_VALIDATED", "license", "there is no licence yet; set LICENSE_JWT or reach the cloud"
)


@dataclass(frozen=True, slots=True)
class Terms:
    """What the instance was given: its customer's id, the issuer, the first token ("" for
    none), the configured public keys and a revocation list ("" for none)."""

    customer_id: str
    issuer: str
    token: str
    keys: KeySet
    revocation_list: str = ""


class Holding:
    """The newest genuine licence, what was revoked, the trusted keys and the clock.

    Trusted are the keys that the cloud published last and the configured ones that it did
    not withdraw, but never one that was retired: the trust epoch only goes up.
    """

    def __init__(self, terms: Terms, kept: Kept, clock: ForwardClock) -> None:
        """`kept` is what an earlier run left; the better of its token and the given one counts.

        No revocation list is honoured yet: `recall_list` and `take_list` come after.
        """
        self._terms = terms
        self._clock = clock
        self._published = kept.keys
        self._withdrawn = kept.withdrawn
        self._trust = kept.trust
        self._customer_id = _expected(terms, kept)
        same = self._customer_id is not None and kept.customer_id == self._customer_id
        self._denial = kept.denial if same else None
        self._last_token = kept.token if same else ""
        self._list: RevocationList | None = None
        self._list_token = ""
        self._license: License | None = None
        self._reconsider()

    @property
    def license(self) -> License | None:
        """The licence held, whether or not it may be used now."""
        return self._license

    def current(self) -> License:
        """The licence, which holds now. Raises NotLicensed."""
        now = self._clock.now()
        if self._denial is not None:
            raise NotLicensed(self._denial.reason, "license", self._denial.why)
        if (behind := self._clock.turned_back()) is not None:
            raise NotLicensed(
                "CLOCK_INVALID",
                "clock",
                f"the clock is {_hours(behind.total_seconds())} behind what was seen before; "
                "set it right, or reach the cloud, whose signed time settles it",
            )
        if self._license is None:
            raise _again(self._why)
        if self._license.expired(now):
            raise NotLicensed(
                "LICENSE_EXPIRED",
                "license",
                f"the licence ended at {self._license.expires_at.isoformat()}; renew it",
            )
        return self._license

    def take(self, token: str) -> License:
        """Takes the token that the cloud signed just now; its time corrects the clock.

        Raises TokenInvalid when it is not genuine, not this customer's, revoked, or older than
        the one that is held.
        """
        license_ = self._verify(token, lambda issued: issued or self._clock.now())
        held = self._license
        if held is not None and license_.issued_at < held.issued_at:
            raise TokenInvalid(TokenFault.NOT_YET_VALID, "the token is older than the one held")
        self._license = license_
        self._customer_id = license_.customer_id
        self._denial = None
        self._clock.heard(license_.issued_at)
        return license_

    def trust(self, now: PublishedKeys) -> None:
        """Takes the keys that the cloud publishes now; a licence under a withdrawn one is lost.

        Raises TrustOlder for those of an older trust epoch than is known.
        """
        self._trust = self._trust.after(now.trust)
        published = now.keys
        given = set(self._withdrawn) | set(self._terms.keys.kids)
        if self._published is not None:
            given |= set(self._published.kids)
        self._published = published
        self._withdrawn = frozenset(given - set(published.kids))
        self._reconsider()

    def take_list(self, token: str) -> None:
        """Takes a revocation list: a licence that it voids is lost, whatever comes later.

        Raises TokenInvalid when it is not genuine or not this customer's, ListOlder and
        TrustOlder when it would take back what is known.
        """
        given = self._read_list(token)
        trust = self._trust.after(given.trust)
        if self._list is not None:
            check_newer(self._list, given)
        self._trust = trust
        self._honour(token, given)

    def recall_list(self, token: str) -> None:
        """Honours the list that an earlier run took. Raises TokenInvalid."""
        self._honour(token, self._read_list(token))

    def deny(self, reason: str, why: str) -> None:
        """The cloud refuses a licence; it holds until a later one, restarts included."""
        self._denial = Denial(reason, why, self._clock.now())

    def kept(self) -> Kept:
        """What to persist."""
        return Kept(
            token=self._license.token if self._license is not None else self._last_token,
            keys=self._published,
            withdrawn=self._withdrawn,
            high_water=self._clock.now(),
            asked_for=self._terms.customer_id,
            customer_id=self._customer_id or "",
            denial=self._denial,
            trust=self._trust,
            revocation_list=self._list_token,
        )

    def _read_list(self, token: str) -> RevocationList:
        held = self._license
        customer_id = self._customer_id or (held.customer_id if held is not None else None)
        if customer_id is None:
            raise TokenInvalid(TokenFault.AUDIENCE_WRONG, "it is not known yet whose list to take")
        return read_list(token, self._keys(), issuer=self._terms.issuer, customer_id=customer_id)

    def _honour(self, token: str, revocations: RevocationList) -> None:
        self._list, self._list_token = revocations, token
        self._reconsider()

    def _reconsider(self) -> None:
        """What is trusted may have changed: only a licence that still holds is held."""
        if self._license is not None:
            self._last_token = self._license.token
        self._license, self._why = None, _NEVER
        for token in (self._last_token, self._terms.token):
            self._consider(token)

    def _consider(self, token: str) -> None:
        """Takes a token of some earlier time unless a newer one is held."""
        if not token:
            return
        try:
            found = self._verify(token, lambda issued: max(self._clock.now(), issued or _EARLY))
        except TokenInvalid as error:
            if self._license is None and self._why.reason != _REVOKED:
                self._why = NotLicensed(
                    error.error_reason, "license", f"the licence token is refused: {error.text}"
                )
            return
        self._clock.at_least(found.issued_at)
        if self._license is None or found.issued_at > self._license.issued_at:
            self._license = found
        if self._denial is not None and found.issued_at > self._denial.at:
            self._denial = None

    def _verify(self, token: str, moment: Callable[[datetime | None], datetime]) -> License:
        """Verifies at the moment made of the token's own time of issue, which this proves."""
        found = License.from_token(
            token,
            self._keys(),
            moment(stated_issue(token)),
            issuer=self._terms.issuer,
            customer_id=self._customer_id,
        )
        if self._list is not None:
            void = self._list.void(found.claims.kid, found.issued_at, None)
            if void is not None:
                raise void
        return found

    def _keys(self) -> KeySet:
        keys = {kid: self._terms.keys.find(kid) for kid in self._terms.keys.kids}
        if self._published is not None:
            keys |= {kid: self._published.find(kid) for kid in self._published.kids}
        trusted = (
            key for kid, key in keys.items() if key is not None and kid not in self._withdrawn
        )
        return KeySet(trusted, self._trust.retired)


_EARLY = datetime.fromisoformat("1970-01-01T00:00:00+00:00")


def _expected(terms: Terms, kept: Kept) -> str | None:
    """The customer as tokens write it; for an older system's id what it stood for before."""
    tenant_id = parse_tenant(terms.customer_id)
    if tenant_id is not None:
        return render_tenant(tenant_id)
    return kept.customer_id or None if kept.asked_for == terms.customer_id else None


def _again(error: NotLicensed) -> NotLicensed:
    """A fresh copy: an exception that is raised twice collects tracebacks."""
    return NotLicensed(error.reason, error.guard, error.message)


def _hours(seconds: float) -> str:
    return f"{seconds / 3600:.1f} hours" if seconds >= 3600 else f"{seconds / 60:.0f} minutes"
