import os
import subprocess
import sys

import pytest

from deploy.local.errors import StartError
from deploy.local.rundir import RunDir


@pytest.fixture
def run(tmp_path):
    return RunDir(tmp_path / "run").create()


def test_the_environment_moves_it(tmp_path):
    assert RunDir.from_environment({}, tmp_path).root == tmp_path / ".run"
    moved = RunDir.from_environment({"BRINKBYTE_RUN_DIR": "/srv/mesh"}, tmp_path)
    assert str(moved.root) == "/srv/mesh"


def test_secrets_are_random_kept_and_private(run):
    first = run.secret("postgres-cloud")
    assert run.secret("postgres-cloud") == first
    assert run.secret("postgres-edge") != first
    assert len(first) >= 32
    assert (run.keys / "postgres-cloud.password").stat().st_mode & 0o777 == 0o600


def test_modes_do_not_depend_on_the_umask(tmp_path):
    before = os.umask(0o077)
    try:
        run = RunDir(tmp_path / "run").create()
    finally:
        os.umask(before)
    assert run.root.stat().st_mode & 0o777 == 0o711
    assert run.keys.stat().st_mode & 0o777 == 0o700


def test_a_shell_reads_back_every_value(run):
    values = {"A": "it's $HOME; `id`", "B": "two  words\\", "C": ""}
    path = run.write_env(values)
    assert path.stat().st_mode & 0o777 == 0o600
    script = f'. "{path}"; printf "%s\\n" "$A" "$B" "$C"'
    said = subprocess.run(["sh", "-c", script], capture_output=True, text=True, check=True)
    assert said.stdout.split("\n")[:3] == list(values.values())


@pytest.mark.parametrize(("name", "value"), [("A=B", "x"), ("A", "two\nlines"), ("A", "\0")])
def test_what_no_line_can_hold_is_refused(run, name, value):
    with pytest.raises(ValueError, match=name):
        run.write_env({name: value})
    assert not run.env_file.exists()


def test_a_second_stack_is_refused_and_told_who_holds_the_directory(run):
    program = (
        "import sys; from pathlib import Path; from deploy.local.rundir import RunDir\n"
        "with RunDir(Path(sys.argv[1])).lock():\n    print('held', flush=True); input()"
    )
    with subprocess.Popen(
        [sys.executable, "-c", program, str(run.root)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    ) as holder:
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(StartError, match=f"process {holder.pid}"), run.lock():
            pass
        assert run.lock_holder() == holder.pid
        holder.kill()
        holder.wait()
    with run.lock():
        assert run.lock_holder() == os.getpid()
    assert run.lock_holder() is None
