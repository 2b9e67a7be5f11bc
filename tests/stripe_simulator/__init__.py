"""Stripe's API for tests: stateful, strict, with failures on demand; see `server`."""
