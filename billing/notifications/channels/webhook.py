"""Webhooks: a signed POST of JSON to an address of the tenant's own."""

import json
import ssl
from functools import cached_property

import httpx

from billing.notifications.channels.channel import DELIVERED, Delivery, Outcome
from billing.notifications.channels.public import NotPublicError, Resolve, pinned, resolve
from billing.notifications.channels.signature import signed_headers
from billing.notifications.texts import Message
from mesh.clock import Clock
from rights.ids import render_tenant

_TIMEOUT_S = 10.0
_ADDRESSES = 3
_GONE = 410
_PORTS = {"https": 443, "http": 80}


class WebhookChannel:
    """Follows no redirect, reads no answer's body, and goes to public addresses alone."""

    def __init__(
        self,
        clock: Clock,
        *,
        allow_private: bool,
        resolving: Resolve = resolve,
        tls: ssl.SSLContext | None = None,
    ) -> None:
        """`allow_private` lets addresses of the vendor's own network through, for tests and
        networks without an outside; `tls` says whom to trust, the system's authorities when None.
        """
        self._clock = clock
        self._allow_private = allow_private
        self._resolving = resolving
        self._tls = tls

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        """A 2xx is a delivery, 410 says that nobody will ever want it."""
        if delivery.secret is None:
            return Outcome(False, "the contact point was removed", final=True)
        url = httpx.URL(delivery.address)
        port = url.port or _PORTS.get(url.scheme, 443)
        try:
            addresses = await pinned(
                url.host, port, self._resolving, allow_private=self._allow_private
            )
        except NotPublicError:
            return Outcome(False, "the host leads to an address that is not public", final=True)
        except (OSError, UnicodeError):
            return Outcome(False, "the host was not found")
        body = json.dumps(payload(delivery, message), separators=(",", ":")).encode()
        sent_at = int(self._clock.now().timestamp())
        headers = signed_headers(delivery.secret, str(delivery.notification_id), sent_at, body) | {
            "content-type": "application/json"
        }
        for address in addresses[:_ADDRESSES]:
            try:
                return _said(await self._post(url, address, body, headers))
            except (httpx.ConnectError, httpx.ConnectTimeout):
                continue
            except httpx.HTTPError:
                return Outcome(False, "the receiver did not answer")
        return Outcome(False, "the receiver could not be reached")

    async def close(self) -> None:
        """Closes the connections."""
        if "_client" in vars(self):
            await self._client.aclose()

    @cached_property
    def _client(self) -> httpx.AsyncClient:
        """Made for the first webhook: reading whom the system trusts takes long."""
        return httpx.AsyncClient(
            verify=self._tls if self._tls is not None else True,
            timeout=_TIMEOUT_S,
            follow_redirects=False,
            trust_env=False,
            limits=httpx.Limits(max_keepalive_connections=0),
        )

    async def _post(
        self, url: httpx.URL, address: str, body: bytes, headers: dict[str, str]
    ) -> int:
        """The status of the answer. Host and certificate are those of the name, not the address."""
        async with self._client.stream(
            "POST",
            url.copy_with(host=address),
            content=body,
            headers=headers | {"host": url.netloc.decode("ascii")},
            extensions={"sni_hostname": url.raw_host.decode("ascii")},
        ) as response:
            return response.status_code


def payload(delivery: Delivery, message: Message) -> dict[str, object]:
    """What the receiver gets: `type`, `timestamp` and `data`, as Standard Webhooks lay it out."""
    return {
        "type": delivery.kind.value,
        "timestamp": delivery.created_at.isoformat().replace("+00:00", "Z"),
        "data": {
            "notification_id": str(delivery.notification_id),
            "tenant_id": render_tenant(delivery.tenant_id),
            "subject": message.subject,
            **delivery.facts,
        },
    }


def _said(status: int) -> Outcome:
    if 200 <= status < 300:
        return DELIVERED
    return Outcome(False, f"the receiver answered {status}", final=status == _GONE)
