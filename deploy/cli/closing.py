"""What closing periods came to, as lines for a person."""

from __future__ import annotations

from typing import TYPE_CHECKING

from deploy.cli.wording import counted
from rights.ids import render_tenant

if TYPE_CHECKING:
    from billing.invoices.closer import Closed


def closed_lines(found: Closed) -> list[str]:
    """A line an invoice, a line for whom it failed, and how many there are of each."""
    made = [
        f"{each.number or 'issued by Stripe'}  {render_tenant(each.tenant_id)}  {each.total}"
        for each in found.invoices
    ]
    failed = [f"failed for {each.whom}: {each.reason}" for each in found.failed]
    return [*made, *failed, f"{counted(len(made), 'invoice')} made, {len(failed)} failed"]
