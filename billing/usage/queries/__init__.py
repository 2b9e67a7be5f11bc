"""What was used, by metric and window."""
