"""What is sold at the payment provider: as wanted, as it stands, and ids for those who sell."""

from collections.abc import Sequence
from dataclasses import dataclass

from billing.payments.objects import store
from billing.payments.objects.plan import Task, tasks
from billing.payments.objects.row import ObjectRow
from billing.payments.objects.wanted import wanted
from mesh.database import Connection
from mesh.errors import FailedPrecondition
from rights.catalog.model import Catalog


@dataclass(frozen=True, slots=True)
class ObjectView:
    """A thing with what is still to be done for it: make, change, archive, or nothing (empty)."""

    kind: str
    name: str
    stripe_id: str
    to_do: str
    attempts: int
    last_error: str


class ObjectsService:
    """Reads what the worker keeps; `enabled` says whether there is a provider."""

    def __init__(self, *, enabled: bool) -> None:
        """Without a provider nothing is wanted anywhere."""
        self.enabled = enabled

    async def outlook(self, conn: Connection, catalog: Catalog) -> tuple[Task, ...]:
        """What would be done at the provider if the catalogue were live."""
        if not self.enabled:
            return ()
        return tasks(wanted(catalog), await store.rows(conn))

    async def view(self, conn: Connection, catalog: Catalog) -> tuple[ObjectView, ...]:
        """Everything that is wanted or known, by kind and name."""
        if not self.enabled:
            return ()
        rows = await store.rows(conn)
        to_do = {(task.kind, task.name): task.step.value for task in tasks(wanted(catalog), rows)}
        known = {(row.kind, row.name): row for row in rows}
        return tuple(
            _view(kind, name, known.get((kind, name)), to_do.get((kind, name), ""))
            for kind, name in sorted({*to_do, *known})
        )

    async def price_ids(self, conn: Connection, names: Sequence[str]) -> dict[str, str]:
        """The provider's ids of prices, by our names for them (`names`).

        Raises FailedPrecondition (PAYMENT_PROVIDER_MISSING) for one that is not made yet.
        """
        return await _ids(conn, "price", names)

    async def meter_ids(self, conn: Connection, names: Sequence[str]) -> dict[str, str]:
        """As `price_ids`, of meters."""
        return await _ids(conn, "meter", names)


def _view(kind: str, name: str, row: ObjectRow | None, to_do: str) -> ObjectView:
    if row is None:
        return ObjectView(kind, name, "", to_do, 0, "")
    return ObjectView(kind, name, row.stripe_id, to_do, row.attempts, row.last_error)


async def _ids(conn: Connection, kind: str, names: Sequence[str]) -> dict[str, str]:
    found = await store.ids(conn, kind, names)
    if missing := sorted(set(names) - set(found)):
        raise FailedPrecondition(
            "PAYMENT_PROVIDER_MISSING",
            f"{kind}/{missing[0]}",
            f"the payment provider does not know {missing[0]} yet; see `brinkbyte catalog stripe`",
        )
    return found
