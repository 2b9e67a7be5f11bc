"""Stripe's events pass the gateway to the byte, without a key."""

import httpx
import pytest

from gateway.webhooks import MAX_BYTES, WEBHOOK_PATH
from mesh.errors import InvalidArgument
from tests.gateway.backend import Backend

BODY = b'{ "id" : "evt_1",\r\n\t"name": "\xc3\xa9\\u00e9" }\n'
SIGNED = {"stripe-signature": "t=1,v1=aa", "content-type": "text/plain"}


async def test_the_body_arrives_to_the_byte(http: httpx.AsyncClient, backend: Backend) -> None:
    response = await http.post(WEBHOOK_PATH, content=BODY, headers=SIGNED)
    assert (response.status_code, response.json()) == (200, {"received": True})
    (seen,) = backend.seen
    assert (seen.request.payload, seen.request.signature) == (BODY, "t=1,v1=aa")  # type: ignore[attr-defined]


async def test_what_is_not_believed_is_a_bad_request(
    http: httpx.AsyncClient, backend: Backend
) -> None:
    backend.answers["ReceiveStripeEvent"] = InvalidArgument.field("signature", "is not valid")
    response = await http.post(WEBHOOK_PATH, content=BODY, headers=SIGNED)
    assert response.status_code == 400
    assert response.json()["errors"][0]["field"] == "signature"


@pytest.mark.parametrize(
    ("content", "headers", "status"),
    [
        (BODY, {}, 400),
        (b"", SIGNED, 400),
        (BODY, [("stripe-signature", "a"), ("stripe-signature", "b")], 400),
        (b"x" * (MAX_BYTES + 1), SIGNED, 413),
    ],
)
async def test_what_cannot_be_an_event_goes_no_further(
    http: httpx.AsyncClient, backend: Backend, content: bytes, headers: object, status: int
) -> None:
    response = await http.post(WEBHOOK_PATH, content=content, headers=headers)  # type: ignore[arg-type]
    assert response.status_code == status
    assert backend.seen == []
