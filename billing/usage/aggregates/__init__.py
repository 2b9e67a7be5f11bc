"""Usage summed per metric and hour."""
