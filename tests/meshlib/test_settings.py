"""Configuration and its errors."""

import pytest
from pydantic import AliasChoices, Field, SecretStr

from mesh.address import is_loopback, split_address
from mesh.errors import ConfigError
from mesh.settings import Settings, load


class Example(Settings):
    billing_addr: str = Field(description="host:port of the billing server")
    pool_size: int = Field(10, ge=1, description="a whole number from 1")
    redis_url: str | None = Field(
        None, validation_alias=AliasChoices("BRINKBYTE_REDIS_URL", "REDIS_URL")
    )
    api_key: SecretStr | None = Field(
        None, validation_alias=AliasChoices("BRINKBYTE_API_KEY", "BILLING_API_KEY")
    )


@pytest.fixture(autouse=True)
def bare_environment(monkeypatch):
    for name in ("BILLING_ADDR", "POOL_SIZE", "REDIS_URL", "API_KEY"):
        monkeypatch.delenv(f"BRINKBYTE_{name}", raising=False)
    for name in ("REDIS_URL", "BILLING_API_KEY"):
        monkeypatch.delenv(name, raising=False)


def test_variables_defaults_and_older_names(monkeypatch):
    monkeypatch.setenv("BRINKBYTE_BILLING_ADDR", "cloud:1")
    monkeypatch.setenv("BRINKBYTE_POOL_SIZE", "")
    monkeypatch.setenv("REDIS_URL", "redis://old")
    settings = load(Example)
    assert (settings.billing_addr, settings.pool_size) == ("cloud:1", 10)
    assert settings.redis_url == "redis://old"
    monkeypatch.setenv("BRINKBYTE_REDIS_URL", "redis://new")
    assert load(Example).redis_url == "redis://new"


def test_every_wrong_variable_has_one_line_that_says_what_to_do(monkeypatch):
    monkeypatch.setenv("BRINKBYTE_POOL_SIZE", "many")
    with pytest.raises(ConfigError) as caught:
        load(Example)
    first, second = caught.value.message.splitlines()
    assert first == "BRINKBYTE_BILLING_ADDR is not set; expected: host:port of the billing server"
    assert second.startswith("BRINKBYTE_POOL_SIZE is wrong: ")
    assert second.endswith("expected: a whole number from 1")


def test_a_secret_may_come_from_a_file(monkeypatch, tmp_path):
    secret = tmp_path / "key"
    secret.write_text("k-123\n")
    monkeypatch.setenv("BILLING_API_KEY_FILE", str(secret))
    settings = load(Example, billing_addr="x:1")
    assert settings.api_key is not None
    assert settings.api_key.get_secret_value() == "k-123"
    assert "k-123" not in repr(settings)


def test_a_missing_secret_file_is_named(monkeypatch, tmp_path):
    monkeypatch.setenv("BRINKBYTE_API_KEY_FILE", str(tmp_path / "none"))
    with pytest.raises(ConfigError, match="BRINKBYTE_API_KEY_FILE: cannot read"):
        load(Example, billing_addr="x:1")


def test_a_wrong_value_is_not_repeated(monkeypatch):
    monkeypatch.setenv("BRINKBYTE_POOL_SIZE", "hunter2")
    with pytest.raises(ConfigError) as caught:
        load(Example, billing_addr="x:1")
    assert "hunter2" not in caught.value.message


def test_addresses():
    assert split_address("[::1]:5") == ("::1", 5)
    assert is_loopback("127.0.0.2:1")
    assert is_loopback("[::1]:1")
    assert is_loopback("localhost:1")
    assert not is_loopback("0.0.0.0:1")
    assert not is_loopback("localhost.evil.example:1")
    for wrong in ("", "host", "host:", ":5", "host:99999", "host:x"):
        with pytest.raises(ConfigError):
            split_address(wrong)
