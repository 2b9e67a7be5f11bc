"""The steps that all kinds of calls share."""

import asyncio
import math
import os
from collections.abc import Awaitable
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, NoReturn, TypeVar, get_args

import grpc
from protovalidate import Validator

from mesh.authenticate import Authenticator, holder_of, identify
from mesh.call import CLIENT_ADDRESS_KEY, Call, enter_call, find_call
from mesh.callers import AllowedCallers
from mesh.clock import Clock
from mesh.denials import Denials
from mesh.driver_errors import as_mesh_error
from mesh.errors import CallerNotAllowed, DeadlineExceeded, PermissionDenied, RateLimited
from mesh.interceptors.plan import Budget, MethodPlan
from mesh.limits import CallLimits
from mesh.principal import Principal, PrincipalKind
from mesh.status import DETAILS_KEY, code_of, to_status
from mesh.telemetry import Metrics
from mesh.tolls import Ticket, Tolls

REQUEST_ID_KEY = "x-request-id"
_AUTHORIZATION = "authorization"
_MAX_REQUEST_ID = 128
_IDENTITY_HOLDS_S = 1.0
_RETRY_AFTER = timedelta(milliseconds=500)
_OUR_FAULT = {
    grpc.StatusCode.INTERNAL,
    grpc.StatusCode.UNAVAILABLE,
    grpc.StatusCode.DEADLINE_EXCEEDED,
}

Context = grpc.aio.ServicerContext[Any, Any]
T = TypeVar("T")


@dataclass(slots=True)
class Visit:
    """One call on its way through the steps; `started` is on the monotonic clock."""

    plan: MethodPlan
    context: Context
    started: float
    request_id: str = ""
    authorization: str | None = None
    peer: str = ""
    identified: float = 0
    ticket: Ticket | None = None


class Flow:
    """Admits calls and closes them; holds what all methods share."""

    def __init__(
        self,
        authenticator: Authenticator,
        clock: Clock,
        metrics: Metrics,
        *,
        limits: CallLimits,
        validator: Validator,
        callers: AllowedCallers | None,
        denials: Denials | None,
        tolls: Tolls | None,
        log: Any,
    ) -> None:
        """`callers` bounds what certificates may call, `denials` is told who may not make a call,
        `tolls` lets calls in against their price, None where it does not matter; `log` is a
        structlog logger."""
        self._tolls = tolls
        self.validator = validator
        self._callers = callers
        self._denials = denials
        self._authenticator = authenticator
        self._clock = clock
        self._monotonic = clock.monotonic
        self._limits = limits
        self._log = log
        self._running: dict[Budget, int] = dict.fromkeys(get_args(Budget), 0)
        self._allowed: dict[Budget, float] = {
            "unary": limits.max_unary_in_flight,
            "stream": limits.max_streams,
            "health_watch": limits.max_health_watches,
            "none": math.inf,
        }
        metrics.in_flight.labels("unary").set_function(lambda: self._running["unary"])
        metrics.in_flight.labels("stream").set_function(lambda: self._running["stream"])

    def begin(self, plan: MethodPlan, context: Context) -> Visit:
        """Counts the call in; `leave` counts it out."""
        self._running[plan.budget] += 1
        return Visit(plan, context, self._monotonic())

    def leave(self, visit: Visit) -> None:
        """Counts the call out; what it was not answered for is given back."""
        if visit.ticket is not None:
            visit.ticket.given_up()
        self._running[visit.plan.budget] -= 1

    async def admit(self, visit: Visit) -> None:
        """Limit, request id, identity, access and toll; then the call is the task's current one.

        A stream is counted here, a unary call by `count`. Raises RateLimited, Unauthenticated,
        CallerNotAllowed, PermissionDenied, QuotaExhausted, Unavailable.
        """
        visit.request_id, visit.authorization = _read_headers(visit.context)
        plan = visit.plan
        if self._running[plan.budget] > self._allowed[plan.budget]:
            raise RateLimited(_RETRY_AFTER)
        principal = await self._identify(visit)
        call = Call(principal, visit.request_id, plan.path, visit.peer)
        enter_call(call)
        if self._tolls is not None:
            visit.ticket = await self._tolls.enter(call)
            if plan.streaming:
                await self.count(visit)

    async def count(self, visit: Visit) -> None:
        """Counts a call whose answer is about to leave."""
        if visit.ticket is not None:
            await visit.ticket.answered()

    async def admit_again(self, visit: Visit) -> None:
        """Whether the credential of an open stream still holds, asked once a second at most.

        Raises Unauthenticated, CallerNotAllowed, PermissionDenied.
        """
        if self._monotonic() - visit.identified >= _IDENTITY_HOLDS_S:
            await self._identify(visit)

    async def bounded(self, context: Context, work: Awaitable[T]) -> T:
        """Awaits a unary handler; without a deadline from the client it gets the default.

        The client's own deadline is kept by gRPC, which cancels the handler.
        Raises DeadlineExceeded.
        """
        if context.time_remaining() is not None:
            return await work
        try:
            async with asyncio.timeout(self._limits.default_deadline_s) as limit:
                return await work
        except TimeoutError:
            if limit.expired():
                raise DeadlineExceeded from None
            raise

    def succeeded(self, visit: Visit) -> None:
        """Closes a call that ended well."""
        seconds = self._monotonic() - visit.started
        code = visit.context.code()
        visit.plan.metrics.finished(_code_name(code) if code else "OK", seconds)
        if seconds > self._limits.slow_s and not visit.plan.streaming:
            self._log.warning(
                "call_slow", method=visit.plan.path, seconds=seconds, request_id=visit.request_id
            )

    async def failed(self, visit: Visit, error: BaseException) -> NoReturn:
        """Closes a call that ended badly: maps the error, logs it and aborts the call."""
        seconds = self._monotonic() - visit.started
        context = visit.context
        if isinstance(error, asyncio.CancelledError):
            remaining = context.time_remaining()
            late = remaining is not None and remaining <= 0
            visit.plan.metrics.finished("DEADLINE_EXCEEDED" if late else "CANCELLED", seconds)
            raise error
        if isinstance(error, grpc.aio.AbortError) or not isinstance(error, Exception):
            visit.plan.metrics.finished(_code_name(context.code()), seconds)
            raise error
        known = as_mesh_error(error)
        code = code_of(known)
        visit.plan.metrics.finished(code.name, seconds)
        self._report(visit, code, known.reason, error)
        status = to_status(known, visit.request_id, now=self._clock.now())
        await context.abort(
            code,
            status.message,
            (
                (DETAILS_KEY, status.SerializeToString()),
                (REQUEST_ID_KEY, visit.request_id),
            ),
        )

    async def _identify(self, visit: Visit) -> Principal:
        visit.identified = self._monotonic()
        holder = await holder_of(self._authenticator, visit.context)
        caller = holder
        try:
            if holder is not None and self._callers is not None:
                self._callers.check(visit.plan.service, holder)
            visit.peer = _peer(visit.context, holder)
            caller = await identify(self._authenticator, visit.authorization, holder)
            visit.plan.access.check(caller)
        except (CallerNotAllowed, PermissionDenied) as error:
            if caller is not None and self._denials is not None:
                method, reason = visit.plan.path, error.reason
                await self._denials.denied(caller, method, reason, visit.request_id)
            raise
        return caller

    def _report(
        self, visit: Visit, code: grpc.StatusCode, reason: str, error: BaseException
    ) -> None:
        call = find_call()
        facts = {
            "method": visit.plan.path,
            "code": code.name,
            "reason": reason,
            "request_id": visit.request_id,
            "subject": call.principal.subject if call else "",
        }
        if code is grpc.StatusCode.INTERNAL:
            self._log.error("call_failed", **facts, exc_info=error)
        elif code in _OUR_FAULT:
            self._log.warning("call_failed", **facts, cause=type(error.__cause__ or error).__name__)
        else:
            self._log.info("call_refused", **facts, message=str(error))


def _read_headers(context: Context) -> tuple[str, str | None]:
    """The request id, made here unless the caller sent a usable one, and the authorization header.

    A request id goes back in a header, so it is printable ASCII. Two authorization headers count
    as an unusable one.
    """
    request_id = ""
    authorization: str | None = None
    for key, value in context.invocation_metadata() or ():
        if key == _AUTHORIZATION:
            authorization = str(value) if authorization is None else ""
        elif key == REQUEST_ID_KEY and _is_request_id(value):
            request_id = str(value)
    return request_id or os.urandom(8).hex(), authorization


def _peer(context: Context, holder: Principal | None) -> str:
    """The other side's address. A program of the mesh tells whom it forwards; nobody else may."""
    if holder is not None and holder.kind is PrincipalKind.SERVICE:
        for key, value in context.invocation_metadata() or ():
            if key == CLIENT_ADDRESS_KEY:
                return str(value)
    return context.peer()


def _is_request_id(value: str | bytes) -> bool:
    return len(value) <= _MAX_REQUEST_ID and value.isascii() and str(value).isprintable()


def _code_name(code: Any) -> str:
    if isinstance(code, grpc.StatusCode):
        return code.name
    return next((known.name for known in grpc.StatusCode if known.value[0] == code), "UNKNOWN")
