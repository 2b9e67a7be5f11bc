"""Calls to the cloud: dataclass messages as serializers, failures as typed errors."""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import TypeVar

import betterproto2
import grpc

from mesh.channel import MeshChannel
from mesh.errors import Unavailable
from mesh.status import from_rpc_error

ResponseT = TypeVar("ResponseT", bound=betterproto2.Message)

CALL_S = 10.0


async def call(
    channel: MeshChannel,
    method: str,
    request: betterproto2.Message,
    response: type[ResponseT],
) -> ResponseT:
    """One unary call of `method` ("/package.Service/Method") within ten seconds.

    Raises MeshError: what the server said, or Unavailable, DeadlineExceeded.
    """
    unary = channel.unary_unary(
        method, request_serializer=bytes, response_deserializer=response.parse
    )
    async with typed_errors():
        answer: ResponseT = await unary(request, timeout=CALL_S)
    return answer


@asynccontextmanager
async def typed_errors() -> AsyncIterator[None]:
    """Turns what gRPC raises within the block into MeshError.

    A call that is cut because its channel closes raises CancelledError although nobody
    cancelled the task; that is Unavailable.
    """
    try:
        yield
    except grpc.aio.AioRpcError as error:
        raise from_rpc_error(error) from error
    except (asyncio.InvalidStateError, grpc.aio.UsageError) as error:
        raise Unavailable("cloud") from error
    except asyncio.CancelledError:
        task = asyncio.current_task()
        if task is None or task.cancelling():
            raise
        raise Unavailable("cloud") from None
