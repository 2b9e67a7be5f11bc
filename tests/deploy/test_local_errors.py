"""What the system refuses to `brinkbyte local` is one line, never a trace."""

import os
import subprocess
import sys

import pytest

from tests.edge.disk import MIB, small_disk


def local(command, run_dir):
    done = subprocess.run(
        [sys.executable, "-m", "deploy.cli", "local", command],
        env={**os.environ, "BRINKBYTE_RUN_DIR": str(run_dir)},
        capture_output=True,
        text=True,
        timeout=150,
        check=False,
    )
    return done.returncode, (done.stdout + done.stderr).splitlines()


@pytest.mark.parametrize("command", ["run", "up", "down", "status"])
def test_a_run_directory_of_another_user_is_named(tmp_path, command):
    (tmp_path / "lock").mkdir()  # as unwritable for root as another's file for a user
    status, said = local(command, tmp_path)
    assert status == 1
    (line,) = said
    assert f"{tmp_path}/lock: " in line
    assert "BRINKBYTE_RUN_DIR" in line


def test_a_full_disk_is_named():
    with small_disk(MIB) as disk:
        disk.fill()
        status, said = local("run", disk.path)
    assert status == 1
    assert "no space left on device" in said[-1]
    assert "free space" in said[-1]
    assert not any("Traceback" in line for line in said)


def test_a_wrong_port_base_is_named(tmp_path, monkeypatch):
    monkeypatch.setenv("BRINKBYTE_PORT_BASE", "eighty")
    status, said = local("run", tmp_path)
    assert status == 1
    assert "BRINKBYTE_PORT_BASE=eighty" in said[-1]
