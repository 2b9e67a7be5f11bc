"""How tests are spread over workers: a module stays together, and so does what shares a mesh."""

import pytest


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        shares_mesh = "mesh" in getattr(item, "fixturenames", ())
        group = "mesh" if shares_mesh else item.nodeid.partition("::")[0]
        item.add_marker(pytest.mark.xdist_group(group))
