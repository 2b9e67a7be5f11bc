"""The ingest benchmark runs to its end and measures something."""

from bench.ingest import QUICK, measure, report


async def test_a_quick_run_prints_every_figure() -> None:
    figures = await measure(QUICK)
    assert figures["ratio"] > 0
    assert min(figures.values()) > 0
    assert "best acked ingest / best plain insert" in report(QUICK, figures)
