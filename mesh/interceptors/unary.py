"""One request, one response: the hot path."""

import inspect
from collections.abc import Awaitable, Callable
from typing import Any

from mesh.errors import StartError
from mesh.interceptors.flow import Context, Flow
from mesh.interceptors.plan import MethodPlan

UnaryHandler = Callable[[Any, Context], Awaitable[Any]]


def unary_in_unary_out(flow: Flow, plan: MethodPlan, handler: UnaryHandler) -> UnaryHandler:
    """Wraps `handler`. Raises StartError unless it is a coroutine function."""
    require_coroutine(plan, handler)

    async def serve(data: bytes, context: Context) -> Any:
        visit = flow.begin(plan, context)
        try:
            await flow.admit(visit)
            request = plan.admit(data, flow.validator)
            response = await flow.bounded(context, handler(request, context))
            await flow.count(visit)
        except BaseException as error:
            await flow.failed(visit, error)
        finally:
            flow.leave(visit)
        flow.succeeded(visit)
        return response

    return serve


def require_coroutine(plan: MethodPlan, handler: object) -> None:
    """Raises StartError for a handler that gRPC would run in a thread."""
    if not inspect.iscoroutinefunction(handler):
        raise StartError(f"the handler of {plan.path} must be an async function")
