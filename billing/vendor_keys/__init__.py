"""API keys of the vendor."""
