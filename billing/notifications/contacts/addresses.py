"""Whether an address can be one of its channel."""

import re
from email.headerregistry import Address

from billing.notifications.channels.public import check_url
from billing.notifications.rows import ChannelKind
from mesh.errors import InvalidArgument

_NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
_EMAIL = re.compile(r"[^@\s]{1,64}@[A-Za-z0-9](?:[A-Za-z0-9.-]{0,252}[A-Za-z0-9])?")


def check_address(channel: ChannelKind, text: str, *, allow_private: bool) -> str:
    """The address as it is kept. Raises InvalidArgument naming `address`."""
    match channel:
        case ChannelKind.EMAIL:
            return _email(text)
        case ChannelKind.SMS:
            if _NUMBER.fullmatch(text) is None:
                raise InvalidArgument.field("address", "write a number as +14155550123 (E.164)")
            return text
        case ChannelKind.WEBHOOK:
            return check_url(text, allow_private=allow_private)


def _email(text: str) -> str:
    fits = text.isascii() and text.isprintable() and _EMAIL.fullmatch(text) is not None
    try:
        found = Address(addr_spec=text).addr_spec if fits else ""
    except (ValueError, IndexError):
        found = ""
    if found != text or not text:
        raise InvalidArgument.field("address", "not an e-mail address")
    return text
