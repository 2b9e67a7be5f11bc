"""The cloud server."""
