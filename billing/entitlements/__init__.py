"""Which features a camera may use."""
