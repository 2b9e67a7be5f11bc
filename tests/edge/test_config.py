"""A wrong variable is one line that names it."""

import json
from pathlib import Path

import pytest

from edge.config import EdgeConfig
from mesh.errors import ConfigError
from mesh.settings import load
from rights.keys import SigningKey


@pytest.fixture
def environment(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> pytest.MonkeyPatch:
    monkeypatch.setenv("BRINKBYTE_EDGE_STATE_DIR", str(tmp_path))
    monkeypatch.setenv("BRINKBYTE_EDGE_DATABASE_URL", "postgresql://edge@localhost/edge")
    monkeypatch.setenv("BRINKBYTE_CA_CERT", str(tmp_path / "ca.pem"))
    return monkeypatch


def test_what_is_needed_is_enough(environment: pytest.MonkeyPatch) -> None:
    config = load(EdgeConfig)
    assert config.edge_addr == "127.0.0.1:50061"
    assert config.api_key_hashes == frozenset()
    assert "postgresql" not in repr(config)


def test_secrets_come_from_files(environment: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "hashes").write_text(f"{'a' * 64}\n{'b' * 64}\n")
    environment.setenv("BRINKBYTE_EDGE_API_KEY_SHA256_FILE", str(tmp_path / "hashes"))
    assert load(EdgeConfig).api_key_hashes == {bytes.fromhex("aa" * 32), bytes.fromhex("bb" * 32)}


@pytest.mark.parametrize(
    ("variable", "value", "line"),
    [
        ("BRINKBYTE_EDGE_API_KEY_SHA256", "abc", "BRINKBYTE_EDGE_API_KEY_SHA256 is wrong"),
        ("BRINKBYTE_SYNC_BATCH", "1001", "BRINKBYTE_SYNC_BATCH is wrong"),
        ("BRINKBYTE_EDGE_TLS_CERT", "cert.pem", "BRINKBYTE_EDGE_TLS_KEY are set together"),
        ("BRINKBYTE_EDGE_STATE_DIR", "", "BRINKBYTE_EDGE_STATE_DIR is not set"),
    ],
)
def test_a_wrong_variable_is_named(
    environment: pytest.MonkeyPatch, variable: str, value: str, line: str
) -> None:
    environment.setenv(variable, value)
    with pytest.raises(ConfigError, match=line):
        load(EdgeConfig)


def test_redis_by_url_or_by_host(environment: pytest.MonkeyPatch) -> None:
    assert load(EdgeConfig).redis is None
    environment.setenv("REDIS_HOST", "cache")
    assert load(EdgeConfig).redis == "redis://cache:6379/0"
    environment.setenv("BRINKBYTE_EDGE_REDIS_URL", "redis://other:1/2")
    assert load(EdgeConfig).redis == "redis://other:1/2"


def test_licence_keys_are_a_jwk_set(environment: pytest.MonkeyPatch) -> None:
    assert load(EdgeConfig).license_key_set.kids == ()
    for text in ("no", "[]", '{"keys": [{"kty": "EC"}]}'):
        environment.setenv("BRINKBYTE_EDGE_LICENSE_KEYS", text)
        with pytest.raises(ConfigError, match="BRINKBYTE_EDGE_LICENSE_KEYS is wrong: not a JWK"):
            load(EdgeConfig)
    key = SigningKey.generate().public
    environment.setenv("BRINKBYTE_EDGE_LICENSE_KEYS", json.dumps({"keys": [key.jwk()]}))
    assert load(EdgeConfig).license_key_set.kids == (key.kid,)
