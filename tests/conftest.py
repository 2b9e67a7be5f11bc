"""How tests are spread over workers, how long examples may take, and that gRPC's own log stays out
of their output."""

import os

import pytest
from hypothesis import HealthCheck, settings

os.environ.setdefault("GRPC_VERBOSITY", "NONE")
settings.register_profile(
    "shared machine", deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
settings.load_profile("shared machine")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A module stays together, and so do the stories of the mesh."""
    for item in items:
        module = item.nodeid.partition("::")[0]
        group = "mesh" if module.startswith("tests/mesh/") else module
        item.add_marker(pytest.mark.xdist_group(group))
