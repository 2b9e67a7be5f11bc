"""Charged items of a tenant in its subscription at the payment provider."""
