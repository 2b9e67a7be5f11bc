"""Reading a JSON body, within bounds."""

from __future__ import annotations

from starlette.exceptions import HTTPException
from starlette.requests import Request

from mesh.errors import TooLarge

_EXPECTED = "send the body as application/json, without a content-encoding"


async def read_body(request: Request, limit: int) -> bytes:
    """The whole body, of at most `limit` bytes; empty when there is none.

    Raises:
        TooLarge: before the rest of it is read.
        HTTPException: 415 when it is not declared as JSON, or is compressed.
    """
    body = await read_bytes(request, limit)
    if body and not _is_json(request):
        raise HTTPException(415, _EXPECTED)
    return body


async def read_bytes(request: Request, limit: int) -> bytes:
    """The whole body as it came. Raises TooLarge before the rest of it is read."""
    too_large = TooLarge(f"the body is larger than {limit} bytes")
    declared = request.headers.get("content-length", "")
    if declared.isdecimal() and int(declared[:20]) > limit:
        raise too_large
    body = bytearray()
    async for chunk in request.stream():
        body += chunk
        if len(body) > limit:
            raise too_large
    return bytes(body)


def _is_json(request: Request) -> bool:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    encoding = request.headers.get("content-encoding", "identity").strip().lower()
    return kind == "application/json" and encoding == "identity"
