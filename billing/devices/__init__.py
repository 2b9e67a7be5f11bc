"""Edge nodes and their certificates."""
