"""Stripe's events: those that it keeps, and those that it delivers."""

import json
from collections.abc import AsyncIterator
from datetime import datetime, timedelta

import stripe

from billing.payments.stripe import read
from billing.payments.stripe.client import StripeConnection
from billing.payments.values import Event
from mesh.errors import Unauthenticated

TOLERANCE = timedelta(minutes=5)
_PAGE = 100


class StripeEvents:
    """`Events` of the provider."""

    def __init__(self, connection: StripeConnection, secrets: tuple[str, ...]) -> None:
        """An event signed with any of `secrets` is believed."""
        self._connection = connection
        self._secrets = secrets

    async def since(self, moment: datetime) -> AsyncIterator[Event]:
        """See the protocol."""
        call = self._connection.v1.events.list_async(
            {"created": {"gte": read.seconds(moment)}, "limit": _PAGE}
        )
        async for each in self._connection.pages(call):
            yield read.event(each)

    def verify(self, payload: bytes, signature: str, now: datetime) -> Event:
        """See the protocol."""
        if not any(_signed(payload, signature, secret) for secret in self._secrets):
            raise Unauthenticated(message="the event's signature is not valid")
        if abs(_signed_at(signature) - now) > TOLERANCE:
            raise Unauthenticated(message="the event's signature is too old or from the future")
        try:
            return read.event(json.loads(payload))
        except (ValueError, KeyError, TypeError, AttributeError):
            raise Unauthenticated(message="the event cannot be read") from None


def _signed(payload: bytes, signature: str, secret: str) -> bool:
    """Without Stripe's own tolerance, which looks to one side and at the machine's clock."""
    try:
        stripe.WebhookSignature.verify_header(payload, signature, secret)
    except (stripe.SignatureVerificationError, UnicodeDecodeError):
        return False
    return True


def _signed_at(signature: str) -> datetime:
    """The time of a header whose signature was verified: the first one, which is what was signed,
    so that a second one cannot make an old event young."""
    times = [part[2:] for part in signature.split(",") if part.startswith("t=")]
    try:
        return read.moment(int(times[0]))
    except (IndexError, ValueError, OverflowError, OSError):
        raise Unauthenticated(message="the event's signature cannot be read") from None
