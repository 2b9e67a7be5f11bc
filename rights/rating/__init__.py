"""What usage, plans and items cost: exact decimals, one rounding a line, no I/O."""
