"""How notifications leave, as configured."""

from dataclasses import dataclass
from datetime import timedelta

from billing.notifications.channels.channel import Channel
from billing.notifications.channels.email import EmailChannel, SmtpServer
from billing.notifications.channels.papers import Papers
from billing.notifications.channels.sms import SmsChannel
from billing.notifications.channels.webhook import WebhookChannel
from billing.notifications.rows import ChannelKind
from billing.notifications.service import PATIENCE
from mesh.clock import Clock
from mesh.errors import ConfigError

_NO_SMTP = "no mail server is configured (BRINKBYTE_SMTP_URL)"
_NO_SMS = "no SMS provider is configured (BRINKBYTE_SMS_URL)"


@dataclass(frozen=True, slots=True, repr=False)
class NotificationSettings:
    """A channel without an address cannot send; what is for it waits, and says so.

    `public_url` is where people find the dashboard, or empty; `patience` how long a delivery is
    tried.
    """

    smtp_url: str | None = None
    smtp_from: str | None = None
    sms_url: str | None = None
    sms_token: str | None = None
    allow_private: bool = False
    public_url: str = ""
    patience: timedelta = PATIENCE

    @property
    def missing(self) -> dict[ChannelKind, str]:
        """What channels that cannot send lack, for people."""
        lacks = {}
        if not self.smtp_url:
            lacks[ChannelKind.EMAIL] = _NO_SMTP
        if not self.sms_url:
            lacks[ChannelKind.SMS] = _NO_SMS
        return lacks

    def channels(self, clock: Clock, papers: Papers) -> dict[ChannelKind, Channel]:
        """Those that can send; `papers` go with e-mail. Raises ConfigError naming the variable."""
        found: dict[ChannelKind, Channel] = {
            ChannelKind.WEBHOOK: WebhookChannel(clock, allow_private=self.allow_private)
        }
        if self.smtp_url:
            found[ChannelKind.EMAIL] = _email(self.smtp_url, self.smtp_from, papers)
        if self.sms_url:
            found[ChannelKind.SMS] = SmsChannel(self.sms_url, self.sms_token)
        return found


def _email(url: str, sender: str | None, papers: Papers) -> EmailChannel:
    try:
        server = SmtpServer.read(url)
    except ValueError:
        raise ConfigError(
            "BRINKBYTE_SMTP_URL is wrong; write smtp://user:password@host:port, or smtps://…"
        ) from None
    try:
        return EmailChannel(server, sender or "", papers)
    except (ValueError, IndexError):
        raise ConfigError(
            "BRINKBYTE_SMTP_FROM is not an e-mail address; set it to whom people may answer"
        ) from None
