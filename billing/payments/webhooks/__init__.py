"""What Stripe tells: kept once, and worked on by asking it."""
