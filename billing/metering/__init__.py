"""Calls of tenants at the cloud and its gateway, counted as api_call."""
