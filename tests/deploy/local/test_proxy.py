import asyncio

import pytest

from deploy.local.proxy import Target, TcpProxy


async def echo(reader, writer):
    while data := await reader.read(1024):
        writer.write(data)
        await writer.drain()
    writer.write(b".end")
    writer.close()


@pytest.fixture
async def proxy():
    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        proxy = TcpProxy(0, Target("127.0.0.1", port))
        await proxy.start()
        yield proxy
        await proxy.stop()


class Client:
    def __init__(self, reader, writer):
        self.reader, self.writer = reader, writer

    @classmethod
    async def connect(cls, proxy):
        return cls(*await asyncio.open_connection("127.0.0.1", proxy.port))

    async def say(self, data):
        self.writer.write(data)
        await self.writer.drain()

    async def hear(self, count, timeout_s=60):
        async with asyncio.timeout(timeout_s):
            return await self.reader.readexactly(count)

    def close(self):
        self.writer.transport.abort()


async def test_bytes_and_half_closes_pass_both_ways(proxy):
    client = await Client.connect(proxy)
    body = bytes(range(256)) * 4096
    sending = asyncio.create_task(client.say(body))
    assert await client.hear(len(body)) == body
    await sending
    client.writer.write_eof()
    assert await client.hear(4) == b".end"
    client.close()


async def test_a_cut_resets_live_connections_and_refuses_new_ones(proxy):
    client = await Client.connect(proxy)
    await client.say(b"a")
    assert await client.hear(1) == b"a"
    await proxy.cut()
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await client.hear(1)
    with pytest.raises(ConnectionRefusedError):
        await Client.connect(proxy)
    await proxy.heal()
    healed = await Client.connect(proxy)
    await healed.say(b"b")
    assert await healed.hear(1) == b"b"
    healed.close()
    client.close()


async def test_a_black_hole_accepts_and_delivers_nothing_until_healed(proxy):
    old = await Client.connect(proxy)
    await old.say(b"a")
    assert await old.hear(1) == b"a"
    await proxy.blackhole()
    new = await Client.connect(proxy)
    for client in (old, new):
        await client.say(b"late")
        with pytest.raises(TimeoutError):
            await client.hear(1, timeout_s=0.1)
    await proxy.heal()
    for client in (old, new):
        assert await client.hear(4) == b"late"
        client.close()


async def test_an_absent_target_looks_like_a_closed_connection():
    proxy = TcpProxy(0, Target("127.0.0.1", 1))
    await proxy.start()
    client = await Client.connect(proxy)
    with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
        await client.hear(1)
    await proxy.stop()
    client.close()
