"""What may run, and its signed proof."""
