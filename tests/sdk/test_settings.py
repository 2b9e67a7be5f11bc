"""An instance is configured by its environment, the older names included."""

from pathlib import Path

import pytest
from pydantic import AliasChoices

from mesh.errors import ConfigError
from mesh.settings import load
from sdk.settings import InstanceConfig, read_address

DOCUMENT = Path(__file__).resolve().parents[2] / "docs" / "sdk.md"
OLDER = {
    "TENANT_ID": "cust_1",
    "BILLING_API_KEY": "secret-key",
    "BILLING_SERVICE_URL": "https://billing.example.com",
    "LICENSE_JWT": "a.b.c",
    "LICENSE_PUBLIC_KEY": "pem",
    "BRINKBYTE_INSTANCE_STATE_DIR": "state",
}


def test_the_older_names_work(monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in OLDER.items():
        monkeypatch.setenv(name, value)
    config = load(InstanceConfig)
    assert config.customer_id == "cust_1"
    assert config.api_key.get_secret_value() == "secret-key"
    assert "secret-key" not in repr(config)
    assert read_address(config.billing_api_addr) == ("billing.example.com:443", False)
    assert config.license_jwt.get_secret_value() == "a.b.c"
    monkeypatch.setenv("CUSTOMER_ID", "cust_2")
    assert load(InstanceConfig).customer_id == "cust_2"


def test_what_is_missing_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("CUSTOMER_ID", "TENANT_ID", "BRINKBYTE_TENANT_ID", "BRINKBYTE_INSTANCE_STATE_DIR"):
        monkeypatch.delenv(name, raising=False)
    with pytest.raises(ConfigError) as refused:
        load(InstanceConfig)
    assert "CUSTOMER_ID" in refused.value.message
    assert "BRINKBYTE_INSTANCE_STATE_DIR is not set" in refused.value.message


@pytest.mark.parametrize(
    ("text", "address"),
    [
        ("cloud:50053", ("cloud:50053", False)),
        ("https://cloud:8443/", ("cloud:8443", False)),
        ("grpcs://[::1]:8443", ("[::1]:8443", False)),
        ("http://127.0.0.1:50052", ("127.0.0.1:50052", True)),
    ],
)
def test_an_address_is_host_and_port_or_a_url(text: str, address: tuple[str, bool]) -> None:
    assert read_address(text) == address


@pytest.mark.parametrize(
    "text",
    [
        "cloud",
        "http://cloud:80",
        "http://127.0.0.1",
        "https://",
        "https://cloud:x",
        "https://cloud/api",
        "https://key@cloud",
        "ftp://cloud:21",
        "grpc://billing.example.com:50052",
    ],
)
def test_an_address_that_cannot_be_used_or_gives_the_key_away_is_refused(text: str) -> None:
    with pytest.raises(ConfigError, match="BILLING_SERVICE_URL"):
        load(
            InstanceConfig,
            customer_id="c",
            api_key="k",
            instance_state_dir=Path("s"),
            billing_api_addr=text,
        )


def test_every_variable_is_documented() -> None:
    document = DOCUMENT.read_text()
    for name, field in InstanceConfig.model_fields.items():
        alias = field.validation_alias
        names = (
            [str(choice) for choice in alias.choices]
            if isinstance(alias, AliasChoices)
            else [f"BRINKBYTE_{name.upper()}"]
        )
        for variable in names:
            assert f"`{variable}`" in document, variable
