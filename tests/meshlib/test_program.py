"""A program's start and end."""

import signal
import subprocess
import sys

PROGRAM = """
import asyncio, sys
from mesh.errors import ConfigError
from mesh.program import run

async def main(stop):
    if sys.argv[1] == "broken":
        raise ConfigError("BRINKBYTE_X is not set; set it")
    print("ready", type(asyncio.get_running_loop()).__module__, flush=True)
    await stop.wait()
    print("stopping", flush=True)
    if sys.argv[1] == "stuck":
        await asyncio.Event().wait()

run(main)
"""


def start(mode):
    return subprocess.Popen(
        [sys.executable, "-c", PROGRAM, mode],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def test_a_signal_ends_a_program_in_order_on_uvloop():
    with start("good") as program:
        assert program.stdout.readline() == "ready uvloop\n"
        program.send_signal(signal.SIGTERM)
        assert program.communicate(timeout=150) == ("stopping\n", "")
    assert program.returncode == 0


def test_a_second_signal_ends_a_stuck_program():
    with start("stuck") as program:
        program.stdout.readline()
        program.send_signal(signal.SIGINT)
        assert program.stdout.readline() == "stopping\n"
        program.send_signal(signal.SIGINT)
        program.communicate(timeout=150)
    assert program.returncode == 0


def test_a_wrong_configuration_is_one_line_and_exit_code_1():
    with start("broken") as program:
        assert program.communicate(timeout=150) == ("", "BRINKBYTE_X is not set; set it\n")
    assert program.returncode == 1
