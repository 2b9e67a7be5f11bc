"""`brinkbyte keys ca-…`: what lies in the directory after each step."""

import stat
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from cryptography import x509
from typer.testing import CliRunner

from billing.devices.ca import load_authorities
from deploy.cli.app import app
from deploy.local.authorities import list_authorities, new_authority, retire_authority
from mesh.certificate import certificate_facts
from mesh.clock import ManualClock
from mesh.errors import ConfigError, StartError


def keys(*arguments: str) -> str:
    ran = CliRunner().invoke(app, ["keys", *arguments])
    assert ran.exit_code == 0, ran.output
    return ran.stdout.strip()


def test_the_first_authority_signs_and_the_next_waits(tmp_path: Path) -> None:
    folder = tmp_path / "ca"
    first = keys("ca-new", "--dir", str(folder))
    second = keys("ca-new", "--dir", str(folder))
    bundle = load_authorities(folder)
    assert bundle.signer.cert_pem == (folder / f"{first}.crt").read_bytes()
    assert len(x509.load_pem_x509_certificates(bundle.pem)) == len(bundle.key_ids) == 2
    keys("ca-use", second, "--dir", str(folder))
    bundle = load_authorities(folder)
    assert bundle.signer.cert_pem == (folder / f"{second}.crt").read_bytes()
    assert bundle.pem.startswith(bundle.signer.cert_pem.strip())
    for path in folder.glob("*.key"):
        assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_former_one_is_kept_for_the_life_of_a_certificate(tmp_path: Path) -> None:
    clock, day = ManualClock(datetime.now(UTC)), timedelta(days=1)
    first = new_authority(tmp_path, clock)
    second = keys("ca-new", "--dir", str(tmp_path))
    keys("ca-use", second, "--dir", str(tmp_path))
    with pytest.raises(StartError, match="may be in use"):
        retire_authority(tmp_path, first, clock, day)
    with pytest.raises(StartError, match="signs"):
        retire_authority(tmp_path, second, clock, timedelta(0))
    clock.advance(day + timedelta(minutes=1))
    retire_authority(tmp_path, first, clock, day)
    assert [each.name for each in list_authorities(tmp_path)] == [second]
    assert not (tmp_path / f"{first}.key").exists()


def test_a_program_gets_its_certificate(tmp_path: Path) -> None:
    folder, out = tmp_path / "ca", tmp_path / "gateway"
    keys("ca-new", "--dir", str(folder))
    keys("service-cert", "gateway", "--dir", str(folder), "--out", str(out), "--days", "7")
    facts = certificate_facts((out / "gateway.crt").read_bytes())
    assert facts.uri == "spiffe://brinkbyte.local/service/gateway"
    assert facts.issuer_key_id in load_authorities(folder).key_ids


def test_an_empty_directory_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="ca-new"):
        load_authorities(tmp_path)
