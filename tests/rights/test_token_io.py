"""No token, however it is made, lets the verifier read a file or open a connection."""

import contextlib
import socket
import sys
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

import pytest

from rights.claim_members import to_claims
from rights.claims import LicenseClaims
from rights.errors import TokenInvalid
from rights.keys import KeySet, SigningKey
from rights.tokens import verify
from tests.rights.forging import Forge, segment

IO = ("open", "os.", "socket.", "urllib.", "http.", "ftplib.", "subprocess.", "ctypes.", "import")
Seen = list[str]


class Watch:
    """Notes every file, connection, process and module that is opened while it is on."""

    def __init__(self) -> None:
        self.seen: Seen | None = None
        sys.addaudithook(self._note)

    @contextlib.contextmanager
    def on(self) -> Iterator[Seen]:
        self.seen = []
        try:
            yield self.seen
        finally:
            self.seen = None

    def _note(self, event: str, _: tuple[object, ...]) -> None:
        if self.seen is not None and event.startswith(IO):
            self.seen.append(event)


@pytest.fixture(scope="module")
def watch() -> Watch:
    """An audit hook (PEP 578) cannot be taken away again, so there is one."""
    return Watch()


def test_the_watch_sees_a_file_and_a_connection(watch: Watch, tmp_path: Path) -> None:
    (tmp_path / "key.pem").touch()
    with watch.on() as seen:
        (tmp_path / "key.pem").read_bytes()
        with socket.socket() as client, contextlib.suppress(OSError):
            client.settimeout(0.1)
            client.connect(("127.0.0.1", 9))
    assert {"open", "socket.connect"} <= set(seen)


def test_no_attack_makes_the_verifier_read_a_file_or_open_a_connection(
    watch: Watch, forge: Forge, key: SigningKey, tenant_claims: LicenseClaims, now: datetime
) -> None:
    keys = KeySet([key.public])
    url, file = "https://thief.example/jwks.json", "file:///dev/null"
    head = segment({"alg": "none", "typ": "JWT", "kid": key.kid})
    refused = [
        *(forge(kid=kid) for kid in (url, file, "../../dev/null", "' OR 1=1 --", None, "k" * 2000)),
        *(forge(kid="other", **{member: url}) for member in ("jku", "x5u")),
        forge(jwk=SigningKey.generate().public.jwk(), kid="other"),
        forge(x5c=["AAAA"], kid="other"),
        *(forge(alg=algorithm) for algorithm in ("none", "nOnE", "HS256", "RS512", "ES256")),
        f"{head}.{segment(to_claims(tenant_claims))}.",
        *(forge({name: url}) for name in ("iss", "aud", "sub")),
        forge(without="exp"),
        forge({"exp": 1, "expiresAt": 1}),
        forge({"nbf": 4102444800}),
        forge(typ="at+jwt"),
        forge(crit=["jku"], jku=url),
        forge()[:-9],
        forge({"pad": "x" * 1_000_000}),
    ]
    unmoved = [forge(**{name: place}) for name in ("jku", "x5u") for place in (url, file)]
    terms = {"audience": tenant_claims.audience, "issuer": tenant_claims.issuer, "now": now}
    verify(forge(), keys, **terms)
    with watch.on() as seen:
        for token in refused:
            with pytest.raises(TokenInvalid):
                verify(token, keys, **terms)
        claims = [verify(token, keys, **terms) for token in unmoved]
    assert seen == []
    assert claims == [tenant_claims] * 4
