"""Keys live side by side and weak ones do not."""

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

from rights.errors import KeyRefused
from rights.keys import KeySet, PublicKey, SigningKey, thumbprint

RFC_7638_JWK = {
    "kty": "RSA",
    "n": (
        "0vx7agoebGcQSuuPiLJXZptN9nndrQmbXEps2aiAFbWhM78LhWx4cbbfAAtVT86zwu1RK7aPFFxuhDR1L6tSoc_B"
        "JECPebWKRXjBZCiFV4n3oknjhMstn64tZ_2W-5JsGY4Hc5n9yBXArwl93lqt7_RN5w6Cf0h4QyQ5v-65YGjQR0_F"
        "DW2QvzqY368QQMicAtaSqzs8KJZgnYb9c7d0zgdAZHzu6qMQvRL5hajrn1n91CbOpbISD08qNLyrdkt-bFTWhAI4"
        "vMQFh6WeZu0fM4lFd2NcRwr3XPksINHaQ-G_xBniIqbw0Ls1jF44-csFCur-kEgU8awapJzKnqDKgw"
    ),
    "e": "AQAB",
    "kid": "2011-04-29",
}


def _pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return private.private_bytes(
        serialization.Encoding.PEM,
        serialization.PrivateFormat.PKCS8,
        serialization.NoEncryption(),
    ).decode()


def _public_pem(private: rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey) -> str:
    return (
        private.public_key()
        .public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
        .decode()
    )


def test_the_thumbprint_is_that_of_rfc_7638() -> None:
    key = PublicKey.from_jwk(RFC_7638_JWK)
    assert thumbprint(key.rsa) == "NzbLsXh8uDCcd-6MNwXF4W_7noWXFZAfHkxZsRGC9Xs"
    assert {**key.jwk(), **RFC_7638_JWK} == key.jwk()


def test_a_new_key_is_known_by_its_thumbprint(key: SigningKey) -> None:
    assert key.kid == thumbprint(key.rsa.public_key())
    assert key.rsa.key_size == 2048


def test_keys_survive_pem_and_jwks(key: SigningKey) -> None:
    again = SigningKey(key.kid, key.private_pem)
    assert again.private_pem == key.private_pem
    assert PublicKey.from_pem(key.public.pem()).kid == key.kid
    keys = KeySet([key.public, PublicKey.from_jwk(RFC_7638_JWK)])
    copy = KeySet.from_jwks(keys.jwks())
    assert copy.jwks() == keys.jwks()
    assert copy.kids == (key.kid, "2011-04-29")
    assert copy.pem() == keys.pem()
    assert copy.pem().count("BEGIN PUBLIC KEY") == 2


def test_published_keys_hold_no_private_part(key: SigningKey) -> None:
    (jwk,) = KeySet([key.public]).jwks()["keys"]
    assert set(jwk) == {"kty", "n", "e", "kid", "use", "alg"}
    assert "PRIVATE" not in repr(key)


def test_a_short_key_is_refused_everywhere() -> None:
    short = rsa.generate_private_key(public_exponent=65537, key_size=1024)
    with pytest.raises(KeyRefused, match="1024 bits"):
        SigningKey("short", _pem(short))
    with pytest.raises(KeyRefused, match="1024 bits"):
        PublicKey.from_pem(_public_pem(short))
    with pytest.raises(KeyRefused, match="1024 bits"):
        SigningKey.generate(1024)


def test_other_kinds_of_key_are_refused() -> None:
    curve = ec.generate_private_key(ec.SECP256R1())
    with pytest.raises(KeyRefused, match="RSA"):
        SigningKey("ec", _pem(curve))
    with pytest.raises(KeyRefused, match="RSA"):
        PublicKey.from_pem(_public_pem(curve))
    with pytest.raises(KeyRefused, match="PEM"):
        SigningKey("none", "not a key")
    with pytest.raises(KeyRefused, match="PEM"):
        PublicKey.from_pem("not a key")


@pytest.mark.parametrize(
    "jwk",
    [
        {},
        {**RFC_7638_JWK, "kty": "oct"},
        {**RFC_7638_JWK, "n": 7},
        {**RFC_7638_JWK, "n": ""},
        {**RFC_7638_JWK, "n": "AQAB"},
        {**RFC_7638_JWK, "kid": 7},
        {**RFC_7638_JWK, "kid": ""},
        {**RFC_7638_JWK, "kid": "k" * 65},
    ],
)
def test_a_wrong_jwk_is_refused(jwk: dict[str, object]) -> None:
    with pytest.raises(KeyRefused):
        PublicKey.from_jwk(jwk)


def test_one_kid_names_one_key(key: SigningKey) -> None:
    with pytest.raises(KeyRefused, match="two keys"):
        KeySet([key.public, key.public])
    with pytest.raises(KeyRefused, match="list of keys"):
        KeySet.from_jwks({})
