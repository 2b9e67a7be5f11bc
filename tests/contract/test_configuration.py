"""docs/configuration.md lists every variable that a program reads."""

from pathlib import Path

import pytest
from pydantic import AliasChoices

from billing.config import BillingConfig
from edge.config import EdgeConfig
from gateway.config import GatewayConfig
from mesh.settings import Settings

DOCUMENT = (Path(__file__).resolve().parents[2] / "docs" / "configuration.md").read_text()


@pytest.mark.parametrize("config", [BillingConfig, EdgeConfig, GatewayConfig])
def test_every_variable_is_documented(config: type[Settings]) -> None:
    for name, field in config.model_fields.items():
        alias = field.validation_alias
        names = (
            [str(choice) for choice in alias.choices]
            if isinstance(alias, AliasChoices)
            else [f"BRINKBYTE_{name.upper()}"]
        )
        for variable in names:
            assert f"`{variable}`" in DOCUMENT, f"{variable} of {config.__name__}"
