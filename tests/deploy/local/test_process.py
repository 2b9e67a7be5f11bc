import asyncio
import os
import signal
import subprocess
import sys
from functools import partial
from pathlib import Path

import psutil
import pytest

from deploy.local.account import Account
from deploy.local.errors import StartError
from deploy.local.process import (
    Command,
    Record,
    end_leftovers,
    records,
    spawn,
    start_ticks,
    until_ready,
)
from deploy.local.program import Program
from deploy.local.rundir import RunDir

ENVIRONMENT = {"PATH": os.defpath}


@pytest.fixture
def run(tmp_path):
    return RunDir(tmp_path / "run").create()


def command_line(pid):
    return Path(f"/proc/{pid}/cmdline").read_bytes()


def shell(script, name="child", **options):
    return Command(name, ("/bin/sh", "-c", script), ENVIRONMENT, **options)


async def until(condition, timeout_s=60):
    async with asyncio.timeout(timeout_s):
        while not condition():
            await asyncio.sleep(0.005)


async def test_output_status_and_record(run):
    child = spawn(shell("read word; echo got $word; exit 3", stdin=b"milk\n"), run)
    assert [(r.name, r.pid) for r in records(run)] == [("child", child.pid)]
    assert await child.wait() == 3
    assert child.log_lines() == ["got milk"]
    assert records(run) == []


async def test_the_log_of_an_earlier_run_is_kept_but_not_read_again(run):
    for word in ("first", "second"):
        child = spawn(shell(f"echo {word}"), run)
        await child.wait()
    assert child.log_lines() == ["second"]
    assert child.log.read_text() == "first\nsecond\n"


async def test_stop_asks_first_and_then_kills(run):
    polite = spawn(
        shell("trap 'echo bye; exit 0' TERM; echo up; while :; do sleep 0.01; done"), run
    )
    await until(polite.log_lines)
    assert await polite.stop() == 0
    assert polite.log_lines()[-1] == "bye"
    deaf = spawn(shell("trap '' TERM; echo up; while :; do sleep 0.01; done", "deaf"), run)
    await until(deaf.log_lines)
    assert await deaf.stop(timeout_s=0.1) == -signal.SIGKILL


async def test_a_stopped_process_can_be_ended(run):
    child = spawn(shell("trap 'exit 7' TERM; echo up; while :; do sleep 0.01; done"), run)
    await until(child.log_lines)
    child.signal(signal.SIGSTOP)
    await until(lambda: psutil.Process(child.pid).status() == psutil.STATUS_STOPPED)
    assert await child.stop(timeout_s=60) == 7


async def test_grandchildren_do_not_outlive_the_child(run):
    child = spawn(shell("sleep 60 & echo $!; wait"), run)
    await until(child.log_lines)
    grandchild = int(child.log_lines()[0])
    await child.stop()
    await until(lambda: start_ticks(grandchild) is None)


async def test_is_alive_knows_a_reused_process_id_and_a_zombie(run):
    ticks = start_ticks(os.getpid())
    assert ticks is not None
    assert Record("me", os.getpid(), ticks).is_alive()
    assert not Record("me", os.getpid(), ticks - 1).is_alive()
    child = spawn(shell("exit 0"), run)
    await until(lambda: not child.is_alive())
    os.kill(child.pid, 0)
    await child.wait()


@pytest.mark.parametrize("end", [signal.SIGKILL, signal.SIGTERM])
async def test_children_die_with_the_supervisor(run, end):
    program = (
        "import sys; from pathlib import Path; from deploy.local.rundir import RunDir\n"
        "from deploy.local.process import Command, spawn\n"
        "c = spawn(Command('child', ('/bin/sleep', '60')), RunDir(Path(sys.argv[1])))\n"
        "print(c.pid, flush=True); input()"
    )
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    parent = await asyncio.create_subprocess_exec(
        sys.executable, "-c", program, str(run.root), **pipes
    )
    pid = int(await parent.stdout.readline())
    await until(lambda: b"sleep" in command_line(pid))
    parent.send_signal(end)
    await parent.wait()
    await until(lambda: start_ticks(pid) is None)
    assert len(records(run)) == 1
    await end_leftovers(run)
    assert records(run) == []


async def test_leftovers_that_ignore_the_signal_are_killed(run):
    child = spawn(shell("trap '' TERM; echo up; while :; do sleep 0.01; done"), run)
    await until(child.log_lines)
    await end_leftovers(run, patience_s=0.1)
    assert await child.wait() == -signal.SIGKILL


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give up privileges")
async def test_a_child_gives_up_every_privilege(run, request):
    request.addfinalizer(partial(os.setgroups, os.getgroups()))
    os.setgroups([4, 6])
    child = spawn(shell("id -u; id -g; id -G; grep CapEff /proc/self/status",
                        account=Account(64321, 64321)), run)  # fmt: skip
    await child.wait()
    assert child.log_lines()[:3] == ["64321", "64321", "64321"]
    assert int(child.log_lines()[3].split()[1], 16) == 0


async def test_a_program_that_is_missing_is_named(run):
    async def never():
        return False

    program = Program(Command("ghost", ("/no/such/program",)), run, never)
    with pytest.raises(StartError, match="cannot execute /no/such/program"):
        await program.start()


async def test_a_program_that_is_never_ready_is_stopped(run):
    async def never():
        return False

    child = spawn(shell("while :; do sleep 0.01; done"), run)
    with pytest.raises(StartError, match="not ready"):
        await until_ready(child, never, AssertionError, timeout_s=0.2)
    assert not child.is_alive()


async def test_a_cancelled_start_leaves_nothing_behind(run):
    async def never():
        return False

    program = Program(shell("while :; do sleep 0.01; done"), run, never)
    start = asyncio.create_task(program.start())
    await until(lambda: records(run))
    [record] = records(run)
    start.cancel()
    await asyncio.gather(start, return_exceptions=True)
    assert not record.is_alive()
