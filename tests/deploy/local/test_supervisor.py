import asyncio
import errno
import os
import signal
import time

import asyncpg
import pytest

from deploy.local.errors import StartError
from deploy.local.ports import free_port
from deploy.local.postgres import PostgresServer
from deploy.local.prepared import Prepared
from deploy.local.process import Command, records
from deploy.local.program import Program
from deploy.local.redis import RedisServer
from deploy.local.rundir import RunDir
from deploy.local.supervisor import RestartPolicy, Service, Supervisor, in_order
from mesh.errors import StartError as MigrationError

SLEEP = "echo up; while :; do sleep 0.01; done"
QUICK = RestartPolicy(first_s=0.01, last_s=0.04, quick_s=60.0, quick_deaths=3)


class Stage:
    """A supervisor of shell scripts and what it said."""

    def __init__(self, run):
        self.run = run
        self.events = []
        self.on_ready = lambda pid: None
        self.supervisor = None

    def program(self, name, script=SLEEP):
        async def said():
            return "up" in (self.run.logs / f"{name}.log").read_text()

        command = Command(name, ("/bin/sh", "-c", script), {"PATH": os.defpath})
        return Program(command, self.run, said)

    def hear(self, event):
        self.events.append(event)
        if event.kind == "ready":
            self.on_ready(event.pid)

    async def start(self, *services, **options):
        self.supervisor = Supervisor(services, self.hear, QUICK, **options)
        await self.supervisor.start()
        return self.supervisor

    def said(self, *kinds):
        return [(event.name, event.kind) for event in self.events if event.kind in kinds]


@pytest.fixture
async def stage(tmp_path):
    stage = Stage(RunDir(tmp_path / "run").create())
    yield stage
    await stage.supervisor.stop()
    assert not any(record.is_alive() for record in records(stage.run))


def test_an_order_that_cannot_be_is_refused(tmp_path):
    stage = Stage(RunDir(tmp_path))
    a, b = stage.program("a"), stage.program("b")
    assert in_order([Service(a, ("b",)), Service(b)]) == ["b", "a"]
    with pytest.raises(ValueError, match="need each other"):
        in_order([Service(a, ("b",)), Service(b, ("a",))])
    with pytest.raises(ValueError, match="missing"):
        in_order([Service(a, ("c",))])
    with pytest.raises(ValueError, match="one name"):
        in_order([Service(a), Service(a)])


async def test_it_starts_what_is_needed_first_and_stops_it_last(stage):
    supervisor = await stage.start(
        Service(stage.program("gateway"), ("billing",)),
        Service(stage.program("billing"), ("postgres",)),
        Service(stage.program("postgres")),
    )
    await supervisor.stop()
    up, down = ["postgres", "billing", "gateway"], ["gateway", "billing", "postgres"]
    assert [name for name, _ in stage.said("ready")] == up
    assert [name for name, _ in stage.said("stopped")] == down
    assert stage.said("died", "restarting") == []
    assert supervisor.pid("postgres") is None


async def test_a_killed_child_comes_back_as_another_process(stage):
    supervisor = await stage.start(Service(stage.program("billing")))
    for number in (signal.SIGKILL, signal.SIGTERM, signal.SIGKILL, signal.SIGKILL):
        killed = supervisor.kill("billing", number)
        async with asyncio.timeout(60):
            assert await supervisor.wait_ready("billing", after=killed) != killed
    kinds = [event.kind for event in stage.events]
    assert kinds[:6] == ["starting", "ready", "died", "restarting", "starting", "ready"]
    assert stage.events[2].detail == "it ended with signal 9"
    assert "gave_up" not in kinds, "deaths that were ordered must not add up"


async def test_what_keeps_dying_is_given_up_with_a_reason(stage):
    stage.on_ready = lambda pid: os.kill(pid, signal.SIGSEGV)
    await stage.start(Service(stage.program("flaky")))
    async with asyncio.timeout(60):
        error = await stage.supervisor.wait_failed()
    assert error.service == "flaky"
    assert error.reason == "it died 3 times in a row, the last time: it ended with signal 11"
    assert len(stage.said("ready")) == 3
    assert stage.said("gave_up") == [("flaky", "gave_up")]


async def test_what_does_not_start_again_is_given_up_too(stage, tmp_path):
    started, ready = tmp_path / "started", tmp_path / "ready"
    again = f"test -e {started} && {{ echo no licence; exit 1; }}"
    once = f"touch {started} {ready}; while test -e {ready}; do sleep 0.01; done"
    program = stage.program("once", f"{again}; {once}")
    program.probe = lambda: exists(ready)
    await stage.start(Service(program))
    ready.unlink()
    async with asyncio.timeout(60):
        error = await stage.supervisor.wait_failed()
    assert error.reason.endswith("it did not start again: no licence")


async def test_what_cannot_start_again_for_an_unknown_reason_is_given_up_too(stage):
    program = stage.program("billing")
    supervisor = await stage.start(Service(program))

    async def no_room():
        raise OSError(errno.ENOSPC, "No space left on device")

    program.probe = no_room
    supervisor.kill("billing", signal.SIGKILL)
    async with asyncio.timeout(60):
        error = await supervisor.wait_failed()
    assert error.reason.endswith("it did not start again: no space left on device")


async def test_a_defect_at_a_restart_is_not_silent(stage):
    program = stage.program("billing")
    supervisor = await stage.start(Service(program))

    async def defect():
        raise ZeroDivisionError

    program.probe = defect
    supervisor.kill("billing", signal.SIGKILL)
    async with asyncio.timeout(60):
        error = await supervisor.wait_failed()
    assert error.reason.endswith("it did not start again: ZeroDivisionError()")


async def test_what_dies_with_what_it_needs_waits_for_it(stage, tmp_path):
    up = tmp_path / "postgres-is-up"
    loop = "while :; do sleep 0.01; done"
    postgres = stage.program("postgres", f"rm -f {up}; sleep 1; touch {up}; {loop}")
    postgres.probe = lambda: exists(up)
    billing = stage.program("billing", f"test -e {up} || exit 1; echo up; {loop}")
    supervisor = await stage.start(Service(postgres), Service(billing, ("postgres",)))
    up.unlink()
    killed = {name: supervisor.kill(name, signal.SIGKILL) for name in ("billing", "postgres")}
    for name, pid in killed.items():
        async with asyncio.timeout(60):
            await supervisor.wait_ready(name, after=pid)
    assert stage.said("gave_up") == []


async def test_who_waits_for_another_process_does_not_make_this_one_unready(stage):
    supervisor = await stage.start(Service(stage.program("billing")))
    pid = supervisor.pid("billing")
    with pytest.raises(TimeoutError):
        await asyncio.wait_for(supervisor.wait_ready("billing", after=pid), 0.05)
    assert await asyncio.wait_for(supervisor.wait_ready("billing"), 60) == pid


async def test_a_setup_that_fails_is_told_in_one_line(stage):
    async def refused():
        raise MigrationError("migration 0001 was changed; restore it")

    with pytest.raises(StartError) as caught:
        await stage.start(Service(Prepared(stage.program("billing"), refused)))
    assert caught.value.service == "billing"
    assert caught.value.reason == "cannot be set up: migration 0001 was changed; restore it"


async def exists(path):
    return await asyncio.to_thread(path.exists)


async def test_when_one_does_not_start_the_others_are_stopped(stage):
    with pytest.raises(StartError) as caught:
        await stage.start(
            Service(stage.program("postgres")),
            Service(stage.program("broken", "echo the reason; exit 1"), ("postgres",)),
            Service(stage.program("never"), ("broken",)),
        )
    assert (caught.value.service, caught.value.reason) == ("broken", "the reason")
    assert stage.said("ready", "stopped") == [("postgres", "ready"), ("postgres", "stopped")]
    assert ("never", "starting") not in stage.said("starting")


async def test_a_chain_that_hangs_is_stopped_in_time(stage):
    deaf = "trap '' TERM; " + SLEEP
    supervisor = await stage.start(
        Service(stage.program("a", deaf)),
        Service(stage.program("b", deaf), ("a",)),
        Service(stage.program("c", deaf), ("b",)),
        stop_s=4,
    )
    begin = time.monotonic()
    await supervisor.stop()
    assert time.monotonic() - begin < 11, "four seconds each"
    assert [name for name, _ in stage.said("stopped")] == ["c", "b", "a"]


async def test_stopping_while_a_restart_is_under_way_starts_nothing(stage):
    supervisor = await stage.start(Service(stage.program("billing")))
    supervisor.kill("billing", signal.SIGKILL)
    await supervisor.stop()
    assert supervisor.pid("billing") is None
    with pytest.raises(ProcessLookupError):
        supervisor.kill("billing", signal.SIGKILL)


async def test_real_stores_recover_and_keep_their_rows(stage):
    postgres = PostgresServer("postgres", stage.run, free_port(), stage.run.secret("postgres"))
    redis = RedisServer("redis", stage.run, free_port(), stage.run.secret("redis"))
    supervisor = await stage.start(Service(postgres), Service(redis))
    connection = await asyncpg.connect(postgres.dsn("postgres"))
    await connection.execute("CREATE TABLE facts (n int)")
    await connection.execute("INSERT INTO facts VALUES (1)")
    killed = {name: supervisor.kill(name, signal.SIGKILL) for name in ("postgres", "redis")}
    for name, pid in killed.items():
        async with asyncio.timeout(60):
            await supervisor.wait_ready(name, after=pid)
    connection.terminate()
    connection = await asyncpg.connect(postgres.dsn("postgres"))
    assert await connection.fetchval("SELECT n FROM facts") == 1
    await connection.close()
    await supervisor.stop()
    stage.run.remove()
