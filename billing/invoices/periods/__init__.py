"""A tenant's billing periods: when they begin and end, and what they are rated by."""
