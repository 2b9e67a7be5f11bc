"""The arrows between the rooms: who may import whom."""

import ast
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
ROOMS = {"mesh", "rights", "billing", "edge", "gateway", "sdk", "deploy", "bench", "tests"}
GENERATED = {"brinkbyte", "gen"}
MAY_IMPORT = {
    "mesh": {"mesh"} | GENERATED,
    "rights": {"rights"},
    "billing": {"billing", "mesh", "rights"} | GENERATED,
    "edge": {"edge", "mesh", "rights"} | GENERATED,
    "gateway": {"gateway", "mesh", "rights"} | GENERATED,
    "sdk": {"sdk", "mesh", "rights"} | GENERATED,
}
STORES = {"asyncpg", "redis", "stripe", "grpc"}
SERVICE_MAY_NOT = {"grpc", "asyncpg", "redis", "stripe"} | GENERATED


def imported(path: Path) -> set[str]:
    """Full names of every module that a file imports, at any depth."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and node.level == 0:
            names.add(node.module)
    return names


def files(room: str) -> list[Path]:
    return sorted((ROOT / room).rglob("*.py"))


@pytest.mark.parametrize("room", sorted(MAY_IMPORT))
def test_a_room_imports_only_what_it_may(room: str) -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files(room)
        for name in imported(path)
        if (top := name.split(".")[0]) in ROOMS | GENERATED and top not in MAY_IMPORT[room]
    }
    assert not wrong


def test_mesh_knows_no_business_noun() -> None:
    allowed = {"brinkbyte.common", "brinkbyte.common.v1"}
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files("mesh")
        for name in imported(path)
        if name.startswith("brinkbyte.") and ".".join(name.split(".")[:3]) not in allowed
    }
    assert not wrong


def test_rules_import_no_driver_and_no_wire() -> None:
    services = [*ROOT.glob("billing/*/service.py"), *files("rights")]
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in services
        for name in imported(path)
        if name.split(".")[0] in SERVICE_MAY_NOT
    }
    assert services
    assert not wrong


def test_sql_lives_in_stores_alone() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for room in ("billing", "gateway")
        for path in files(room)
        for name in imported(path)
        if name.split(".")[0] == "asyncpg" and path.name != "store.py"
    }
    assert not wrong


def test_a_noun_reaches_another_through_its_service() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files("billing")
        for name in imported(path)
        if name.startswith("billing.")
        and name.endswith(".store")
        and path.relative_to(ROOT).parts[1] != name.split(".")[1]
        and path.name != "main.py"
    }
    assert not wrong


def test_the_gateway_holds_no_rule_and_no_store() -> None:
    wrong = {
        f"{path.relative_to(ROOT)} imports {name}"
        for path in files("gateway")
        for name in imported(path)
        if name.split(".")[0] in {"asyncpg", "redis", "stripe"}
    }
    assert not wrong
