"""Payments that are late, and what follows from them."""
