"""Paying accounts and their API keys."""
