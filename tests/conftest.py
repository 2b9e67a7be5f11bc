"""How tests are spread over workers: a module stays together, and so do the stories of the mesh."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        module = item.nodeid.partition("::")[0]
        group = "mesh" if module.startswith("tests/mesh/") else module
        item.add_marker(pytest.mark.xdist_group(group))
