"""The rules of problems: which are kept, and for how long."""

from collections.abc import Sequence

from billing.paging import Page, PageRequest, Position, page_of
from billing.unit import Unit, VendorUnit
from billing.usage.events import EventResult, ReportedEvent
from billing.usage.problems import store
from billing.usage.problems.problem import Problem, ProblemKind
from billing.usage.problems.rejections import KEPT_A_TENANT, coarse, counted, rejection


class ProblemsService:
    """Keeps what is refused and shows it."""

    async def note(
        self,
        unit: Unit,
        reporter: str,
        events: Sequence[ReportedEvent],
        results: Sequence[EventResult],
    ) -> None:
        """Keeps the events that were rejected or conflict, with the reporter and the reason.

        The same one again is counted. Who sends more than 10,000 different ones has the rest
        counted by kind and field.
        """
        refused = [
            kept
            for event, result in zip(events, results, strict=True)
            if (kept := rejection(event, result, reporter)) is not None
        ]
        if not refused:
            return
        rows = counted(refused)
        room = KEPT_A_TENANT - await store.kept(unit.conn, unit.tenant_id, KEPT_A_TENANT)
        if room < len(rows):
            rows = counted(coarse(each) for each in rows)
        await store.keep(unit.conn, unit.tenant_id, rows, reporter=reporter, now=unit.now)

    async def page(
        self, unit: Unit | VendorUnit, kind: ProblemKind | None, request: PageRequest
    ) -> Page[Problem]:
        """Problems of the unit's tenant, or of every tenant for the vendor, newest first."""
        tenant_id = unit.tenant_id if isinstance(unit, Unit) else None
        rows = await store.page(unit.conn, tenant_id, kind, request)
        return page_of(request, rows, lambda row: Position(row.last_seen_at, row.key))
