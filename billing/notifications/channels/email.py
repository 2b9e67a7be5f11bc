"""E-mail by SMTP (RFC 5321), as plain text and as HTML."""

import html
from dataclasses import dataclass
from email.headerregistry import Address
from email.message import EmailMessage
from email.policy import SMTP
from email.utils import format_datetime
from urllib.parse import unquote, urlsplit

import aiosmtplib
from aiosmtplib import SMTPException, SMTPRecipientsRefused, SMTPResponseException

from billing.notifications.channels.channel import DELIVERED, Delivery, Outcome
from billing.notifications.channels.papers import Papers
from billing.notifications.texts import Message
from mesh.errors import MeshError

_TIMEOUT_S = 20.0
_PERMANENT = range(500, 600)
_LOOPBACK = {"localhost", "127.0.0.1", "::1"}


@dataclass(frozen=True, slots=True, repr=False)
class SmtpServer:
    """Where e-mail goes. `tls` is from the first byte (smtps); otherwise STARTTLS is used where
    the server has it, and demanded before a password leaves for another machine."""

    host: str
    port: int
    user: str | None
    password: str | None
    tls: bool

    @classmethod
    def read(cls, url: str) -> "SmtpServer":
        """From `smtp(s)://user:password@host:port`. Raises ValueError."""
        parts = urlsplit(url)
        if parts.scheme not in ("smtp", "smtps") or not parts.hostname:
            raise ValueError("write smtp://user:password@host:port, or smtps://…")
        tls = parts.scheme == "smtps"
        return cls(
            parts.hostname,
            parts.port or (465 if tls else 587),
            unquote(parts.username) if parts.username else None,
            unquote(parts.password) if parts.password else None,
            tls,
        )

    @property
    def start_tls(self) -> bool | None:
        """False never, True always, None where the server has it."""
        if self.tls:
            return False
        return True if self.user and self.host not in _LOOPBACK else None


class EmailChannel:
    """One connection a message: notifications are few."""

    def __init__(self, server: SmtpServer, sender: str, papers: Papers) -> None:
        """`sender` is a plain address. Raises ValueError when it is none."""
        self._server = server
        self._papers = papers
        self._sender = Address(addr_spec=sender)

    async def send(self, delivery: Delivery, message: Message) -> Outcome:
        """Hands the message to the server; whether it reaches the mailbox nobody says."""
        try:
            composed = compose(self._sender, delivery, message)
        except (ValueError, IndexError):
            return Outcome(False, "the address is not one of e-mail", final=True)
        try:
            papers = await self._papers.of(delivery)
        except MeshError:
            return Outcome(False, "what goes with it could not be read")
        for each in papers:
            composed.add_attachment(
                each.content, maintype="application", subtype="pdf", filename=each.filename
            )
        server = self._server
        try:
            await aiosmtplib.send(
                composed,
                sender=self._sender.addr_spec,
                recipients=[delivery.address],
                hostname=server.host,
                port=server.port,
                username=server.user,
                password=server.password,
                use_tls=server.tls,
                start_tls=server.start_tls,
                timeout=_TIMEOUT_S,
            )
        except (SMTPException, OSError) as error:
            return _failed(error)
        return DELIVERED

    async def close(self) -> None:
        """No connection is kept."""


def compose(sender: Address, delivery: Delivery, message: Message) -> EmailMessage:
    """The message with a stable Message-ID. Raises ValueError for a header with a line break."""
    composed = EmailMessage(policy=SMTP)
    composed["From"] = sender
    composed["To"] = Address(addr_spec=delivery.address)
    composed["Subject"] = message.subject
    composed["Date"] = format_datetime(delivery.created_at)
    composed["Message-ID"] = (
        f"<{delivery.notification_id.hex}.{delivery.point_id.hex}@{sender.domain}>"
    )
    composed["Auto-Submitted"] = "auto-generated"
    composed["X-Brinkbyte-Kind"] = delivery.kind.value
    composed.set_content(_text(message), cte="quoted-printable")
    composed.add_alternative(_html(message), subtype="html", cte="quoted-printable")
    return composed


def _text(message: Message) -> str:
    parts = [*message.paragraphs, message.link]
    return "\n\n".join(each for each in parts if each) + "\n"


def _html(message: Message) -> str:
    body = "".join(f"<p>{html.escape(each)}</p>" for each in message.paragraphs)
    if message.link:
        link = html.escape(message.link)
        body += f'<p><a href="{link}">{link}</a></p>'
    title = html.escape(message.subject)
    return (
        f'<!doctype html><html lang="en"><head><meta charset="utf-8"><title>{title}</title></head>'
        f'<body style="font-family: sans-serif; max-width: 40em"><h1 style="font-size: 1.2em">'
        f"{title}</h1>{body}</body></html>"
    )


def _failed(error: Exception) -> Outcome:
    if isinstance(error, SMTPRecipientsRefused):
        codes = [each.code for each in error.recipients]
        final = all(code in _PERMANENT for code in codes)
        return Outcome(False, f"the mail server refused the address ({codes[0]})", final)
    if isinstance(error, SMTPResponseException):
        return Outcome(False, f"the mail server answered {error.code}")
    return Outcome(False, "the mail server could not be reached")
