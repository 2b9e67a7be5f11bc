"""Unary calls to the cloud, whose failures are typed errors."""

import asyncio

import grpc

from mesh.channel import MeshChannel
from mesh.errors import Unavailable
from mesh.status import from_rpc_error


async def call(channel: MeshChannel, method: str, request: bytes, *, timeout_s: float) -> bytes:
    """One call of `method` ("/package.Service/Method"), serialised in and out.

    Raises MeshError: what the server said, or Unavailable, DeadlineExceeded. A call that is
    cut because its channel closes, though nobody cancelled the task, is Unavailable.
    """
    unary = channel.unary_unary(method)
    try:
        answer: bytes = await unary(request, timeout=timeout_s)
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from error
    except (asyncio.InvalidStateError, grpc.aio.UsageError) as error:
        raise Unavailable("cloud") from error
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise Unavailable("cloud") from None
    return answer
