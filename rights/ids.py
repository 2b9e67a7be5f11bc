"""How a tenant's id is written.

A tenant is one UUID; ``cust_`` and its 32 hex digits is the rendering that
callers see. Opaque ids of older systems are aliases, which only a store knows.
"""

import re
from uuid import UUID

_RENDERED = re.compile(r"cust_([0-9a-f]{32})")
_PLAIN = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")


def render_tenant(tenant_id: UUID) -> str:
    """``cust_`` and 32 lower-case hex digits."""
    return f"cust_{tenant_id.hex}"


def parse_tenant(text: str) -> UUID | None:
    """The UUID behind a rendered or plain id; None when the text can only be an alias."""
    rendered = _RENDERED.fullmatch(text)
    if rendered is not None:
        return UUID(hex=rendered[1])
    return UUID(text) if _PLAIN.fullmatch(text) else None
