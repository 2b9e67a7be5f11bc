"""Emptying the outbox."""
