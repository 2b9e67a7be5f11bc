"""What usage, plans and items cost: exact decimals, one rounding a line, no I/O."""

from rights.rating.line import RatedLine, rate_item, rate_metric

__all__ = ["RatedLine", "rate_item", "rate_metric"]
