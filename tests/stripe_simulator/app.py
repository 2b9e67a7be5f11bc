"""The API: who asks, what fails, what was asked before, and the answer."""

import copy
import json
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from tests.stripe_simulator import params as parameters
from tests.stripe_simulator.errors import Refusal
from tests.stripe_simulator.faults import Fault, FaultPlan, Outcome
from tests.stripe_simulator.forms import decode
from tests.stripe_simulator.operations import Operation
from tests.stripe_simulator.render import render
from tests.stripe_simulator.resources import OPERATIONS
from tests.stripe_simulator.world import World

_KEYS_KEPT_S = 24 * 3600


@dataclass(frozen=True, slots=True)
class Call:
    """A call as it came, for tests that count."""

    method: str
    path: str
    params: dict[str, Any]
    key: str | None


@dataclass(slots=True)
class _Remembered:
    """What was answered under an idempotency key; `answer` is None while it is worked on."""

    asked: tuple[str, str, str]
    at: int
    answer: tuple[int, dict[str, Any]] | None = None


@dataclass(slots=True)
class StripeApp:
    """An ASGI application. `secret_key` is the one that it takes."""

    world: World
    secret_key: str
    faults: FaultPlan = field(default_factory=FaultPlan)
    calls: list[Call] = field(default_factory=list)
    _keys: dict[str, _Remembered] = field(default_factory=dict)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answers one request."""
        request = Request(scope, receive)
        body = (await request.body()).decode()
        fault = self.faults.meet(request.method, request.url.path)
        if fault is not None and await self._fails_before(fault, send):
            return
        status, answer, replayed = self._answer(request, body)
        if fault is not None and fault.outcome is Outcome.LOST_ANSWER:
            await _cut(send)
            return
        if fault is not None and fault.outcome is Outcome.DONE_AND_500:
            status, answer = 500, _failure("api_error")
        headers = {"request-id": f"req_{len(self.calls):08d}"}
        if replayed:
            headers["idempotent-replayed"] = "true"
        await _respond(scope, receive, send, status=status, answer=answer, headers=headers)

    async def _fails_before(self, fault: Fault, send: Send) -> bool:
        if fault.outcome is Outcome.HOLD:
            await fault.release.wait()
            return False
        if fault.outcome is Outcome.CUT:
            await _cut(send)
            return True
        statuses = {Outcome.RATE_LIMITED: 429, Outcome.SERVER_ERROR: 500}
        if fault.outcome not in statuses:
            return False
        status = statuses[fault.outcome]
        error = {"type": "api_error", "message": "An unknown error occurred"}
        if status == 429:
            error = {
                "type": "invalid_request_error",
                "code": "rate_limit",
                "message": "Too many requests",
            }
        body = json.dumps({"error": error}).encode()
        await send(
            {
                "type": "http.response.start",
                "status": status,
                "headers": [(b"content-type", b"application/json")],
            }
        )
        await send({"type": "http.response.body", "body": body})
        return True

    def _answer(self, request: Request, body: str) -> tuple[int, dict[str, Any], bool]:
        try:
            self._authenticate(request)
            text = request.url.query if request.method in ("GET", "DELETE") and not body else body
            raw = decode(text)
            key = request.headers.get("idempotency-key") if request.method == "POST" else None
            self.calls.append(Call(request.method, request.url.path, raw, key))
            return self._once(request, raw, key)
        except Refusal as error:
            return error.status, error.body, False

    def _authenticate(self, request: Request) -> None:
        if request.headers.get("authorization") != f"Bearer {self.secret_key}":
            raise Refusal("Invalid API Key provided", status=401)

    def _once(
        self, request: Request, raw: dict[str, Any], key: str | None
    ) -> tuple[int, dict[str, Any], bool]:
        """The same key: the same answer for 24 hours, an error for another request."""
        operation, parts = _route(request.method, request.url.path)
        if key is None:
            return 200, self._run(operation, parts, raw), False
        asked = (request.method, request.url.path, json.dumps(raw, sort_keys=True))
        held = self._keys.get(key)
        if held is not None and self.world.now - held.at < _KEYS_KEPT_S:
            if held.asked != asked:
                raise Refusal(
                    "Keys for idempotent requests can only be used with the same parameters "
                    "they were first used with.",
                    kind="idempotency_error",
                )
            if held.answer is not None:
                return (*copy.deepcopy(held.answer), True)
        params = parameters.read(operation.params, raw)
        remembered = self._keys[key] = _Remembered(asked, self.world.now)
        try:
            remembered.answer = (200, self._run_read(operation, parts, params))
        except Refusal as error:
            remembered.answer = (error.status, error.body)
        return (*copy.deepcopy(remembered.answer), False)

    def _run(
        self, operation: Operation, parts: tuple[str, ...], raw: dict[str, Any]
    ) -> dict[str, Any]:
        return self._run_read(operation, parts, parameters.read(operation.params, raw))

    def _run_read(
        self, operation: Operation, parts: tuple[str, ...], params: dict[str, Any]
    ) -> dict[str, Any]:
        expand = params.pop("expand", ())
        return render(self.world, operation.run(self.world, parts, params), expand)


def _route(method: str, path: str) -> tuple[Operation, tuple[str, ...]]:
    for operation in OPERATIONS:
        parts = operation.matches(method, path)
        if parts is not None:
            return operation, parts
    raise Refusal(f"Unrecognized request URL ({method}: {path}).", status=404)


async def _cut(send: Send) -> None:
    """Promises a body and ends: the server closes the connection."""
    await send(
        {"type": "http.response.start", "status": 200, "headers": [(b"content-length", b"9")]}
    )


async def _respond(
    scope: Scope,
    receive: Receive,
    send: Send,
    *,
    status: int,
    answer: dict[str, Any],
    headers: dict[str, str],
) -> None:
    text = json.dumps(answer, default=plain)
    response = Response(text, status, headers, media_type="application/json")
    await response(scope, receive, send)


def plain(value: Any) -> Any:
    """Decimals in JSON: plain strings."""
    if isinstance(value, Decimal):
        return f"{value.normalize():f}"
    raise TypeError(type(value).__name__)


def _failure(kind: str) -> dict[str, Any]:
    return {"error": {"type": kind, "message": "An unknown error occurred"}}
