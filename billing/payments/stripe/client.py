"""The one connection to Stripe: addresses, retries, times, and its errors as ours."""

from collections.abc import AsyncIterator, Awaitable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, TypeVar

import stripe
from stripe import RequestOptions, StripeClient

from mesh.errors import FailedPrecondition, MeshError, NotFound, Unavailable

PROVIDER = "stripe"

_WAIT_WHEN_BUSY = timedelta(seconds=5)
_MISSING = "resource_missing"

T = TypeVar("T", bound=stripe.StripeObject)


@dataclass(frozen=True, slots=True)
class StripeSettings:
    """How to reach Stripe. `api_url` is None for the real one, `webhook_secrets` are all live."""

    secret_key: str
    api_url: str | None = None
    webhook_secrets: tuple[str, ...] = ()
    timeout: timedelta = timedelta(seconds=20)
    retries: int = 2


class _Http(stripe.HTTPXClient):
    """Sends a body as httpx wants it; the library's own way is deprecated there."""

    def _get_request_args_kwargs(
        self, method: str, url: str, headers: Mapping[str, str], post_data: Any
    ) -> list[Any]:
        return [(method, url), {"headers": headers, "content": post_data, "timeout": self._timeout}]


class StripeConnection:
    """A client whose every call goes through `ask` or `pages`."""

    def __init__(self, settings: StripeSettings) -> None:
        """Opens nothing before the first call."""
        self._http = _Http(timeout=settings.timeout.total_seconds())
        base = settings.api_url.rstrip("/") if settings.api_url is not None else None
        client = StripeClient(
            settings.secret_key,
            base_addresses={"api": base, "meter_events": base} if base is not None else {},
            max_network_retries=settings.retries,
            http_client=self._http,
        )
        self.v1 = client.v1

    async def ask(self, call: Awaitable[stripe.StripeObject]) -> dict[str, Any]:
        """The object that a call answers. Raises what `PaymentProvider` says."""
        try:
            return (await call).to_dict()
        except stripe.StripeError as error:
            raise mesh_error(error) from error

    async def pages(self, call: Awaitable[stripe.ListObject[T]]) -> AsyncIterator[dict[str, Any]]:
        """Every object of a list, page by page. Raises as `ask`."""
        try:
            async for each in (await call).auto_paging_iter():
                yield each.to_dict()
        except stripe.StripeError as error:
            raise mesh_error(error) from error

    async def aclose(self) -> None:
        """Closes connections."""
        await self._http.close_async()  # type: ignore[no-untyped-call]


def once(key: str) -> RequestOptions:
    """Lets a call be sent again under its idempotency key."""
    return {"idempotency_key": key}


def mesh_error(error: stripe.StripeError) -> MeshError:
    """The typed error of a failed call; Stripe's own text stays in the cause."""
    code = error.code or type(error).__name__
    if isinstance(error, stripe.CardError):
        return FailedPrecondition(
            "PAYMENT_FAILED", "payment", f"the payment failed: {code}", metadata={"code": code}
        )
    if isinstance(error, stripe.RateLimitError):
        return Unavailable(PROVIDER, _WAIT_WHEN_BUSY)
    if error.http_status == 404 or code == _MISSING:
        return NotFound("payment object", str(getattr(error, "param", None) or ""))
    refusal = isinstance(error, stripe.InvalidRequestError | stripe.IdempotencyError)
    if not refusal or error.http_status == 409:
        return Unavailable(PROVIDER)
    return FailedPrecondition(
        "PAYMENT_PROVIDER_REFUSED",
        PROVIDER,
        f"the payment provider refused the call: {code}",
        metadata={"code": code},
    )
