"""The REST gateway: the contracts over HTTP, and nothing else."""
