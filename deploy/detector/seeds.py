"""Which scenes training may look at, and which it never sees."""

TRAIN_SEEDS = range(1_000_000)
"""For training only."""
EVAL_SEEDS = range(1_000_000, 2_000_000)
"""For evaluation, demonstration and benchmarks."""
