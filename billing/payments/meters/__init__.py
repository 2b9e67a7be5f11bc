"""Use as it is told to the payment provider's meters: made into submissions once, sent until it
is known to have landed."""
