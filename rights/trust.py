"""Which signing keys are trusted no longer: retired kids, counted by a global trust epoch.

Retiring a key raises the epoch by one. A verifier remembers the highest epoch that it was told of
and every kid retired so far, and lets nobody take either back.
"""

from dataclasses import dataclass

from rights.errors import TokenFault, TokenInvalid, TrustOlder
from rights.keys import KeySet


@dataclass(frozen=True, slots=True)
class Trust:
    """The trust epoch (0: never told) and the kids retired up to it."""

    epoch: int = 0
    retired: frozenset[str] = frozenset()

    def after(self, heard: "Trust") -> "Trust":
        """What holds once ``heard`` was heard: the newer epoch, and every kid ever retired.

        Raises TrustOlder when ``heard`` is of an older epoch.
        """
        if heard.epoch < self.epoch:
            raise TrustOlder(self.epoch, heard.epoch)
        return Trust(heard.epoch, self.retired | heard.retired)

    def void(self, kid: str) -> TokenInvalid | None:
        """Why what the key signed is void, None when it is not."""
        if kid in self.retired:
            return TokenInvalid(TokenFault.KEY_RETIRED, "the token's key was retired")
        return None


NEVER_TOLD = Trust()
"""What holds before anybody said anything."""


@dataclass(frozen=True, slots=True)
class PublishedKeys:
    """The keys that verify tokens, as published at one trust epoch."""

    keys: KeySet
    trust: Trust
