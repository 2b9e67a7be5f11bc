import subprocess
import sys

import pytest

from deploy import install


def test_an_environment_that_was_left_half_made_is_made_whole(tmp_path):
    folder = tmp_path / "venv"
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", str(folder)], check=True)
    python = install.ensure_environment(folder)
    subprocess.run([str(python), "-m", "pip", "--version"], check=True, capture_output=True)


def test_a_disk_that_is_full_is_one_line(monkeypatch, capsys):
    def full(part):
        raise OSError(28, "No space left on device", f"/venv/{part}")

    monkeypatch.setattr(install, "install", full)
    monkeypatch.setattr(sys, "argv", ["install.py", "runtime"])
    assert install.main() == 1
    (line,) = capsys.readouterr().out.splitlines()
    assert line.startswith("/venv/runtime: No space left on device; free space")


def test_a_part_is_installed_once(tmp_path, monkeypatch):
    monkeypatch.setattr(install, "ENVIRONMENTS", {"runtime": str(tmp_path)})
    wanted = install.digest(install.REQUIREMENTS / "runtime.txt", install.ROOT / "pyproject.toml")
    (tmp_path / ".runtime").write_text(wanted)
    monkeypatch.setattr(install, "run", pytest.fail)
    install.install("runtime")
