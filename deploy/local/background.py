"""`make up`, `make down` and `make status`: a stack without a terminal."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
import time
from collections.abc import Mapping

from deploy.local.console import say
from deploy.local.errors import StartError
from deploy.local.plan import ROOT
from deploy.local.process import records
from deploy.local.rundir import RunDir

UP_S = 180.0
DOWN_S = 20.0
POLL_S = 0.1


def up(environment: Mapping[str, str]) -> int:
    """Starts a stack in a session of its own; returns once mesh.env is written.

    Raises:
        StartError: another stack holds the run directory, or it was not healthy in time.
    """
    run = RunDir.from_environment(environment, ROOT).create()
    with run.lock():
        run.env_file.unlink(missing_ok=True)
    log = run.logs / "stack.log"
    with log.open("wb") as output:
        process = subprocess.Popen(
            [sys.executable, "-m", "deploy.cli", "local", "run"],
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=subprocess.STDOUT,
            start_new_session=True,
            cwd=ROOT,
        )
    shown = 0
    deadline = time.monotonic() + UP_S
    while time.monotonic() < deadline:
        text = log.read_text(errors="replace")
        sys.stdout.write(text[shown:])
        sys.stdout.flush()
        shown = len(text)
        if process.poll() is not None:
            return process.returncode or 1
        if run.env_file.exists() and "The mesh is up" in text:
            return 0
        time.sleep(POLL_S)
    process.terminate()
    raise StartError("stack", f"not healthy after {UP_S:.0f} s", f"look into {run.logs}")


def down(environment: Mapping[str, str]) -> int:
    """Stops the stack that holds the run directory; nothing happens when there is none."""
    run = RunDir.from_environment(environment, ROOT)
    holder = run.lock_holder() if run.root.exists() else None
    if holder is None:
        say("nothing runs here")
        return 0
    with contextlib.suppress(ProcessLookupError):
        os.kill(holder, signal.SIGTERM)
    deadline = time.monotonic() + DOWN_S
    while run.lock_holder() is not None:
        if time.monotonic() > deadline:
            raise StartError("stack", f"process {holder} does not stop", f"look into {run.logs}")
        time.sleep(POLL_S)
    say("stopped")
    return 0


def status(environment: Mapping[str, str]) -> int:
    """Prints one line a service; the exit status is 0 when the stack is healthy, else 3."""
    run = RunDir.from_environment(environment, ROOT)
    if not run.root.exists() or run.lock_holder() is None:
        say("nothing runs here; `make up` starts it")
        return 3
    for record in records(run):
        say(f"  {record.name:<15} {'runs' if record.is_alive() else 'is down'} (pid {record.pid})")
    if not run.env_file.exists():
        say("coming up, or a service is down; see the logs in " + str(run.logs))
        return 3
    say(f"healthy; addresses are in {run.env_file}")
    return 0
