"""Fault points, in a process that may die."""

import os
import signal
import subprocess
import sys

import pytest

from mesh.errors import ConfigError
from mesh.faults import InjectedFault, NoFaults, load_faults

SCRIPT = """
import os
from mesh.faults import load_faults
faults = load_faults(os.environ)
for number in range(3):
    faults.hit("usage.after_commit")
    print(number, flush=True)
"""


def run(tmp_path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env={
            **os.environ,
            "BRINKBYTE_FAULTS": "usage.after_commit=kill@2",
            "BRINKBYTE_FAULTS_DIR": str(tmp_path / "marks"),
        },
        capture_output=True,
        text=True,
        check=False,
    )


def test_a_process_dies_at_the_named_hit_and_its_successor_does_not(tmp_path):
    first = run(tmp_path)
    assert (first.returncode, first.stdout) == (-signal.SIGKILL, "0\n")
    second = run(tmp_path)
    assert (second.returncode, second.stdout) == (0, "0\n1\n2\n")


def test_nothing_is_armed_without_the_variable():
    assert isinstance(load_faults({}), NoFaults)
    load_faults({"BRINKBYTE_FAULTS": " "}).hit("anything")


def test_errors_and_delays():
    faults = load_faults({"BRINKBYTE_FAULTS": "a=error, b=delay:1@2"})
    faults.hit("c")
    faults.hit("b")
    faults.hit("b")
    with pytest.raises(InjectedFault, match="at a"):
        faults.hit("a")
    faults.hit("a")


@pytest.mark.parametrize("text", ["a", "a=", "=kill", "a=kill@x", "a=melt", "a=delay", "a=kill:5"])
def test_an_entry_that_cannot_be_read_is_named(text):
    with pytest.raises(ConfigError, match="BRINKBYTE_FAULTS"):
        load_faults({"BRINKBYTE_FAULTS": text})
