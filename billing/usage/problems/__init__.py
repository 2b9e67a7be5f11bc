"""Usage that was reported and does not count, kept for a person to see."""
