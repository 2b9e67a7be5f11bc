"""Invoices that the payment provider issues, beside ours: late use on them, and line by line
whether they say the same."""
