"""Text messages through any provider that takes a POST of JSON."""

import httpx

from billing.notifications.channels.channel import DELIVERED, Delivery, Outcome
from billing.notifications.texts import Message

_TIMEOUT_S = 10.0
_REFUSED = {400, 422}


class SmsChannel:
    """POSTs `{"to", "text"}` with the token as bearer, and the delivery's id as Idempotency-Key."""

    def __init__(self, url: str, token: str | None) -> None:
        """`url` and `token` are the provider's."""
        self._url = url
        headers = {"authorization": f"Bearer {token}"} if token else {}
        self._client = httpx.AsyncClient(
            timeout=_TIMEOUT_S, follow_redirects=False, trust_env=False, headers=headers
        )

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        """The provider's 2xx is a delivery; 400 and 422 refuse the number for good."""
        key = f"{delivery.notification_id}.{delivery.point_id}"
        try:
            async with self._client.stream(
                "POST",
                self._url,
                json={"to": delivery.address, "text": message.sms},
                headers={"idempotency-key": key},
            ) as response:
                status = response.status_code
        except httpx.HTTPError:
            return Outcome(False, "the SMS provider could not be reached")
        if 200 <= status < 300:
            return DELIVERED
        return Outcome(False, f"the SMS provider answered {status}", final=status in _REFUSED)

    async def close(self) -> None:
        """Closes the connections."""
        await self._client.aclose()
