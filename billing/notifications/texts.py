"""What people read: a subject, a few sentences, and what to do."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime

from billing.notifications.kinds import Facts, Kind

_SMS_CHARACTERS = 300


@dataclass(frozen=True, slots=True)
class Message:
    """One line, paragraphs, and where to go (empty without a public address). No markup."""

    subject: str
    paragraphs: tuple[str, ...]
    link: str

    @property
    def sms(self) -> str:
        """The subject and the link in one text message."""
        subject = self.subject[: _SMS_CHARACTERS - len(self.link) - 1]
        return f"{subject} {self.link}".strip()


@dataclass(frozen=True, slots=True)
class _Words:
    subject: str
    paragraphs: tuple[str, ...]
    page: str = "/settings/billing"


def message(kind: Kind, facts: Facts, company_name: str, public_url: str) -> Message:
    """The words for facts that check_facts has seen; `public_url` is where the dashboard is, or
    empty. Line breaks in names become spaces."""
    plain = {name: " ".join(value.split()) for name, value in facts.items()}
    words = _WORDS[kind](plain)
    company = " ".join(company_name.split())
    link = f"{public_url.rstrip('/')}{words.page}" if public_url else ""
    paragraphs = tuple(each for each in words.paragraphs if each)
    return Message(f"{company}: {words.subject}", paragraphs, link)


def moment(text: str) -> str:
    """A moment of the facts for people: 1 March 2026, 10:00 UTC."""
    found = datetime.fromisoformat(text).astimezone(UTC)
    return f"{found.day} {found:%B %Y, %H:%M} UTC"


def number(text: str) -> str:
    """An exact decimal with separators: 1000000 is 1,000,000."""
    whole, dot, rest = text.partition(".")
    return f"{int(whole):,}{dot}{rest}"


def _period(facts: Facts) -> str:
    start, end = moment(facts["period_start"]), moment(facts["period_end"])
    return f"The period runs from {start} to {end}."


def _over(facts: Facts) -> str:
    return f" over {facts['total']}" if facts["total"] else ""


def _quota_threshold(facts: Facts) -> _Words:
    title, unit, percent = facts["title"], facts["unit"], int(facts["percent"])
    used, included = number(facts["used"]), number(facts["included"])
    if percent < 100:
        then = "Nothing is refused yet."
    elif facts["cap"] == "hard":
        then = "Further use is refused until the period ends or the plan is raised."
    else:
        then = "What is used beyond it is charged, and refused at the ceiling of the plan."
    return _Words(
        f"{title}: {percent} % of what is included is used",
        (
            f"{used} {unit} were used of the {included} {unit} that your plan includes.",
            _period(facts),
            then,
            "If you expect to use more, choose a larger plan.",
        ),
    )


def _cost_threshold(facts: Facts) -> _Words:
    projected, percent = facts["basis"] == "projected", int(facts["percent"])
    share = "" if percent == 100 else f"{percent} % of "
    name = f' "{facts["name"]}"' if facts["name"] else ""
    verb = "will probably reach" if projected else "have reached"
    total = (
        f"By the end of the period they will come to about {facts['total']}, before tax."
        if projected
        else f"They stand at {facts['total']}, before tax."
    )
    return _Words(
        f"costs {verb} {share}{facts['amount']}",
        (
            f"The costs of this period {verb} {share}the {facts['amount']} of your alert{name}.",
            total,
            _period(facts),
            "Nothing is stopped by this alert. See what the costs are made of, and change plans "
            "or use where you need to.",
        ),
    )


def _invoice_finalized(facts: Facts) -> _Words:
    due = f"It is due on {moment(facts['due_at'])}." if facts["due_at"] else ""
    return _Words(
        f"invoice {facts['number']} over {facts['total']}",
        (
            f"Your invoice {facts['number']} over {facts['total']} is ready.",
            _period(facts),
            due,
            "You find its lines, and the uses behind each of them, on the page of your invoices.",
        ),
        "/settings/billing?tab=invoices",
    )


def _payment_failed(facts: Facts) -> _Words:
    again = facts["next_attempt_at"]
    return _Words(
        f"the payment of invoice {facts['number']} failed",
        (
            f"{facts['total']} for invoice {facts['number']} could not be collected.",
            f"It is tried again on {moment(again)}." if again else "It is not tried again.",
            "Check your means of payment, or pay the invoice on the page of your invoices.",
        ),
        "/settings/billing?tab=invoices",
    )


def _past_due(facts: Facts) -> _Words:
    until = facts["suspends_at"]
    return _Words(
        f"invoice {facts['number']} is overdue",
        (
            f"Invoice {facts['number']}{_over(facts)} was not paid when it was due.",
            f"Everything goes on until {moment(until)}; then the licence is suspended."
            if until
            else "",
            "Pay the invoice, and all is well again.",
        ),
        "/settings/billing?tab=invoices",
    )


def _suspended(facts: Facts) -> _Words:
    until = facts["cancels_at"]
    return _Words(
        "the licence is suspended",
        (
            f"Invoice {facts['number']}{_over(facts)} is still not paid, so the licence is "
            "suspended: cameras do not run.",
            f"On {moment(until)} the subscription ends." if until else "",
            "Pay the invoice, and the licence comes back by itself.",
        ),
        "/settings/billing?tab=invoices",
    )


def _canceled(facts: Facts) -> _Words:
    return _Words(
        f"the subscription {facts['plan']} has ended",
        (
            f"The subscription {facts['plan']} ended on {moment(facts['ends_at'])}."
            if facts["ends_at"]
            else f"The subscription {facts['plan']} has ended.",
            "Use until then is on a last invoice. You can subscribe again at any time.",
        ),
        "/settings/billing?tab=plans",
    )


def _trial_ending(facts: Facts) -> _Words:
    return _Words(
        f"the trial {facts['plan']} ends on {moment(facts['ends_at'])}",
        (
            f"The trial {facts['plan']} ends on {moment(facts['ends_at'])}.",
            "Choose a plan before then, and nothing stops.",
        ),
        "/settings/billing?tab=plans",
    )


def _journal_forked(facts: Facts) -> _Words:
    return _Words(
        "the usage records of a device disagree",
        (
            f"Device {facts['device_id']} sent usage that contradicts what it sent before "
            f"(journal {facts['journal_id']}).",
            "Usually its disk was restored or copied. What it sends is kept and not counted until "
            "somebody has looked at it.",
            "Tell us which of its disks is the right one.",
        ),
        "/fleet",
    )


def _usage_problem(facts: Facts) -> _Words:
    device = f"Device {facts['device_id']}" if facts["device_id"] else "A sender"
    return _Words(
        "usage could not be counted",
        (
            f"{device} sent {number(facts['events'])} uses that cannot be counted: "
            f"{facts['problem']}.",
            "They are kept as they came. Correct the sender, so that the next ones count.",
        ),
        "/fleet",
    )


def _test(facts: Facts) -> _Words:
    name = f' "{facts["name"]}"' if facts["name"] else ""
    return _Words(
        "a test",
        (f"This contact point{name} works. Alerts about quotas, costs and invoices come here.",),
    )


_WORDS: Mapping[Kind, Callable[[Facts], _Words]] = {
    Kind.QUOTA_THRESHOLD: _quota_threshold,
    Kind.COST_THRESHOLD: _cost_threshold,
    Kind.INVOICE_FINALIZED: _invoice_finalized,
    Kind.PAYMENT_FAILED: _payment_failed,
    Kind.SUBSCRIPTION_PAST_DUE: _past_due,
    Kind.SUSPENDED: _suspended,
    Kind.CANCELED: _canceled,
    Kind.TRIAL_ENDING: _trial_ending,
    Kind.JOURNAL_FORKED: _journal_forked,
    Kind.USAGE_PROBLEM: _usage_problem,
    Kind.TEST: _test,
}
