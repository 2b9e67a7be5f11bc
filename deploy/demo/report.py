"""Prints a result."""

from __future__ import annotations

from decimal import Decimal

from rich.console import Console
from rich.table import Table

from deploy.demo.result import Result
from deploy.demo.sums import FRAMES
from rights.quantity import format_quantity


def plain(quantity: Decimal) -> str:
    """The quantity without trailing zeros."""
    return format_quantity(int(quantity * 100_000))


def print_result(result: Result, console: Console) -> int:
    """Prints everything; returns the exit status: 0 when all sums are equal and enough happened."""
    _facts(result, console)
    _refusals(result, console)
    _sums(result, console)
    problems = [f"void: {reason}" for reason in result.void()] + result.differences()
    for problem in problems:
        console.print(f"[bold]{problem}[/bold]", highlight=False)
    if not problems:
        console.print("Every sum is equal. Nothing was lost, nothing was counted twice.")
    console.print(f"{result.seconds:.0f} s in all")
    return 1 if problems else 0


def _facts(result: Result, console: Console) -> None:
    table = Table(show_header=False, box=None, pad_edge=False)
    rows = {
        "frames": plain(result.frames),
        "detections": str(result.detections),
        "precision, recall": f"{result.score.precision:.3f}, {result.score.recall:.3f} "
        "(IoU 0.5, against the rendered ground truth)",
        "events": f"{result.journal.events} made, {result.journal.acked} synced, "
        f"{result.journal.duplicates} sent again and recognised",
        "faults": "; ".join(result.faults),
        "invoice so far": result.subtotal,
    }
    for name, value in rows.items():
        table.add_row(name, value)
    console.print(table)


def _refusals(result: Result, console: Console) -> None:
    table = Table("camera", "refused", "reason", "in words")
    for refusal in result.refusals:
        table.add_row(refusal.camera_id, refusal.what, refusal.reason, refusal.message)
    console.print(table)


def _sums(result: Result, console: Console) -> None:
    table = Table("metric", "Triton", "edge", "cloud", "ledger", "aggregates", "preview")
    for metric in sorted(result.edge.keys() | result.cloud.keys()):
        sums = (result.edge, result.cloud, result.ledger, result.aggregates, result.preview)
        cells = [plain(each.get(metric, Decimal(0))) for each in sums]
        table.add_row(metric, plain(result.triton) if metric == FRAMES else "", *cells)
    console.print(table)
