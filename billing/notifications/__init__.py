"""Telling tenants what happened: an outbox, and e-mail, SMS and webhooks that empty it."""
