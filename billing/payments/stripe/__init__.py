"""Stripe behind the provider's protocol; the only importer of its library."""
