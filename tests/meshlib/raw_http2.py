"""A caller that speaks HTTP/2 by hand, for what no gRPC client would send."""

import asyncio

_PREFACE = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"
_DATA, _HEADERS, _SETTINGS = 0, 1, 4
_END_STREAM, _END_HEADERS = 1, 4


async def call(addr: str, path: str, headers: dict[str, bytes], message: bytes = b"") -> bytes:
    """All bytes that come back until the end of the first stream (RFC 9113, RFC 7541)."""
    host, _, port = addr.partition(":")
    reader, writer = await asyncio.open_connection(host, int(port))
    fields = {
        ":method": b"POST",
        ":scheme": b"http",
        ":path": path.encode(),
        ":authority": b"test",
        "te": b"trailers",
        "content-type": b"application/grpc",
        **headers,
    }
    block = b"".join(b"\0" + _text(name.encode()) + _text(value) for name, value in fields.items())
    body = b"\0" + len(message).to_bytes(4) + message
    writer.write(_PREFACE + _frame(_SETTINGS, 0, 0, b""))
    writer.write(_frame(_HEADERS, _END_HEADERS, 1, block))
    writer.write(_frame(_DATA, _END_STREAM, 1, body))
    received = b""
    try:
        async with asyncio.timeout(60):
            while True:
                head = await reader.readexactly(9)
                payload = await reader.readexactly(int.from_bytes(head[:3]))
                received += payload
                if head[3] == _HEADERS and head[4] & _END_STREAM:
                    return received
    finally:
        writer.close()


def _frame(kind: int, flags: int, stream: int, payload: bytes) -> bytes:
    return len(payload).to_bytes(3) + bytes([kind, flags]) + stream.to_bytes(4) + payload


def _text(text: bytes) -> bytes:
    assert len(text) < 127
    return bytes([len(text)]) + text
