"""Money given back: credit notes against an invoice, and a balance that pays later ones."""

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

from rights.errors import CreditTooLarge
from rights.money import Money, total_of


@dataclass(frozen=True, slots=True)
class Settlement:
    """A total after tax met from a credit balance: ``applied`` of it is paid by the balance, which
    keeps ``left``, and ``due`` is to be paid."""

    applied: Money
    due: Money
    left: Money


@dataclass(frozen=True, slots=True)
class Credit:
    """What one credit note gives back: net and the tax on it."""

    net: Money
    tax: Money

    @property
    def total(self) -> Money:
        """Net and tax."""
        return self.net + self.tax


def settle(total: Money, balance: Money) -> Settlement:
    """Pays a total, taxes in it, from the balance as far as it goes. A negative total is added to
    the balance and leaves nothing due.

    Raises ValueError when the balance is negative, MoneyInvalid when currencies differ.
    """
    if balance.minor_units < 0:
        raise ValueError("a credit balance is not negative")
    none = Money(total.currency, 0)
    if total.minor_units < 0:
        return Settlement(total, none, balance - total)
    applied = Money(total.currency, min(total.minor_units, (balance - none).minor_units))
    return Settlement(applied, total - applied, balance - applied)


def credit(invoiced: Credit, before: Sequence[Credit], net: Money) -> Credit:
    """The next credit note over ``net`` of what was invoiced, with the tax that belongs to it.

    Tax is shared out over what is credited in all, so that crediting everything, in whatever parts,
    gives back exactly the tax that was invoiced. Raises CreditTooLarge when more than was invoiced
    would be given back, ValueError when ``net`` is not above nothing, MoneyInvalid when currencies
    differ.
    """
    if net.minor_units < 1:
        raise ValueError("a credit note gives something back")
    currency = invoiced.net.currency
    so_far = total_of((each.net for each in before), currency)
    credited = so_far + net
    if credited.minor_units > invoiced.net.minor_units:
        rest = invoiced.net - so_far
        raise CreditTooLarge(f"{net} is more than the {rest} that is left to credit")
    share = Fraction(invoiced.tax.minor_units * credited.minor_units, invoiced.net.minor_units)
    tax = Money(currency, round(share)) - total_of((each.tax for each in before), currency)
    return Credit(net, tax)
