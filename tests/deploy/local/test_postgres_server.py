import asyncio
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import sysconfig
import tempfile
from pathlib import Path

import asyncpg
import pytest

from deploy.local.account import server_account
from deploy.local.errors import StartError
from deploy.local.ports import free_port
from deploy.local.postgres import PostgresServer
from deploy.local.process import LAUNCHER, Command, records, spawn, start_ticks
from deploy.local.rundir import RunDir
from deploy.local.testing import postgres_server

ROOT = Path(__file__).parents[3]


@pytest.fixture
async def server(tmp_path):
    async with postgres_server(tmp_path) as server:
        yield server


@pytest.fixture
async def durable(tmp_path):
    async with postgres_server(tmp_path, durable=True) as server:
        yield server


async def rows(server, query, *values, database="postgres"):
    connection = await asyncpg.connect(server.dsn(database))
    try:
        return [tuple(row) for row in await connection.fetch(query, *values)]
    finally:
        await connection.close()


def log_of(server):
    return (server.run.logs / f"{server.name}.log").read_text()


async def test_it_listens_on_loopback_alone_is_durable_and_in_utc(durable):
    settings = dict(await rows(durable, "SELECT name, setting FROM pg_settings"))
    assert settings["listen_addresses"] == "127.0.0.1"
    assert settings["unix_socket_directories"] == ""
    assert settings["fsync"] == "on"
    assert settings["synchronous_commit"] == "on"
    assert settings["TimeZone"] == "UTC"
    assert settings["password_encryption"] == "scram-sha-256"


@pytest.mark.parametrize("password", ["", "wrong"])
async def test_without_the_password_nobody_gets_in(server, password):
    with pytest.raises(asyncpg.InvalidPasswordError):
        await asyncpg.connect(server.dsn("postgres", "postgres", password))


async def test_the_password_is_neither_in_the_log_nor_in_the_process_list(server):
    command_line = await asyncio.to_thread(Path(f"/proc/{server.child.pid}/cmdline").read_bytes)
    assert server.password.encode() not in command_line
    assert server.password not in log_of(server)


async def test_a_database_is_created_once(server):
    for _ in range(2):
        await server.create_database('odd "name"')
    assert await rows(server, "SELECT current_database()", database='odd "name"') == [
        ('odd "name"',)
    ]


async def test_committed_rows_survive_sigkill(durable):
    await rows(durable, "CREATE TABLE facts (n int)")
    await rows(durable, "INSERT INTO facts SELECT generate_series(1, 1000)")
    killed = durable.child
    killed.signal(signal.SIGKILL)
    assert await killed.wait() == -signal.SIGKILL
    await durable.start()
    assert durable.child.pid != killed.pid
    assert await rows(durable, "SELECT count(*), sum(n) FROM facts") == [(1000, 500500)]
    assert "was not properly shut down" in log_of(durable)


async def test_a_lock_file_of_a_process_id_that_now_belongs_to_another_is_no_obstacle(server):
    data = (server.run.data / server.name).resolve()
    lock = (data / "postmaster.pid").read_text().split("\n")
    await server.stop("immediate")
    owner = owner_of(data)
    sleep = Command("other", (shutil.which("sleep"), "60"), account=server_account())
    other = spawn(sleep, server.run)
    stale = "\n".join([str(other.pid), *lock[1:]])
    (data / "postmaster.pid").write_text(stale)
    os.chown(data / "postmaster.pid", owner, owner)
    await server.start()
    assert other.is_alive()
    assert await other.stop() == -signal.SIGTERM
    assert await rows(server, "SELECT 1") == [(1,)]


def owner_of(path):
    return path.stat().st_uid


async def test_a_backend_that_outlives_the_server_does_not_stop_the_next_start(server, monkeypatch):
    monkeypatch.setattr("deploy.local.postgres.ORPHAN_PATIENCE_S", 0.2)
    connection = await asyncpg.connect(server.dsn("postgres"))
    [(backend,)] = await connection.fetch("SELECT pg_backend_pid()")
    os.kill(backend, signal.SIGSTOP)
    server.child.signal(signal.SIGKILL)
    await server.child.wait()
    assert start_ticks(backend) is not None
    await server.start()
    assert start_ticks(backend) is None
    assert await rows(server, "SELECT 1") == [(1,)]
    connection.terminate()


async def test_a_second_server_on_the_same_data_is_refused(server, monkeypatch):
    monkeypatch.setattr("deploy.local.postgres.ORPHAN_PATIENCE_S", 0.0)
    other = PostgresServer(server.name, server.run, free_port(), server.password)
    with pytest.raises(StartError, match=f"pid {server.child.pid}"):
        await other.start()
    assert await rows(server, "SELECT 1") == [(1,)]


async def test_a_taken_port_is_named(tmp_path):
    run = RunDir(tmp_path / "run").create()
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        with pytest.raises(StartError, match=f"port {port} on 127.0.0.1 is in use"):
            await PostgresServer("postgres", run, port, "secret").start()
    assert not any(run.data.iterdir())


async def test_data_of_another_user_is_not_touched(server):
    await server.stop()
    data = (server.run.data / server.name).resolve()
    if os.geteuid() != 0:
        pytest.skip("only root can give a directory away")
    os.chown(data, 12345, 12345)
    with pytest.raises(StartError, match="belongs to user 12345"):
        await server.start()


async def test_a_lost_password_file_is_explained(server):
    await server.stop()
    stranger = PostgresServer(server.name, server.run, server.port, "another")
    with pytest.raises(StartError, match="not the one kept in the run directory"):
        await stranger.start()


async def test_a_setting_it_cannot_meet_is_quoted_from_the_log(server):
    await server.stop()
    configuration = (server.run.data / server.name).resolve() / "postgresql.auto.conf"
    with configuration.open("a") as file:
        file.write("no_such_setting = 1\n")
    with pytest.raises(StartError, match=r"configuration file .* contains errors"):
        await server.start()


async def test_a_half_made_data_directory_is_never_used(tmp_path):
    run = RunDir(tmp_path / "run").create()
    server = PostgresServer("postgres", run, free_port(), "secret", durable=False)
    try:
        making = asyncio.create_task(server.start())
        while not records(run):
            await asyncio.sleep(0.005)
        making.cancel()
        await asyncio.gather(making, return_exceptions=True)
        assert not (run.data / "postgres").exists()
        assert not any(record.is_alive() for record in records(run))
        await server.start()
        assert await rows(server, "SELECT 1") == [(1,)]
    finally:
        await server.stop("immediate")
        run.remove()


async def test_two_servers_side_by_side(tmp_path):
    async with (
        postgres_server(tmp_path, name="cloud") as cloud,
        postgres_server(tmp_path, name="edge") as edge,
    ):
        await rows(cloud, "CREATE TABLE only_here ()")
        assert await rows(edge, "SELECT to_regclass('only_here')::text") == [(None,)]
        with pytest.raises(asyncpg.InvalidPasswordError):
            await asyncpg.connect(edge.dsn("postgres", "postgres", cloud.password))


@pytest.mark.skipif(os.geteuid() != 0, reason="natural for an ordinary user")
def test_an_ordinary_user_starts_it_too():
    """An unprivileged interpreter of the same version runs the whole life of a server."""
    python = Path(f"/usr/bin/python{sysconfig.get_python_version()}")
    if not python.exists():
        pytest.skip(f"no {python} that everybody may execute")
    script = (
        "import asyncio, sys; from pathlib import Path; from deploy.local.ports import free_port\n"
        "from deploy.local.postgres import PostgresServer; from deploy.local.rundir import RunDir\n"
        "async def life():\n"
        "    run = RunDir(Path(sys.argv[1])).create()\n"
        "    server = PostgresServer('postgres', run, free_port(), run.secret('postgres'))\n"
        "    await server.start(); await server.create_database('cloud'); await server.stop()\n"
        "    print((run.data / 'postgres').owner())\n"
        "asyncio.run(life())\n"
    )
    with tempfile.TemporaryDirectory() as home:
        user = pwd.getpwnam("nobody")
        os.chown(home, user.pw_uid, user.pw_gid)
        said = subprocess.run(
            [*running_as(user), str(python), "-c", script, f"{home}/run"],
            env={"PYTHONPATH": f"{ROOT}:{sysconfig.get_path('purelib')}", "TMPDIR": home},
            cwd="/",
            capture_output=True,
            text=True,
            check=False,
        )
    assert (said.stdout, said.stderr) == ("nobody\n", "")


def running_as(user):
    """Gives up privileges in a program of its own: gRPC's threads make forking here unsafe."""
    ids = (str(user.pw_uid), str(user.pw_gid))
    return [sys.executable, "-I", "-S", str(LAUNCHER), *ids, "15", str(os.getpid())]
