"""The catalogue at the payment provider: what should be there, what is, and bringing it there."""
