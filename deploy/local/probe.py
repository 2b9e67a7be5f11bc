"""Readiness probes: HTTP, without a client library's start-up time, and gRPC health."""

import asyncio

import grpc
from grpc_health.v1 import health_pb2, health_pb2_grpc


async def http_ok(host: str, port: int, path: str, timeout_s: float = 2.0) -> bool:
    """Whether GET `path` answers with a status of 200 to 299 within `timeout_s` seconds."""
    try:
        async with asyncio.timeout(timeout_s):
            return await _status(host, port, path) // 100 == 2
    except (OSError, TimeoutError, ValueError):
        return False


async def _status(host: str, port: int, path: str) -> int:
    reader, writer = await asyncio.open_connection(host, port)
    try:
        request = f"GET {path} HTTP/1.1\r\nHost: {host}:{port}\r\nConnection: close\r\n\r\n"
        writer.write(request.encode())
        line = await reader.readline()
        return int(line.split()[1]) if line.count(b" ") else 0
    finally:
        writer.close()


async def grpc_serving(address: str, timeout_s: float = 2.0) -> bool:
    """Whether the server at `address` (plaintext) answers SERVING to grpc.health.v1."""
    async with grpc.aio.insecure_channel(address) as channel:
        check = health_pb2_grpc.HealthStub(channel).Check
        try:
            answer = await check(health_pb2.HealthCheckRequest(), timeout=timeout_s)
        except grpc.aio.AioRpcError:
            return False
    return bool(answer.status == health_pb2.HealthCheckResponse.SERVING)
