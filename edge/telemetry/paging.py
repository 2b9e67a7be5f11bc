"""Page tokens: opaque to the caller, a cursor to us."""

import base64
import binascii
from datetime import UTC, datetime, timedelta
from uuid import UUID

from edge.telemetry.store import Cursor
from mesh.errors import InvalidArgument

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_LENGTH = 24


def write_token(cursor: Cursor) -> str:
    """The token of the page after `cursor`: microseconds and id in URL-safe base64."""
    micros = (cursor.event_time - _EPOCH) // timedelta(microseconds=1)
    raw = micros.to_bytes(8, "big", signed=True) + cursor.telemetry_id.bytes
    return base64.urlsafe_b64encode(raw).decode()


def read_token(token: str) -> Cursor | None:
    """What `write_token` wrote; None for the empty token, which asks for the first page.

    Raises InvalidArgument for anything else.
    """
    if not token:
        return None
    try:
        raw = base64.b64decode(token.encode(), altchars=b"-_", validate=True)
        if len(raw) != _LENGTH:
            raise ValueError
        moment = _EPOCH + timedelta(microseconds=int.from_bytes(raw[:8], "big", signed=True))
    except (ValueError, binascii.Error, OverflowError):
        raise InvalidArgument.field("page_token", "is not a token of a former page") from None
    return Cursor(moment, UUID(bytes=raw[8:]))
