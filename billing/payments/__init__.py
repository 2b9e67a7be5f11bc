"""Payments through a provider outside: what it is asked, and the one that we have, Stripe."""
