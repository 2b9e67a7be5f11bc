"""Amounts at which tenants want to be told what they spend."""
