"""One tenant, two spellings."""

from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rights.ids import parse_tenant, render_tenant


@given(st.uuids())
def test_a_tenant_is_found_by_both_spellings(tenant_id: UUID) -> None:
    assert parse_tenant(render_tenant(tenant_id)) == tenant_id
    assert parse_tenant(str(tenant_id)) == tenant_id


@pytest.mark.parametrize(
    "alias",
    [
        "",
        "acme-corp",
        "cust_123",
        "cust_" + "G" * 32,
        "cust_" + "AB" * 16,
        "0" * 32,
        "{00000000-0000-0000-0000-000000000000}",
        "urn:uuid:00000000-0000-0000-0000-000000000000",
        "cust_" + "0" * 32 + "\n",
    ],
)
def test_any_other_text_is_an_alias(alias: str) -> None:
    assert parse_tenant(alias) is None
